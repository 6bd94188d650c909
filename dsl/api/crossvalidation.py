"""Leave-one-out and k-fold cross-validation, and comparisons of models by them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gendsl.api.data_groups import data_groups
from gendsl.api.failure import UsageError
from gendsl.api.fixed_values import bind_fixed
from gendsl.api.folds import assign, assign_groups, check_count, values_by_observation
from gendsl.api.held_out import HeldOut, scored_of
from gendsl.api.members import members_of
from gendsl.api.plan_networks import with_networks
from gendsl.api.progress import FitsDone, Report
from gendsl.api.settings import Plan, plan_of_fit
from gendsl.api.terms import terms_of
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.diagnostics.wording import counted, listed
from gendsl.ir.bound import BoundData
from gendsl.resolve.inference_table import PIECES
from gendsl.results.crossvalidation import (
    Comparison,
    CrossValidation,
    Refit,
    compare_results,
)
from gendsl.results.groups import SAMPLE_DIMS
from gendsl.results.observations import Observations, observations
from gendsl.results.psis import log_mean_density, psis_loo
from gendsl.results.trust import label_of, label_of_refits

if TYPE_CHECKING:
    from xarray import Dataset

    from gendsl.api.fit import Fit
    from gendsl.api.model import Model


def loo(
    fit: Fit,
    *,
    site: str | None = None,
    refit: bool = False,
    seed: int | None = None,
    progress: Report | None = None,
) -> CrossValidation:
    """Leave each observation out in turn; see `Fit.loo`."""
    if "log_likelihood" not in fit.groups:
        raise DiagnosticError(
            (
                Diagnostic(
                    "G0912",
                    "the fit has no log likelihood: its model observes nothing",
                    help="state what the data are drawn from: `y[row] ~ Normal(mu, sigma)`",
                ),
            )
        )
    model = fit.model
    group = fit["log_likelihood"]
    sizes = {str(dim): int(size) for dim, size in fit.attributes["sizes"].items()}
    of = {name: term.of for name, term in terms_of(model.program, sizes).items()}
    found = observations(scored_of(group, of), site)
    pooled = found.pooled(
        {
            name: np.asarray(group[name].transpose(*SAMPLE_DIMS, ...).values)
            for name in found.numbers
        }
    )
    elpd, pareto_k = psis_loo(pooled)
    observed = fit["observed_data"] if "observed_data" in fit.groups else None
    result = CrossValidation(
        "loo",
        found.of,
        found.labels,
        elpd,
        pooled.shape[0] * pooled.shape[1],
        fingerprint(found, observed),
        log_mean_density(pooled),
        pareto_k,
        label=label_of(fit.attributes, is_short=True),
    )
    return _refitted(fit, model, result, found, seed, progress) if refit else result


def _refitted(
    fit: Fit,
    model: Model,
    result: CrossValidation,
    found: Observations,
    seed: int | None,
    progress: Report | None,
) -> CrossValidation:
    """Put exact values in the place of those for which importance sampling failed."""
    from dataclasses import replace

    bad = np.flatnonzero(result.is_bad)
    if not len(bad):
        return result
    elpd, pareto_k = result.elpd_i.copy(), np.array(result.pareto_k)
    first = int(fit.attributes["seed"]) if seed is None else seed
    refits: list[Refit] = []
    with HeldOut(
        model.checked,
        _own_data(fit, model),
        with_networks(plan_of_fit(fit.attributes), model.checked),
        precision=str(fit.attributes["precision"]),
    ) as held_out:
        for done, i in enumerate(bad.tolist()):
            log_likelihood, how = held_out.without([i], found, found.labels[i], _seed(first, i))
            elpd[i], pareto_k[i] = log_mean_density(log_likelihood)[0], np.nan
            refits.append(how)
            _report(progress, refits, done + 1, len(bad))
    is_refitted = np.zeros(len(elpd), np.bool_)
    is_refitted[bad] = True
    return replace(
        result, elpd_i=elpd, pareto_k=pareto_k, is_refitted=is_refitted, refits=tuple(refits)
    )


def kfold(
    model: Model,
    bound: BoundData,
    plan: Plan,
    *,
    folds: int,
    group: str | None,
    stratify: str | None,
    site: str | None,
    seed: int,
    precision: str,
    device: str | None,
    progress: Report | None,
) -> CrossValidation:
    """Fit without each fold in turn; see `Model.kfold`."""
    if group is not None and stratify is not None:
        raise UsageError(
            Diagnostic(
                "G0915",
                "folds are made of groups or stratified, not both",
                help="leave out `--group` or `--stratify`",
            )
        )
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(3,)))
    with HeldOut(model.checked, bound, plan, precision=precision, device=device) as held_out:
        found = observations(held_out.scored(), site)
        if group is not None:
            groups = values_by_observation(group, "--group", held_out, found)
            check_count(folds, len(np.unique(groups)), f"groups of `{group}`")
            fold = assign_groups(groups, folds, rng)
        else:
            check_count(folds, len(found), "observations")
            strata = None
            if stratify is not None:
                strata = values_by_observation(stratify, "--stratify", held_out, found)
            fold = assign(len(found), folds, rng, strata)
        elpd = np.empty(len(found))
        refits: list[Refit] = []
        for k in range(folds):
            which = np.flatnonzero(fold == k)
            log_likelihood, how = held_out.without(
                which.tolist(), found, f"fold {k}", _seed(seed, k)
            )
            elpd[which] = log_mean_density(log_likelihood)
            refits.append(how)
            _report(progress, refits, k + 1, folds)
        observed = data_groups(model.program, bound).get("observed_data")
    return CrossValidation(
        "kfold",
        found.of,
        found.labels,
        elpd,
        len(log_likelihood),
        fingerprint(found, None if observed is None else observed.to_dataset()),
        fold=fold,
        refits=tuple(refits),
        label=label_of_refits(plan.outer.name, PIECES[plan.outer.name].is_exact),
    )


def compare(
    fits: Mapping[str, Fit | CrossValidation] | Sequence[Fit | CrossValidation],
    *,
    site: str | None = None,
) -> Comparison:
    """Compare fits, or results of cross-validation, by what they predict of the same data.

    A fit stands for its `loo()`. A mapping gives the names; else they are those of the models.

    Raises:
        UsageError: if there are fewer than two, or they are of different observations.
    """
    named = fits if isinstance(fits, Mapping) else _named(fits)
    if len(named) < 2:
        raise UsageError(Diagnostic("G0914", "a comparison needs two fits or more"))
    results = {
        name: fit if isinstance(fit, CrossValidation) else loo(fit, site=site)
        for name, fit in named.items()
    }
    first = next(iter(results))
    for name, result in results.items():
        if result.fingerprint != results[first].fingerprint:
            raise UsageError(_different(first, results[first], name, result))
        if not np.isfinite(result.elpd_i).all():
            raise UsageError(_without_a_sum(name, result))
    return compare_results(results)


def _without_a_sum(name: str, result: CrossValidation) -> Diagnostic:
    bad = [result.labels[i] for i in np.flatnonzero(~np.isfinite(result.elpd_i))]
    return Diagnostic(
        "G0855",
        f"`{name}` can't be compared: {len(bad)} of"
        f" {counted(len(result.labels), 'observation')} {'has' if len(bad) == 1 else 'have'} no"
        " finite log density",
        notes=(listed(bad, 3),),
        help="-inf is the log of the density 0: the model rules them out. Leave them out of all"
        " scores if they are errors in the data; else the other models are better",
    )


def _named(fits: Sequence[Fit | CrossValidation]) -> dict[str, Fit | CrossValidation]:
    named: dict[str, Fit | CrossValidation] = {}
    for i, fit in enumerate(fits):
        name = f"model {i}"
        if not isinstance(fit, CrossValidation):
            name = str(fit.attributes.get("model_name", name))
        named[f"{name} ({i})" if name in named else name] = fit
    return named


def _different(first: str, one: CrossValidation, second: str, other: CrossValidation) -> Diagnostic:
    if one.labels == other.labels:
        how = f"the values of {one.of} differ"
    elif len(one.labels) != len(other.labels):
        how = f"`{first}` has {len(one.labels)}, `{second}` {len(other.labels)}"
    else:
        apart = next(p for p in zip(one.labels, other.labels, strict=True) if p[0] != p[1])
        how = f"`{first}` has `{apart[0]}` where `{second}` has `{apart[1]}`"
    return Diagnostic(
        "G0914",
        f"`{first}` and `{second}` have different observations",
        notes=(how,),
        help="fit both to the same data; `--site` says which observations to compare",
    )


def _own_data(fit: Fit, model: Model) -> BoundData:
    """The data that a fit was made from, as they were bound."""
    from gendsl.data import raw_of

    program, members = model.program, members_of(fit)
    unlabelled = {dim for dim in members.sizes if members.labels.get(dim) is None}
    known: dict[str, Any] = dict(members.labels)
    own = {}
    for datum in program.data:
        if datum.type.dim is not None and known.get(datum.type.dim) is None:
            known[datum.type.dim] = tuple(range(members.sizes[datum.type.dim]))
        for name in ("constant_data", "observed_data"):
            if name in fit.groups and datum.name in fit[name] and not datum.is_fixed:
                array = fit[name][datum.name]
                own[datum.name] = array.drop_vars(unlabelled & set(array.coords))
    return bind_fixed(
        model.checked, raw_of(own, "the fit"), mode="predict", known=known, sizes=members.sizes
    )


def fingerprint(found: Observations, observed: Mapping[str, Any] | Dataset | None) -> str:
    """What results of the same observations share: labels, and the values where they are data."""
    digest = hashlib.sha256("\n".join(found.labels).encode())
    for name in found.of.split(" + "):
        if observed is not None and name in observed:
            values = np.asarray(observed[name].values).ravel().tolist()
            digest.update(
                repr([float(v) if not isinstance(v, str) else v for v in values]).encode()
            )
    return digest.hexdigest()


def _seed(seed: int, part: int) -> int:
    """A seed of its own for each part."""
    return int(np.random.SeedSequence(seed, spawn_key=(4, part)).generate_state(1)[0] >> 1)


def _report(progress: Report | None, refits: Sequence[Refit], done: int, total: int) -> None:
    if progress is not None:
        progress(FitsDone("refit", done, total, sum(r.num_divergent for r in refits)))


def names_of_files(paths: Sequence[str]) -> list[str]:
    """Short names of files that tell them apart."""
    stems = [Path(path).stem for path in paths]
    return stems if len(set(stems)) == len(stems) else list(paths)
