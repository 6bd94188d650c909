"""Log predictive densities of outcomes that a fit has not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gendsl.analysis.dependence import ancestors
from gendsl.api.crossvalidation import fingerprint
from gendsl.api.data_groups import as_given
from gendsl.api.failure import UsageError
from gendsl.api.held_out import scored_of
from gendsl.api.linear_networks import about
from gendsl.api.lowering import explained
from gendsl.api.posterior import by_chain, each_draw
from gendsl.api.prediction import NewRows, new_rows
from gendsl.api.predictive_coverage import refuse_another_function
from gendsl.api.runtime import computing
from gendsl.api.sampling import draw_groups
from gendsl.api.scored_again import fitted_again
from gendsl.api.shapes import dims_of, scored_data
from gendsl.data.merging import are_equal
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.ir.bound import BoundData
from gendsl.ir.expr import Ref
from gendsl.ir.program import Program, SampleRole
from gendsl.ir.walk import names_of, sites
from gendsl.results.crossvalidation import CrossValidation
from gendsl.results.groups import axis_name, coordinate
from gendsl.results.observations import one_after_another
from gendsl.results.psis import log_mean_density
from gendsl.results.trust import label_of

if TYPE_CHECKING:
    from xarray import DataArray, Dataset

    from gendsl.api.fit import Fit


_GIVEN = ("observed_data", "constant_data")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is scored, by which statements; data that a model observes, or what it predicts."""

    name: str
    sites: tuple[str, ...]
    is_data: bool


def score(
    fit: Fit, data: object, name: str | None, observed: object, *, seed: int, draws: int | None
) -> CrossValidation:
    """Score new observations by each draw of a fit; see `Fit.score`."""
    from xarray import DataArray

    outcome = _outcome(fit.model.program, name)
    if outcome.is_data and observed is not None:
        data = [*([] if data is None else [data]), {outcome.name: np.asarray(observed)}]

    def values_of(program: Program, told: BoundData) -> NDArray[Any]:
        return _values(outcome, program, told, observed)

    rows = new_rows(fit, data, draws, check=values_of)
    _refuse_what_is_not_known(outcome, rows)
    values = values_of(rows.checked.program, rows.told)
    group = _log_scores(fit, outcome, rows, values, seed, draws)
    found = one_after_another(scored_of(group, dict.fromkeys(outcome.sites, outcome.name)))
    if not len(found):
        raise _unobserved(f"nothing of `{outcome.name}` was observed", outcome)
    pooled = found.pooled({site: np.asarray(group[site].values) for site in found.numbers})
    is_in_sample = outcome.is_data and _are_of_the_fit(fit, outcome, rows)
    notes = (*rows.told.notes, *rows.ahead.notes)
    if outcome.is_data and not is_in_sample:
        notes += fitted_again(fit, rows.checked.program, rows.told, outcome.name)
    return CrossValidation(
        "score",
        found.of,
        found.labels,
        log_mean_density(pooled),
        pooled.shape[0] * pooled.shape[1],
        fingerprint(found, {outcome.name: DataArray(values)}),
        label=label_of(fit.attributes, is_short=True),
        is_in_sample=is_in_sample,
        notes=notes,
    )


def _refuse_what_is_not_known(outcome: Outcome, rows: NewRows) -> None:
    """A density given observed data takes these: what would be drawn in their place is not they."""
    program, told = rows.checked.program, rows.told
    above = [names_of(site) for site in sites(program) if site.name in outcome.sites]
    if not outcome.is_data and rows.ahead.places and any(outcome.name in names for names in above):
        raise _goes_on_from_draws(outcome)
    read = ancestors(program, frozenset().union(*above)) & scored_data(program) - {outcome.name}
    lacking = sorted(name for name in read if name not in told.arrays or name in told.absent)
    if not lacking:
        return
    name = lacking[0]
    datum = program.datum(name)
    raise UsageError(
        Diagnostic(
            "G0853",
            f"the density of `{outcome.name}` is given `{name}`, of which the new data have none",
            None if datum is None else datum.span,
            "is observed, and not known on the new rows",
            help=f"give `{name}` on the new rows too, as it was observed; entries that"
            f" `{outcome.name}` does not read may be any",
        )
    )


def _goes_on_from_draws(outcome: Outcome) -> UsageError:
    return UsageError(
        Diagnostic(
            "G0853",
            f"`{outcome.name}` goes on from its own past, which the fit drew: none was observed",
            help=f"score it from its first position on, or declare `{outcome.name}` as data, so"
            " that the fit's values are known",
        )
    )


def _are_of_the_fit(fit: Fit, outcome: Outcome, rows: NewRows) -> bool:
    """Whether all data along the dimensions of the outcome are those that were fitted."""
    program, told = rows.checked.program, rows.told
    dims = set(dims_of(program)[outcome.name])
    for datum in program.data:
        is_beside = dims & set(datum.dims) or datum.name == outcome.name
        if datum.name not in told.arrays or not is_beside:
            continue
        groups = [fit[group] for group in _GIVEN if group in fit.groups]
        own = next((g[datum.name] for g in groups if datum.name in g), None)
        given = as_given(datum.name, program, told)
        if own is None or not are_equal(np.asarray(own.values), given):
            return False
    return True


