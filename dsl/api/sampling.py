"""The main job: a program and its data in, draws with everything derived from them out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gendsl.analysis.improper import flat_sites
from gendsl.analysis.parameterisation import parameterisations
from gendsl.api.categories import categories
from gendsl.api.compilation import Checked
from gendsl.api.data_groups import data_groups
from gendsl.api.devices import device_attributes
from gendsl.api.diagonals import raised_diagonals
from gendsl.api.fixed_values import fixed_draws
from gendsl.api.inference_drawn import Drawn
from gendsl.api.inference_posterior import posterior_of
from gendsl.api.inference_program import draw
from gendsl.api.intervention import forward
from gendsl.api.linear_networks import (
    Weights,
    about,
    group_of,
    shows_outputs,
    weights_at,
    without_outputs,
)
from gendsl.api.lowering import explained, lower, transform
from gendsl.api.means import Means
from gendsl.api.missing import missing_axis, missing_labels
from gendsl.api.plan_networks import attributes_of_networks
from gendsl.api.posterior import by_chain, each_draw
from gendsl.api.prior import prior_groups
from gendsl.api.progress import Report
from gendsl.api.provenance import provenance
from gendsl.api.resuming import resumption, streaming_to
from gendsl.api.runtime import computing
from gendsl.api.scored_entries import without_observation
from gendsl.api.settings import Plan
from gendsl.api.shapes import dims_of, internal_names, scored_names
from gendsl.backends.failures import CannotInfer, CannotSimulate
from gendsl.backends.protocol import Density
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.ir.bound import BoundData, missing_site
from gendsl.ir.program import Program
from gendsl.results.attributes import FIT_FORMAT
from gendsl.results.groups import INTERNAL, Quantity, drawn_group
from gendsl.results.labelled import Group, Tree
from gendsl.results.trust import DrawKind
from gendsl.transforms.noted_diagonals import with_diagonals
from gendsl.transforms.shown_outputs import with_shown_outputs

PRIOR_DRAWS = 500
"""Draws of the prior that a fit carries, where it can be drawn from."""

Arrays = Mapping[str, NDArray[Any]]


def infer(
    checked: Checked,
    bound: BoundData,
    plan: Plan,
    *,
    seed: int,
    precision: str,
    device: str | None,
    progress: Report | None,
    resume: Path | None = None,
    means: Means,
) -> tuple[Tree, dict[str, Any]]:
    """Draw from the posterior; return every group of the fit, and what the fit says of itself.

    With `resume`, a folder, the run streams there and goes on from what is there. Draws are made by
    `means`; what is said of them is computed by the program for NumPyro, of the same positions.

    Raises:
        InferenceError: if no start is found, or the run is stopped before the first draw.
        DiagnosticError: if there is nothing to infer, or it can't be sampled.
    """
    started = time.perf_counter()
    program = transform(checked.program, sizes=bound.sizes)
    place = means.device or device
    with computing(precision, place) as device_name, explained(program):
        density = lower(_judged(checked, program, bound, plan)).bind(bound)
        for site in density.discrete:
            raise CannotInfer(site, "it is discrete")
        if _has_nothing_to_infer(program, density):
            raise DiagnosticError(
                (Diagnostic("G0704", f"`{checked.program.name}` has nothing to infer"),)
            )
        stream = resumption(resume, program, bound, plan, means)
        with streaming_to(stream):
            found = draw(
                posterior_of(program, density, bound, means),
                plan,
                seed=seed,
                progress=progress,
                stream=stream,
                engine=means.engine,
            )
        sampled = time.perf_counter()
        is_chains = found.kind is DrawKind.CHAINS
        devices = device_attributes(plan.number("chains")) if is_chains else {}
        weights = {} if found.place is None else weights_at(density, found.place)
        derived = _derive(density, found, seed, scored_names(checked.program), weights)
        if shows_outputs(plan):
            derived = without_outputs(derived, checked.program)
        derived, raised = raised_diagonals(checked.program, derived)
        derived = {
            **derived,
            "posterior": _with_fixed(checked.program, bound, derived["posterior"]),
        }
        prior = _prior(checked, bound, seed)

    tree = {
        **draw_groups(checked.program, density, derived, bound),
        **prior,
        **group_of(weights, checked.program, bound),
        "sample_stats": _statistics(found),
        **data_groups(checked.program, bound),
    }
    origin = provenance(checked, FIT_FORMAT, seed, precision, device_name)
    attributes = {
        **origin,
        "inference_library": means.engine,
        "versions": {**origin["versions"], **means.versions()},
        **means.attributes(),
        "inference_program": str(plan),
        **plan.attributes(),
        "sizes": dict(bound.sizes),
        "labelled_dimensions": sorted(d for d, labels in bound.labels.items() if labels),
        "parameterisation": {
            site: choice.form
            for site, choice in parameterisations(checked.program, sizes=bound.sizes).items()
        },
        **found.said,
        **attributes_of_networks(plan),
        **({"matched": bound.matched} if bound.matched else {}),
        **_of_evidence(checked.program, found),
        **({"raised_diagonals": raised} if raised else {}),
        "is_interrupted": found.is_interrupted,
        **devices,
        **({} if stream is None else {"is_streamed": True}),
        "draws_are": found.kind.value,
        "is_exact": found.is_exact,
        "sampling_time": round(sampled - started, 3),
        "total_time": round(time.perf_counter() - started, 3),
    }
    return tree, attributes


def _judged(checked: Checked, program: Program, bound: BoundData, plan: Plan) -> Program:
    """The program with what is saved of each draw to judge it, if there is anything.

    Where networks are to be linear, it names what they give.
    """
    noted = with_diagonals(checked.program)
    if shows_outputs(plan):
        noted = with_shown_outputs(noted)
    return program if noted is checked.program else transform(noted, sizes=bound.sizes)


def _of_evidence(program: Program, found: Drawn) -> dict[str, Any]:
    """The quantities without whose priors' constants the evidence says nothing, if there are."""
    flat = [site.name for site in flat_sites(program)]
    return {"improper_priors": flat} if flat and "log_evidence" in found.said else {}


