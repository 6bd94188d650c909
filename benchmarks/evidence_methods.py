"""The methods of `evidence.py`: a row each, a function of a problem that returns an answer."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from evidence_problems import Problem

from gendsl.inference import ChainSampler, Nuts, NutsSampler, run
from gendsl.inference.approximations import (
    FullRank,
    Laplace,
    Pathfinder,
    Variational,
    importance,
)
from gendsl.inference.combinators import through
from gendsl.inference.flows import (
    AnnealedImportance,
    CouplingFlow,
    first_theta,
    flow_mc,
    reverse_kl,
)
from gendsl.inference.kernels import Hmc
from gendsl.inference.populations import run_smc, smc

Array = Any
NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a method says of a density.

    Attributes:
        positions: [draw, dim], and their weights [draw], which add up to one.
        log_evidence: NaN where the method finds none, with its standard error as the method has it.
        effective_share: effective sample size of the weights as a share of the draws.
        test_log_density: mean log density of the method's own density on draws of the target.
    """

    positions: Array
    weights: Array
    log_evidence: float = NAN
    standard_error: float = NAN
    gradients: int = 0
    effective_share: float = NAN
    test_log_density: float = NAN


@dataclass(frozen=True, slots=True)
class Settings:
    """Particles of populations and draws of approximations, draws of each of four chains."""

    particles: int
    draws: int
    seed: int


Method = Callable[[Problem, Settings], Answer]


def nuts(problem: Problem, settings: Settings) -> Answer:
    """Four chains; no evidence. Where moments aren't known, its are the reference."""
    sampler = NutsSampler(Nuts(problem.target), settings.draws)
    found = run(sampler, problem.data, seed=settings.seed, num_draws=settings.draws)
    positions = found.draws.reshape(-1, problem.target.size)
    return Answer(positions, even(len(positions)), gradients=found.num_evaluations)


def even(count: int) -> Array:
    """Equal weights."""
    return np.full(count, 1 / count)


def tempered(**options: Any) -> Method:
    """Tempered SMC from the base by moves of Hamiltonian Monte Carlo, on eight islands."""

    def method(problem: Problem, settings: Settings) -> Answer:
        result = run_smc(
            smc(problem.target, Hmc, **options),
            problem.data,
            seed=settings.seed,
            prior_positions=problem.draw_base(settings.particles, settings.seed),
        )
        weights = np.exp(result.log_weights)
        return Answer(
            result.positions,
            weights,
            result.log_evidence,
            result.standard_error,
            int(np.nansum(result.trace.num_gradients)),
            effective_share(weights),
        )

    return method


def effective_share(weights: Array) -> float:
    """(sum w)^2 / (n sum w^2)."""
    return float(weights.sum() ** 2 / (len(weights) * np.square(weights).sum()))


def approximated(fit: Callable[[Problem, int], Any]) -> Method:
    """An approximation, corrected by importance sampling from it.

    The standard error of the log evidence is by the delta method from the smoothed weights; it is
    too small where the approximation lacks a mode.
    """

    def method(problem: Problem, settings: Settings) -> Answer:
        found = fit(problem, settings.seed)
        drawn = importance(
            problem.target, problem.data, found, seed=settings.seed, num_draws=settings.particles
        )
        weights = np.exp(drawn.log_weights)
        share = effective_share(weights)
        error = math.sqrt(max(1 / share - 1, 0) / len(weights))
        return Answer(
            drawn.position,
            weights,
            drawn.log_evidence,
            error,
            found.num_evaluations,
            share,
            test_log_density(problem, found),
        )

    return method


def test_log_density(problem: Problem, found: Any) -> float:
    """The mean log density of an approximation on draws of the target; NaN if it has none."""
    if problem.draw is None:
        return NAN
    points = problem.draw(np.random.default_rng(1), 1000)
    logs = jax.vmap(lambda point: found.guide.log_density(found.params, point))(points)
    return float(jnp.mean(logs))


def laplace(problem: Problem, seed: int) -> Any:
    """A normal at the highest mode."""
    return Laplace(problem.target).fit(problem.data, seed=seed)


def pathfinder(problem: Problem, seed: int) -> Any:
    """The best normals on the way to modes, of eight paths."""
    return Pathfinder(problem.target).fit(problem.data, seed)


def full_rank(problem: Problem, seed: int) -> Any:
    """A normal by the evidence lower bound."""
    guide = FullRank(problem.target.size)
    return Variational(problem.target, guide).fit(problem.data, seed=seed)


def reverse_flow(problem: Problem, seed: int) -> Any:
    """A coupling flow by the evidence lower bound."""
    flow = CouplingFlow(problem.target.size)
    return reverse_kl(problem.target, flow, problem.data, seed=seed)


def annealed_flow(problem: Problem, seed: int) -> Any:
    """A coupling flow by annealed importance; it starts as about the base."""
    flow = CouplingFlow(problem.target.size)
    rows = problem.draw_base(2000, seed)
    theta = first_theta(flow, seed, rows, np.ones(len(rows)))
    method = AnnealedImportance(problem.target, flow, num_particles=512)
    return method.fit(problem.data, seed, theta=theta)


def leaping(problem: Problem, settings: Settings) -> Answer:
    """Four chains of Hamiltonian Monte Carlo with leaps by a flow that they train; no evidence."""
    sampler = ChainSampler(flow_mc(problem.target, Hmc), settings.draws)
    found = run(sampler, problem.data, seed=settings.seed, num_draws=settings.draws)
    positions = found.draws.reshape(-1, problem.target.size)
    return Answer(positions, even(len(positions)), gradients=found.num_evaluations)


def through_flow(problem: Problem, settings: Settings) -> Answer:
    """Four chains of NUTS in the coordinates of a flow by the evidence lower bound; no evidence."""
    flow = CouplingFlow(problem.target.size)
    fitted = reverse_kl(problem.target, flow, problem.data, seed=settings.seed)
    kernel = through(problem.target, flow, Nuts, fitted.params)
    count = settings.draws // 2
    found = run(ChainSampler(kernel, count), problem.data, seed=settings.seed, num_draws=count)
    positions = found.draws.reshape(-1, problem.target.size)
    spent = found.num_evaluations + fitted.num_evaluations
    return Answer(positions, even(len(positions)), gradients=spent)


METHODS: dict[str, Method] = {
    "NUTS": nuts,
    "SMC": tempered(correlation=0.1),
    "SMC, waste-free": tempered(chain_length=8),
    "Laplace >> importance": approximated(laplace),
    "Pathfinder >> importance": approximated(pathfinder),
    "full-rank VI >> importance": approximated(full_rank),
    "reverse flow >> importance": approximated(reverse_flow),
    "annealed flow >> importance": approximated(annealed_flow),
    "NUTS through a flow": through_flow,
    "HMC with leaps by a flow": leaping,
}
