"""The posterior of discrete latents that were summed out, computed anew from a fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gendsl.api.categories import categories
from gendsl.api.failure import UsageError
from gendsl.api.lowering import explained, lower
from gendsl.api.members import members_of
from gendsl.api.missing import inferred_entries
from gendsl.api.posterior import mean_over_draws
from gendsl.api.prediction import bind_again, latent_draws, stacked
from gendsl.api.runtime import computing
from gendsl.data.evaluate import Environment, evaluate
from gendsl.data.roots import root_of
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.ir.program import Elimination, HiddenSite, Program
from gendsl.ir.types import Kind
from gendsl.results.groups import Quantity, coordinate, given
from gendsl.transforms.hide_missing import WHOLE
from gendsl.transforms.log_odds import by_log_odds
from gendsl.transforms.sum_out import sum_out

if TYPE_CHECKING:
    from xarray import Dataset

    from gendsl.api.fit import Fit
    from gendsl.backends.protocol import Density
    from gendsl.ir.bound import BoundData


@dataclass(frozen=True, slots=True)
class _Again:
    """A fit's program with its discrete latents summed out, its data, and its other latents."""

    program: Program
    bound: BoundData
    density: Density
    values: dict[str, NDArray[Any]]
    sites: tuple[HiddenSite, ...]


def probabilities(fit: Fit, names: Sequence[str]) -> Dataset:
    """Return P(z = state | data), averaged over the draws; see `Fit.probabilities`."""
    import jax

    with computing(str(fit.attributes["precision"])), explained(fit.model.program):
        again = _again(fit, names)
        find = partial(again.density.probabilities, again.density.data)
        # without continuous latents there is nothing to average over
        mean = mean_over_draws(find, again.values) if again.values else jax.jit(find)({})
    quantities, labels = {}, dict(again.bound.labels)
    for site in again.sites:
        axis = _state_axis(site, again.program)
        if axis != _category(site, again.program):
            labels[axis] = _states(site, again, mean[_source(site)].shape[-1])
        quantities[_source(site)] = Quantity((*site.dims, axis), np.asarray(mean[_source(site)]))
    return given(quantities, labels)


def most_probable(fit: Fit, names: Sequence[str]) -> Dataset:
    """Return the most probable configuration; see `Fit.most_probable`."""
    import jax

    log_density = fit["sample_stats"]["lp"].transpose("chain", "draw").values
    best = int(np.argmax(log_density))
    chain, draw = np.unravel_index(best, log_density.shape)
    with computing(str(fit.attributes["precision"])), explained(fit.model.program):
        again = _again(fit, names)
        values = {name: array[best] for name, array in again.values.items()}
        found = jax.jit(again.density.most_probable)(again.density.data, values)
    said = categories(again.program, again.bound)
    place = {"chain": int(chain), "draw": int(draw)}
    quantities = {
        _source(site): Quantity(
            site.dims,
            np.asarray(found[_source(site)]),
            attributes={**said.get(_source(site), {}), **place},
        )
        for site in again.sites
    }
    return given(quantities, again.bound.labels)


def discrete_names(fit: Fit) -> tuple[str, ...]:
    """Return the discrete latents of a fit, in the order of the model."""
    program = sum_out(fit.model.program, members_of(fit).sizes)
    return tuple(map(_source, _hidden(program)))


def _again(fit: Fit, names: Sequence[str]) -> _Again:
    from gendsl.data import raw_of

    checked = fit.model.checked
    members = members_of(fit)
    program = sum_out(by_log_odds(checked.program), members.sizes)
    hidden = _hidden(program)
    _check(names, [_source(site) for site in hidden], fit)
    bound = bind_again(fit, checked, raw_of({}), members, frozenset())
    density = lower(program).bind(bound)
    _, values = latent_draws(fit, checked.program, None)
    values |= stacked(fit, inferred_entries(fit, checked.program, bound, density), None)
    summed = {site.name for site in hidden}
    return _Again(
        checked.program,
        bound,
        density,
        {name: array for name, array in values.items() if name not in summed},
        tuple(site for site in hidden if _source(site) in names),
    )


def _hidden(program: Program) -> list[HiddenSite]:
    return [s for node in program.nodes if isinstance(node, Elimination) for s in node.sites]


def _source(site: HiddenSite) -> str:
    """The quantity, or the data of which it holds what is missing."""
    return site.name.removesuffix(WHOLE)


def _check(names: Sequence[str], known: Sequence[str], fit: Fit) -> None:
    for name in names:
        if name in known:
            continue
        close = nearest(name, known)
        raise UsageError(
            Diagnostic(
                "G0806",
                f"`{name}` is no discrete latent of the fit",
                notes=(f"it has {listed(known)}",)
                if known
                else (f"`{fit.attributes['model_name']}` has none",),
                help=f"did you mean `{close}`?" if close else None,
            )
        )


def _state_axis(site: HiddenSite, program: Program) -> str:
    """The category's own dimension, unless the site has it too or its states are numbers."""
    dim = _category(site, program)
    return f"{_source(site)}_state" if dim is None or dim in site.dims else dim


def _category(site: HiddenSite, program: Program) -> str | None:
    is_index = site.type.kind is Kind.INDEX and site.type.dim is not None
    return root_of(program, str(site.type.dim)) if is_index else None


def _states(site: HiddenSite, again: _Again, count: int) -> tuple[Any, ...]:
    if site.type.kind is Kind.INDEX and site.type.dim is not None:
        members = coordinate(count, again.bound.labels.get(site.type.dim))
        return tuple(members.tolist())
    bound = again.bound
    env = Environment(bound.arrays, bound.sizes, bound.labels)
    least = int(np.asarray(evaluate(site.least, env)))
    return tuple(range(least, least + count))