def _log_scores(
    fit: Fit,
    outcome: Outcome,
    rows: NewRows,
    values: NDArray[Any],
    seed: int,
    draws: int | None,
) -> Dataset:
    """Log densities [chain, draw, ...] of the outcome by statement, on the new rows."""
    program = rows.checked.program
    with computing(str(fit.attributes["precision"])), explained(program):
        density = rows.density(fit, draws, is_scored=True)
        is_known, scored = rows.is_known, outcome.name if outcome.is_data else None

        def one(key: Any, draw: Any, given: Any) -> dict[str, Any]:
            of_new, held = given
            return {"log_likelihood": density.log_scores(key, of_new, draw, is_known, held, scored)}

        same = "log_scores", density.log_prior, outcome.name, rows.known
        dims = dims_of(program)[outcome.name]
        held = {} if outcome.is_data else {outcome.name: rows.ahead.put(values, dims)}
        there = about(density, rows.weights)
        made = each_draw(one, rows.latent, seed, data=(there, held), same=same)
    groups = draw_groups(program, density, by_chain(made, rows.chains), rows.ahead.bound)
    found = groups["log_likelihood"].to_dataset()
    return found.map(lambda array: _only(array, _is_asked(outcome, rows)))


def _is_asked(outcome: Outcome, rows: NewRows) -> DataArray:
    """Which entries of an outcome are known, and of the new rows rather than of the fit's."""
    from xarray import DataArray

    bound, places = rows.ahead.bound, rows.ahead.places
    dims = dims_of(rows.checked.program)[outcome.name]
    asked = np.ones([bound.sizes[dim] for dim in dims], np.bool_)
    if outcome.is_data and outcome.name in bound.missing:
        asked &= ~np.asarray(bound.missing[outcome.name])
    for axis, dim in enumerate(dims):
        if dim in places:
            is_new = np.isin(np.arange(bound.sizes[dim]), places[dim])
            asked &= is_new.reshape([-1 if i == axis else 1 for i in range(len(dims))])
    members = {dim: coordinate(bound.sizes[dim], bound.labels.get(dim)) for dim in dims}
    return DataArray(asked, members, dims)


def _only(scores: DataArray, is_asked: DataArray) -> DataArray:
    """The scores of a statement, NaN where nothing is asked; a joint draw is known as a whole."""
    axes = {
        str(dim): axis
        for dim in is_asked.dims
        for axis in (axis_name(str(dim)), f"{scores.name}_{dim}")
        if axis in scores.dims
    }
    whole = is_asked.all([dim for dim in is_asked.dims if dim not in axes])
    kept = whole.sel({dim: scores[axis].values for dim, axis in axes.items()}).rename(axes)
    return scores.where(kept)


def _outcome(program: Program, name: str | None) -> Outcome:
    """The outcome of that name, or the only one that is observed."""
    observed = scored_data(program)
    found: dict[str, tuple[str, ...]] = {}
    for site in sites(program):
        scored = site.value.name if isinstance(site.value, Ref) else site.name
        if scored in observed or site.role is SampleRole.PREDICTED:
            found[scored] = (*found.get(scored, ()), site.name)
    if name is None and len(observed) != 1:
        raise UsageError(
            Diagnostic("G0848", "it is not said what to score", help=f"there are {listed(found)}")
        )
    chosen = next(iter(observed)) if name is None else name
    if chosen not in found:
        close = nearest(chosen, found)
        help = f"did you mean `{close}`?" if close else f"there are {listed(found)}"
        message = f"no statement draws `{chosen}`, so that it has no density"
        raise UsageError(Diagnostic("G0806", message, help=help))
    refuse_another_function(program, chosen, found[chosen])
    return Outcome(chosen, found[chosen], chosen in observed)


def _values(outcome: Outcome, program: Program, told: BoundData, observed: object) -> NDArray[Any]:
    """The values of the outcome on the new rows.

    Raises:
        UsageError: if they are not given, or not as many as there are rows.
    """
    if outcome.is_data:
        if outcome.name not in told.arrays or outcome.name in told.absent:
            raise _unobserved(f"the new data have no `{outcome.name}` to score", outcome)
        return np.asarray(told.arrays[outcome.name])
    dims = dims_of(program)[outcome.name]
    shape = tuple(told.sizes[dim] for dim in dims)
    if observed is None:
        raise _unobserved(f"it is not said what was observed of `{outcome.name}`", outcome)
    values = np.asarray(observed)
    if values.shape != shape or values.dtype.kind not in "fiub":
        over = f" over {listed(dims)}" if dims else ""
        wanted = " x ".join(map(str, shape)) or "one"
        got = " x ".join(map(str, values.shape)) or "one"
        message = f"`{outcome.name}` takes {wanted} numbers{over}, and {got} are given"
        raise _unobserved(message, outcome)
    return values


def _unobserved(message: str, outcome: Outcome) -> UsageError:
    way = f'`fit.score(data, "{outcome.name}", values)`'
    among = "put it among the new data, or " if outcome.is_data else ""
    return UsageError(Diagnostic("G0848", message, help=f"{among}give its values: {way}"))