def _has_nothing_to_infer(program: Program, density: Density) -> bool:
    """Whether there is neither a coordinate nor a discrete value, as where data have no gaps."""
    import jax

    if density.size or program.joint is None:
        return density.size == 0
    key = jax.random.key(0)
    hidden = jax.eval_shape(density.recover, key, density.data, np.zeros(0))
    return all(0 in value.shape for value in hidden.values())


def _derive(
    density: Density, found: Drawn, seed: int, scored: frozenset[str], weights: Weights
) -> Mapping[str, Arrays]:
    """Every quantity at each draw, networks being linear about `weights` where there are any."""
    import jax

    expressions = frozenset(scored - density.observations)

    def derive(key: Any, drawn_: Any, data: Any) -> dict[str, Any]:
        position, kept = drawn_ if found.discrete is not None else (drawn_, None)
        parts = density.site_log_densities(data, position) if expressions else {}
        scores = {name: value for name, value in parts.items() if name in expressions}
        discrete = kept
        if discrete is None:
            discrete = density.recover(jax.random.fold_in(key, 0), data, position)
        return {
            "posterior": density.constrain(data, position, discrete),
            "posterior_predictive": density.generate(key, data, position, discrete),
            "log_likelihood": {
                **scores,
                **density.pointwise_log_likelihood(data, position),
            },
        }

    count, length, size = found.draws.shape
    flat: Any = found.draws.reshape(count * length, size)
    if found.discrete is not None:
        kept = {n: v.reshape(count * length, *v.shape[2:]) for n, v in found.discrete.items()}
        flat = (flat, kept)
    same = "derive", density.log_prior, expressions, found.discrete is None
    data = about(density, weights)
    return by_chain(each_draw(derive, flat, seed, data=data, same=same), count)


def _with_fixed(program: Program, bound: BoundData, posterior: Arrays) -> Arrays:
    """The draws with what was conditioned on, whole: given entries and inferred ones."""
    fixed, taken = fixed_draws(program, bound, posterior)
    return {**{n: v for n, v in posterior.items() if n not in taken}, **fixed}


def _prior(checked: Checked, bound: BoundData, seed: int) -> dict[str, Group]:
    """Prior and prior predictive draws; none where the prior can't be drawn from."""
    try:
        program = forward(checked).program
        if any(datum.name not in bound.arrays for datum in program.data if datum.is_fixed):
            return {}
        return prior_groups(program, bound, PRIOR_DRAWS, seed)
    except (CannotSimulate, DiagnosticError):
        return {}


def draw_groups(
    program: Program, density: Density, derived: Mapping[str, Arrays], bound: BoundData
) -> dict[str, Group]:
    """Groups of labelled draws, from arrays [chain, draw, ...] by group and name."""
    dims = dims_of(program)
    order = {name: i for i, name in enumerate(dims)}
    missing = missing_labels(program, bound)
    said = dict(categories(program, bound))
    bound = replace(
        bound,
        labels={**bound.labels, **missing},
        sizes={**bound.sizes, **{axis: len(labels) for axis, labels in missing.items()}},
    )
    dims |= {missing_site(d.name): (missing_axis(d.name),) for d in program.data}
    made = internal_names(program)
    said = {**said, **dict.fromkeys(made, INTERNAL)}
    groups = {}
    for group, arrays in derived.items():
        shown = arrays.keys() - made if group == "posterior_predictive" else arrays
        names = sorted(shown, key=lambda name: order.get(name, len(order)))
        quantities = {
            name: _quantity(name, arrays[name], dims.get(name, ()), density, bound)
            for name in names
        }
        if group == "log_likelihood":
            unscored = without_observation(program, bound) if density.sum_dims else {}
            quantities |= {
                name: Quantity(axes, np.where(unscored.get(name, False), np.nan, arrays[name]))
                for name, axes in density.sum_dims.items()
            }
        else:
            quantities = {
                name: replace(quantity, attributes=said.get(name.removesuffix(".missing"), {}))
                for name, quantity in quantities.items()
            }
        if quantities:
            groups[group] = drawn_group(quantities, bound.labels)
    return groups


def _quantity(
    name: str, values: NDArray[Any], dims: tuple[str, ...], density: Density, bound: BoundData
) -> Quantity:
    """Name the axes of an array [chain, draw, ...], which may lack the event's, or be a slice."""
    shape = values.shape[2:]
    dims = dims[: len(shape)]
    if name in density.observations and len(dims) == len(shape):
        whole = tuple(bound.sizes[dim] for dim in dims)
        if shape == whole:
            return Quantity(dims, values)
        parts = density.observed_part(name, whole)
        starts = {dim: part.start or 0 for dim, part in zip(dims, parts, strict=True)}
        return Quantity(dims, values, starts)
    if len(dims) < len(shape) or any(
        bound.sizes.get(dim) != size for dim, size in zip(dims, shape, strict=True)
    ):
        dims = tuple(f"{name}_dim_{i}" for i in range(len(shape)))
    return Quantity(dims, values)


def _statistics(drawn_: Drawn) -> Group:
    columns = {name: Quantity((), np.asarray(v)) for name, v in drawn_.statistics.items()}
    return drawn_group(columns, {})
