"""Discrete latents as hidden sites: their values, how many there are, and where they lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from gendsl.analysis.cannot_sum import CannotSum, joint_draw, unbounded
from gendsl.analysis.known_starts import known_starts, start_states
from gendsl.analysis.states import discrete_latents, moving_bounds, states, states_together
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.source import Span
from gendsl.ir.expr import Dims
from gendsl.ir.program import HiddenSite, Program, Sample
from gendsl.ir.types import Kind


class Hidden(NamedTuple):
    """A hidden site, and its statement in the source."""

    site: HiddenSite
    span: Span


def hidden_sites(program: Program, together: Mapping[str, Dims]) -> dict[str, Hidden]:
    """Every discrete latent as a hidden site; along dimensions of `together` entries share a state.

    Raises:
        CannotSum: if one has no finite number of values of its own.
    """
    found_sites: dict[str, Hidden] = {}
    parts: dict[str, list[Sample]] = {}
    for site in discrete_latents(program):
        parts.setdefault(site.name, []).append(site)
    problems = [d for found in parts.values() for d in _refused(found, program)]
    if problems:
        raise CannotSum(*problems)
    starts = known_starts(program)
    for name, found in parts.items():
        known = [s for p in starts.get(name, ()) if (s := start_states(p, program))]
        drawn = [s for p in found if (s := states(p, program))]
        values = states_together([*drawn, *known])
        axis = f"{name}.states"
        first = found[0]
        indices = (p.type for p in starts.get(name, ()) if p.type.kind is Kind.INDEX)
        type = next(indices, first.type)
        hidden = HiddenSite(
            name, first.dims, type, axis, values.least, values.count,
            together=together.get(name, ()),
        )  # fmt: skip
        found_sites[name] = Hidden(hidden, first.span)
    return found_sites


def _refused(parts: Sequence[Sample], program: Program) -> Iterator[Diagnostic]:
    for site in parts:
        if site.event_dims:
            yield joint_draw(site)
            return
        if states(site, program) is None:
            yield unbounded(site, moving_bounds(site, program))
            return
