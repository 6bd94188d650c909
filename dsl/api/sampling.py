"""The main job: a program and its data in, draws with everything derived from them out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gendsl.analysis.parameterisation import parameterisations
from gendsl.api.bad_start import explain_bad_start
from gendsl.api.categories import categories
from gendsl.api.compilation import Checked
from gendsl.api.data_groups import data_groups
from gendsl.api.exact import exact_chains
from gendsl.api.failure import InferenceError
from gendsl.api.fixed_values import fixed_draws
from gendsl.api.intervention import forward
from gendsl.api.lowering import explained, lower, transform
from gendsl.api.missing import missing_axis, missing_labels
from gendsl.api.posterior import by_chain, each_draw
from gendsl.api.prior import prior_groups
from gendsl.api.provenance import provenance
from gendsl.api.runtime import computing
from gendsl.api.settings import NutsSettings
from gendsl.api.shapes import dims_of, scored_names
from gendsl.backends.failures import CannotInfer, CannotSimulate
from gendsl.backends.protocol import Density
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.ir.bound import BoundData, missing_site
from gendsl.ir.ode import OdeSystem
from gendsl.ir.program import Program
from gendsl.results.attributes import FIT_FORMAT
from gendsl.results.groups import Quantity, drawn

if TYPE_CHECKING:
    from xarray import Dataset, DataTree

    from gendsl.inference.run import Chains, Progress

PRIOR_DRAWS = 500
"""Draws of the prior that a fit carries, where it can be drawn from."""

Report = Callable[["Progress"], None]
Arrays = Mapping[str, NDArray[Any]]


def infer(
    checked: Checked,
    bound: BoundData,
    settings: NutsSettings,
    *,
    seed: int,
    precision: str,
    device: str | None,
    progress: Report | None,
) -> tuple[DataTree, dict[str, Any]]:
    """Draw from the posterior; return every group of the fit, and what the fit says of itself.

    Raises:
        InferenceError: if no start is found, or the run is stopped before the first draw.
        DiagnosticError: if there is nothing to infer, or it can't be sampled.
    """
    from xarray import DataTree

    started = time.perf_counter()
    program = transform(checked.program, sizes=bound.sizes)
    with computing(precision, device) as device_name, explained(program):
        density = lower(program).bind(bound)
        for site in density.discrete:
            raise CannotInfer(site, "it is discrete")
        is_exact = density.size == 0 and program.joint is not None
        if density.size == 0 and not is_exact:
            raise DiagnosticError(
                (Diagnostic("G0704", f"`{checked.program.name}` has nothing to infer"),)
            )
        chains = (
            exact_chains(density, settings)
            if is_exact
            else draw_chains(program, density, bound, settings, seed, progress)
        )
        sampled = time.perf_counter()
        derived = _derive(density, chains, seed, scored_names(checked.program))
        derived = {
            **derived,
            "posterior": _with_fixed(checked.program, bound, derived["posterior"]),
        }
        prior = _prior(checked, bound, seed)

    tree = DataTree.from_dict(
        {
            **draw_groups(checked.program, density, derived, bound),
            **prior,
            "/sample_stats": _statistics(chains, _has_solver(program)),
            **data_groups(checked.program, bound),
        }
    )
    attributes = {
        **provenance(checked, FIT_FORMAT, seed, precision, device_name),
        "inference_program": str(settings),
        **{key: value for key, value in asdict(settings).items() if key != "name"},
        "sizes": dict(bound.sizes),
        "labelled_dimensions": sorted(d for d, labels in bound.labels.items() if labels),
        "parameterisation": {
            site: choice.form
            for site, choice in parameterisations(checked.program, sizes=bound.sizes).items()
        },
        "warmup_divergences": chains.warmup_divergences,
        "is_interrupted": chains.is_interrupted,
        "restarts": [restart._asdict() for restart in chains.restarts],
        **_failures(program, chains),
        "is_exact": is_exact,
        "sampling_time": round(sampled - started, 3),
        "total_time": round(time.perf_counter() - started, 3),
    }
    return tree, attributes


def draw_chains(
    program: Program,
    density: Density,
    bound: BoundData,
    settings: NutsSettings,
    seed: int,
    progress: Report | None,
) -> Chains:
    """Run the sampler; densities of one structure compile once.

    Raises:
        InferenceError: if no start is found, or the run is stopped before the first draw.
    """
    from gendsl.inference.initial import NoFiniteStartError
    from gendsl.inference.nuts import Nuts
    from gendsl.inference.run import run
    from gendsl.inference.sampler import NutsSampler
    from gendsl.inference.target import Site, Target

    sites = tuple(Site(site.of, site.start, site.stop) for site in density.sites)
    target = Target(density.log_prior, density.log_likelihood, density.size, sites)
    kernel = Nuts(target, max_depth=settings.max_depth)
    sampler = NutsSampler(kernel, settings.warmup, settings.target_accept)
    try:
        chains = run(
            sampler,
            density.data,
            seed=seed,
            num_chains=settings.chains,
            num_draws=settings.draws,
            progress=progress,
        )
    except NoFiniteStartError as error:
        raise explain_bad_start(
            program, density, error.starts, bound.arrays, bound.labels
        ) from None
    if chains.draws.shape[1] == 0:
        raise InferenceError(
            Diagnostic("G0703", "the run was stopped during warm-up: there are no draws to keep")
        )
    return chains


def _derive(
    density: Density, chains: Chains, seed: int, scored: frozenset[str]
) -> Mapping[str, Arrays]:
    import jax

    data = density.data
    expressions = scored - density.observations

    def derive(key: Any, position: Any) -> dict[str, Any]:
        parts = density.site_log_densities(data, position) if expressions else {}
        scores = {name: value for name, value in parts.items() if name in expressions}
        discrete = density.recover(jax.random.fold_in(key, 0), data, position)
        return {
            "posterior": density.constrain(data, position, discrete),
            "posterior_predictive": density.generate(key, data, position, discrete),
            "log_likelihood": {
                **scores,
                **density.pointwise_log_likelihood(data, position),
            },
        }

    count, length, size = chains.draws.shape
    flat = chains.draws.reshape(count * length, size)
    return by_chain(each_draw(derive, flat, seed), count)


def _with_fixed(program: Program, bound: BoundData, posterior: Arrays) -> Arrays:
    """The draws with what was conditioned on, whole: given entries and inferred ones."""
    fixed, taken = fixed_draws(program, bound, posterior)
    return {**{n: v for n, v in posterior.items() if n not in taken}, **fixed}


def _prior(checked: Checked, bound: BoundData, seed: int) -> dict[str, Dataset]:
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
) -> dict[str, Dataset]:
    """Groups of labelled draws, from arrays [chain, draw, ...] by group and name."""
    dims = dims_of(program)
    order = {name: i for i, name in enumerate(dims)}
    missing = missing_labels(program, bound)
    said = categories(program, bound)
    bound = replace(
        bound,
        labels={**bound.labels, **missing},
        sizes={**bound.sizes, **{axis: len(labels) for axis, labels in missing.items()}},
    )
    dims |= {missing_site(d.name): (missing_axis(d.name),) for d in program.data}
    groups = {}
    for group, arrays in derived.items():
        names = sorted(arrays, key=lambda name: order.get(name, len(order)))
        quantities = {
            name: _quantity(name, arrays[name], dims.get(name, ()), density, bound)
            for name in names
        }
        if group == "log_likelihood":
            quantities |= {
                name: Quantity(axes, arrays[name]) for name, axes in density.sum_dims.items()
            }
        else:
            quantities = {
                name: replace(quantity, attributes=said.get(name.removesuffix(".missing"), {}))
                for name, quantity in quantities.items()
            }
        if quantities:
            groups[f"/{group}"] = drawn(quantities, bound.labels)
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


def _has_solver(program: Program) -> bool:
    return any(isinstance(node, OdeSystem) for node in program.nodes)


def _failures(program: Program, chains: Chains) -> dict[str, Any]:
    """How often equations could not be solved, where there are any."""
    if not _has_solver(program):
        return {}
    return {
        "solver_failures": int(chains.has_failed.sum()),
        "warmup_solver_failures": chains.warmup_failures,
        "evaluations": chains.num_evaluations,
    }


def _statistics(chains: Chains, has_solver: bool) -> Dataset:
    columns = {
        "lp": chains.log_density,
        "acceptance_rate": chains.acceptance_rate,
        "diverging": chains.is_divergent,
        "reached_max_treedepth": chains.has_reached_max_depth,
        "tree_depth": chains.tree_depth,
        "n_steps": chains.num_gradients,
        "step_size": chains.step_size,
        "energy": chains.energy,
    }
    if has_solver:
        columns["solver_failed"] = chains.has_failed
    return drawn({name: Quantity((), np.asarray(v)) for name, v in columns.items()}, {})
