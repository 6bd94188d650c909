"""Programs that return chains: NUTS alone on its own fast path, any other kernel by its sampler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gendsl.analysis.inference_sites import leaves, uncovered
from gendsl.api.bad_start import explain_bad_start
from gendsl.api.devices import chain_devices
from gendsl.api.failure import InferenceError, UsageError
from gendsl.api.inference_drawn import Array, Drawn
from gendsl.api.inference_joint import joint_of, said_of
from gendsl.api.inference_kernels import kernel_of, left_alone
from gendsl.api.resuming import Resumption
from gendsl.api.settings import Plan
from gendsl.backends.protocol import Density
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.ir.bound import BoundData
from gendsl.ir.ode import OdeSystem
from gendsl.ir.program import InferenceCall, Program
from gendsl.resolve.inference_table import PIECES, Moves
from gendsl.results.trust import DrawKind

if TYPE_CHECKING:
    from gendsl.inference.run import Chains
    from gendsl.inference.target import Target

Report = Callable[[Any], None]


def draw_chains(
    program: Program,
    density: Density,
    bound: BoundData,
    plan: Plan,
    seed: int,
    progress: Report | None,
    stream: Resumption | None = None,
) -> Drawn:
    """Run the chains of a program; densities of one structure compile once.

    Raises:
        InferenceError: if no start is found, or the run is stopped before the first draw.
        UsageError: if there are missing data to infer that no kernel moves.
    """
    target = target_of(density)
    if keeps_discrete(plan.outer, program):
        return _run_kernel(program, density, bound, plan, seed, progress, stream)
    _check_moved(plan, target)
    if plan.outer.name == "nuts":
        return _run_nuts(program, density, bound, target, plan, seed, progress, stream)
    return _run_kernel(program, density, bound, plan, seed, progress, stream)


def target_of(density: Density) -> Target:
    """The density as the inference core wants it."""
    from gendsl.inference.target import Site, Target

    sites = tuple(Site(said_of(site), site.start, site.stop) for site in density.sites)
    return Target(density.log_prior, density.log_likelihood, density.size, sites)


def keeps_discrete(outer: InferenceCall, program: Program) -> bool:
    """Whether a program keeps the discrete quantities as coordinates, and there are any."""
    if not PIECES[outer.name].is_kernel or program.joint is None:
        return False
    return any(PIECES[leaf.name].moves is Moves.DISCRETE for leaf in leaves(outer))


def starts_of(program: Program, density: Density, bound: BoundData, seed: int, count: int) -> Array:
    """Positions [chain, dim] of finite density from which chains can start.

    Raises:
        InferenceError: if there is none.
    """
    from gendsl.inference.initial import NoFiniteStartError, find_starts
    from gendsl.inference.nuts import Nuts

    if density.size == 0:
        return np.zeros((count, 0))
    starts = find_starts(Nuts(target_of(density)), density.data, seed, count)
    if not starts.is_found.all():
        error = NoFiniteStartError(starts)
        raise explain_bad_start(program, density, error.starts, bound.arrays, bound.labels)
    return starts.positions


def _check_moved(plan: Plan, target: Target) -> None:
    left = left_alone(plan.outer, target)
    if left:
        raise UsageError(uncovered(plan.program, plan.outer, dict.fromkeys(left)))


def _run_nuts(
    program: Program,
    density: Density,
    bound: BoundData,
    target: Target,
    plan: Plan,
    seed: int,
    progress: Report | None,
    stream: Resumption | None = None,
) -> Drawn:
    from gendsl.inference.initial import NoFiniteStartError
    from gendsl.inference.nuts import Nuts
    from gendsl.inference.run import run
    from gendsl.inference.sampler import NutsSampler

    kernel = Nuts(target, max_depth=plan.number("max_depth"))
    aim = plan.settings["target_accept"]
    assert isinstance(aim, float | int)
    sampler = NutsSampler(
        kernel, plan.number("warmup"), float(aim), devices=chain_devices(plan.number("chains"))
    )
    try:
        chains = run(
            sampler,
            density.data,
            seed=seed,
            num_chains=plan.number("chains"),
            num_draws=plan.number("draws"),
            progress=progress,
            **({} if stream is None else stream.arguments),
        )
    except NoFiniteStartError as error:
        raise explain_bad_start(
            program, density, error.starts, bound.arrays, bound.labels
        ) from None
    _check_any(chains.draws)
    return of_chains(chains, program)


def of_chains(
    chains: Chains,
    program: Program,
    kind: DrawKind = DrawKind.CHAINS,
    *,
    kernels: frozenset[str] = frozenset({"nuts"}),
    is_exact: bool = True,
) -> Drawn:
    """What chains of `kernels`, or exact draws in their form, say."""
    columns: dict[str, Any] = {
        "lp": chains.log_density,
        "acceptance_rate": chains.acceptance_rate,
    }
    if any(PIECES[name].has_gradient for name in kernels):
        columns["diverging"] = chains.is_divergent
        if "nuts" in kernels:
            columns["reached_max_treedepth"] = chains.has_reached_max_depth
        columns |= {"tree_depth": chains.tree_depth, "n_steps": chains.num_gradients}
    columns |= {"step_size": chains.step_size, "energy": chains.energy}
    said: dict[str, Any] = {
        "warmup_divergences": chains.warmup_divergences,
        "is_interrupted": chains.is_interrupted,
        "restarts": [restart._asdict() for restart in chains.restarts],
    }
    if has_solver(program):
        columns["solver_failed"] = chains.has_failed
        said |= {
            "solver_failures": int(chains.has_failed.sum()),
            "warmup_solver_failures": chains.warmup_failures,
            "evaluations": chains.num_evaluations,
        }
    statistics = {n: np.asarray(column) for n, column in columns.items() if column is not None}
    return Drawn(
        kind, chains.draws, statistics, is_exact, said, is_interrupted=chains.is_interrupted
    )


def _run_kernel(
    program: Program,
    density: Density,
    bound: BoundData,
    plan: Plan,
    seed: int,
    progress: Report | None,
    stream: Resumption | None = None,
) -> Drawn:
    from gendsl.inference.chain_sampler import ChainSampler
    from gendsl.inference.run import run

    positions = starts_of(program, density, bound, seed, plan.number("chains"))
    joint = joint_of(program, density, bound) if keeps_discrete(plan.outer, program) else None
    target, data = target_of(density), density.data
    if joint is not None:
        target, data = joint.target, joint.data
        positions = joint.starts(density, positions, seed)
    _check_moved(plan, target)
    kernel = kernel_of(plan.outer, target)
    assert kernel is not None
    chains = run(
        ChainSampler(kernel, plan.number("warmup"), chain_devices(plan.number("chains"))),
        data,
        seed=seed,
        num_chains=plan.number("chains"),
        num_draws=plan.number("draws"),
        positions=positions,
        progress=progress,
        **({} if stream is None else stream.arguments),
    )
    _check_any(chains.draws)
    names = frozenset(leaf.name for leaf in leaves(plan.outer))
    drawn = of_chains(chains, program, kernels=names, is_exact=kernel.facts.is_exact)
    return replace(
        drawn,
        draws=chains.draws[..., : density.size],
        discrete=None if joint is None else joint.values(chains.draws),
    )


def _check_any(draws: Array) -> None:
    if draws.shape[1] == 0:
        raise InferenceError(
            Diagnostic("G0703", "the run was stopped during warm-up: there are no draws to keep")
        )


def has_solver(program: Program) -> bool:
    """Whether the program solves differential equations."""
    return any(isinstance(node, OdeSystem) for node in program.nodes)
