"""The terms of a model's log likelihood: what each scores, over which axes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gendsl.api.lowering import transform
from gendsl.api.shapes import scored_names
from gendsl.ir.expr import Dims, Ref
from gendsl.ir.program import Elimination, Program, Sample
from gendsl.ir.walk import parts, sites


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the log likelihood: the data that it scores, its axes, and the sites in it."""

    name: str
    of: str
    dims: Dims
    sites: tuple[str, ...]
    group: Elimination | None = None
    """The sum over discrete latents that it is, if it is one."""


def terms_of(program: Program, sizes: Mapping[str, int] | None = None) -> dict[str, Term]:
    """The terms of a model's log likelihood by the names under which a fit has them."""
    found: dict[str, Term] = {}
    summed: set[str] = set()
    for node in transform(program, sizes=sizes).nodes:
        if isinstance(node, Elimination):
            inside = [s for n in node.nodes for s in parts(n) if _is_scored(s)]
            data = {s.value.name for s in inside if isinstance(s.value, Ref)}
            is_one = len(data) == 1 and all(isinstance(s.value, Ref) for s in inside)
            name = next(iter(data)) if is_one else node.name
            names = tuple(s.name for s in inside)
            summed |= set(names)
            if inside:
                found[name] = Term(name, name, node.dims, names, node)
    scored = scored_names(program)
    for site in sites(program):
        if site.name in scored and site.name not in summed:
            found[site.name] = Term(site.name, *_data_and_axes(site, program), (site.name,))
    return found


def _is_scored(part: object) -> Any:
    return isinstance(part, Sample) and part.value is not None


def _data_and_axes(site: Sample, program: Program) -> tuple[str, Dims]:
    """The data that a site scores, and its batch axes in the order in which they stand."""
    if not isinstance(site.value, Ref) or program.datum(site.value.name) is None:
        return site.name, site.batch_dims
    events, dims = site.event_dims, site.value.dims
    follows_data = dims[len(dims) - len(events) :] == events
    return site.value.name, dims[: len(dims) - len(events)] if follows_data else site.batch_dims
