"""Programs that return chains: NUTS alone on its own fast path, any other kernel by its sampler."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from gendsl.analysis.inference_sites import leaves
from gendsl.api.bad_start import bad_starts_explained, explain_bad_start
from gendsl.api.devices import chain_devices
from gendsl.api.failure import InferenceError, UsageError
from gendsl.api.inference_drawn import Array, Drawn
from gendsl.api.inference_flows import said_of_flow, seen_through
from gendsl.api.inference_joint import joint_of
from gendsl.api.inference_kernels import check_moved, kernel_of, maker_of
from gendsl.api.inference_posterior import Posterior
from gendsl.api.inference_problems import problems
from gendsl.api.progress import Report
from gendsl.api.resuming import Resumption
from gendsl.api.settings import Plan
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.wording import counted
from gendsl.ir.ode import OdeSystem
from gendsl.ir.program import InferenceCall, Program
from gendsl.resolve.inference_piece import Moves
from gendsl.resolve.inference_table import PIECES
from gendsl.results.trust import DrawKind

if TYPE_CHECKING:
    from gendsl.inference.protocol import Kernel
    from gendsl.inference.run import Chains
    from gendsl.inference.sampler import Metric
    from gendsl.inference.target import Target


def draw_chains(
    posterior: Posterior,
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
    if plan.outer.name == "nuts" and plan.transport is None:
        return _run_nuts(posterior, plan, seed, progress, stream)
    return _run_kernel(posterior, plan, seed, progress, stream)


def keeps_discrete(outer: InferenceCall, program: Program) -> bool:
    """Whether a program keeps the discrete quantities as coordinates, and there are any."""
    if not PIECES[outer.name].is_kernel or program.joint is None:
        return False
    return any(PIECES[leaf.name].moves is Moves.DISCRETE for leaf in leaves(outer))


def starts_of(posterior: Posterior, seed: int, count: int) -> Array:
    """Positions [chain, dim] of finite density from which chains can start.

    Raises:
        InferenceError: if there is none.
    """
    from gendsl.inference.initial import find_starts
    from gendsl.inference.nuts import Nuts

    if posterior.density.size == 0:
        return np.zeros((count, 0))
    starts = find_starts(Nuts(posterior.target), posterior.data, seed, count)
    if not starts.is_found.all():
        raise explain_bad_start(posterior, starts)
    return starts.positions


def starts_of_network(posterior: Posterior, plan: Plan, seed: int, count: int) -> Array:
    """Positions [chain, dim] at draws of the network that `init` names.

    Latents that it does not predict start where they would without it.

    Raises:
        InferenceError: if there is no start.
    """
    from gendsl.api.proposal_draws import draw_starts, predicts_all
    from gendsl.inference.initial import are_good
    from gendsl.inference.nuts import Nuts

    call = plan.outer
    name = str(call.setting("init"))
    network, size = plan.network(name), posterior.density.size
    rows = max(count, _FEWEST_CANDIDATES)
    defaults = np.zeros((rows, size))
    if not predicts_all(network, posterior):
        defaults = np.resize(starts_of(posterior, seed, count), (rows, size))
    candidates = draw_starts(network, posterior, call, defaults, seed)
    found = candidates[are_good(Nuts(posterior.target), posterior.data, candidates)]
    if len(found) < count:
        raise InferenceError(
            Diagnostic(
                "G1045",
                f"of {counted(rows, 'draw')} of `{name}`, chains can start at {len(found)}",
                call.span,
                f"{counted(count, 'start')} wanted",
                help="leave `init` out; or compare the network with its prior, `gendsl pfn check`",
            )
        )
    starts: Array = found[:count]
    return starts


_FEWEST_CANDIDATES = 64
"""Draws of a network of which starts are chosen, in their order: the first that will do."""


def starts_that_are_said(posterior: Posterior, plan: Plan, seed: int) -> Array | None:
    """Positions [chain, dim] that a program asks for; None where any will do.

    Those of one superchain are the same; those at draws of a network are that.

    Raises:
        InferenceError: if there is no start.
        UsageError: if the chains do not make superchains of one size.
    """
    superchains, chains = plan.settings.get("superchains"), plan.number("chains")
    if not isinstance(superchains, int):
        has_network = plan.settings.get("init") is not None
        return starts_of_network(posterior, plan, seed, chains) if has_network else None
    if chains % superchains:
        raise UsageError(
            Diagnostic(
                "G0830",
                f"{counted(chains, 'chain')} can't be divided into {superchains} superchains of one"
                " size",
                help=f"take a multiple, such as `--chains {superchains * 4}`",
            )
        )
    if plan.settings.get("init") is not None:
        points = starts_of_network(posterior, plan, seed, superchains)
    else:
        points = starts_of(posterior, seed, superchains)
    return np.repeat(points, chains // superchains, axis=0)


def _run_nuts(
    posterior: Posterior,
    plan: Plan,
    seed: int,
    progress: Report | None,
    stream: Resumption | None = None,
) -> Drawn:
    from gendsl.inference.nuts import Nuts
    from gendsl.inference.run import run
    from gendsl.inference.sampler import NutsSampler

    target = posterior.target
    check_moved(plan, target)
    kernel = Nuts(target, max_depth=plan.number("max_depth"))
    aim = plan.settings["target_accept"]
    assert isinstance(aim, float | int)
    sampler = NutsSampler(
        kernel,
        plan.number("warmup"),
        float(aim),
        cast("Metric", plan.settings["metric"]),
        chain_devices(plan.number("chains")),
    )
    starts = starts_that_are_said(posterior, plan, seed)
    with bad_starts_explained(posterior):
        chains = run(
            sampler,
            posterior.data,
            seed=seed,
            num_chains=plan.number("chains"),
            num_draws=plan.number("draws"),
            positions=starts,
            progress=progress,
            **({} if stream is None else stream.arguments),
        )
    check_any(chains.draws)
    return of_chains(chains, posterior.program)


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
    posterior: Posterior,
    plan: Plan,
    seed: int,
    progress: Report | None,
    stream: Resumption | None = None,
) -> Drawn:
    from gendsl.inference.chain_sampler import ChainSampler
    from gendsl.inference.run import run

    program, density = posterior.program, posterior.density
    joint = joint_of(posterior) if keeps_discrete(plan.outer, program) else None
    target, data = posterior.target, posterior.data
    if joint is not None:
        target, data = joint.target, joint.data
    check_moved(plan, target)
    positions = starts_that_are_said(posterior, plan, seed)
    if positions is None:
        positions = starts_of(posterior, seed, plan.number("chains"))
    if joint is not None:
        positions = joint.starts(density, positions, seed)
    kernel, said = _kernel(posterior, plan, target, data, seed, progress)
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
    check_any(chains.draws)
    names = frozenset(leaf.name for leaf in _all_leaves(plan.outer))
    drawn = of_chains(chains, program, kernels=names, is_exact=kernel.facts.is_exact)
    return replace(
        drawn,
        said={**drawn.said, **said, **said_of_flow(kernel, chains.carry)},
        draws=chains.draws[..., : density.size],
        discrete=None if joint is None else joint.values(chains.draws),
    )


def _kernel(
    posterior: Posterior,
    plan: Plan,
    target: Target,
    data: Any,
    seed: int,
    progress: Report | None,
) -> tuple[Kernel[Any, Any], dict[str, Any]]:
    """The kernel of a program, and what the fit says of the transport that it sees through."""
    from gendsl.inference.approximations import Outcome

    if plan.transport is None:
        kernel = kernel_of(plan.outer, target)
        assert kernel is not None
        return kernel, {}
    with bad_starts_explained(posterior):
        make = maker_of(plan.outer)
        kernel, found = seen_through(plan.transport, make, target, data, seed, progress)
    if found.status & Outcome.INTERRUPTED:
        raise stopped_early()
    said = {
        "name": plan.transport.name,
        "elbo": found.elbo,
        "pareto_k": found.pareto_k,
        "problems": problems(found.status),
    }
    return kernel, {"transport": said}


def _all_leaves(outer: InferenceCall) -> Iterator[InferenceCall]:
    """The kernels that a program is made of, those in settings included."""
    for leaf in leaves(outer):
        yield leaf
        for _, value in leaf.settings:
            if isinstance(value, InferenceCall) and value.name in PIECES:
                yield from leaves(value)


def check_any(draws: Array) -> None:
    """Make sure that there are draws [chain, draw, dim].

    Raises:
        InferenceError: if the run was stopped before the first.
    """
    if draws.shape[1] == 0:
        raise stopped_early()


def stopped_early() -> InferenceError:
    """The error of a run that was stopped before there was a draw."""
    return InferenceError(
        Diagnostic("G0703", "the run was stopped during warm-up: there are no draws to keep")
    )


def has_solver(program: Program) -> bool:
    """Whether the program solves differential equations."""
    return any(isinstance(node, OdeSystem) for node in program.nodes)
