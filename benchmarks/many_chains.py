"""Batched gradients that many chains take: ours, a vmapped BlackJAX NUTS, and ChEES-HMC.

Usage: python many_chains.py [--chains 64 512] [--cases schools funnel] [--warmup 200]
                             [--draws 600] [--peer-draws 60]

A batched gradient is one evaluation for all chains at once, what an accelerator does at a time. In
a vmapped loop over leapfrog steps all chains wait for the longest tree, so that a transition takes
the largest number of steps of any chain; BlackJAX, which vmaps a loop over doublings around one
over steps, takes that at least. Ours stand each at its own place in its own tree, and a call of the
compiled program, of up to 1000 transitions, takes the steps of the chain that took most in all of
them. ChEES makes the same number of steps in every chain.

BlackJAX runs twice: with its own window adaptation, vmapped, a step size and a diagonal metric for
each chain; and with the step size and the metric that ours learnt, from where our chains stood,
where all that differs is the waiting. Chains on the funnel begin at exact draws. Means of the first
two coordinates have to agree. It needs BlackJAX: `pip install blackjax`.
"""

import argparse
import importlib
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from arviz_stats.base import array_stats
from numpy.typing import NDArray

from gendsl.inference import ChainSampler, Nuts, NutsSampler, Target
from gendsl.inference.kernels import Chees

EFFECTS = np.array([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0])
ERRORS = np.array([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0])
MOST_Z = 5.0

Array = NDArray[Any]


def _nothing(data: Any, position: jax.Array) -> jax.Array:
    return jnp.zeros((), position.dtype)


def _schools(data: Any, position: jax.Array) -> jax.Array:
    """Eight schools, not centred: mu ~ N(0, 5), tau ~ half-Cauchy(5)."""
    effects, errors = data
    mean, log_spread, offsets = position[0], position[1], position[2:]
    spread = jnp.exp(log_spread)
    residuals = (effects - mean - spread * offsets) / errors
    prior = -0.5 * (mean / 5.0) ** 2 - jnp.log1p((spread / 5.0) ** 2) + log_spread
    return prior - 0.5 * jnp.sum(offsets**2) - 0.5 * jnp.sum(residuals**2)


def _funnel(data: Any, position: jax.Array) -> jax.Array:
    """Neal's funnel: v ~ N(0, 3), nine x ~ N(0, exp(v / 2))."""
    log_variance, others = position[0], position[1:]
    inside = jnp.exp(-log_variance) * jnp.sum(others**2) + len(others) * log_variance
    return -0.5 * (log_variance / 3.0) ** 2 - 0.5 * inside


def _starts_of_schools(generator: np.random.Generator, count: int) -> Array:
    return generator.uniform(-1.0, 1.0, (count, 10))


def _starts_of_funnel(generator: np.random.Generator, count: int) -> Array:
    log_variance = 3.0 * generator.standard_normal((count, 1))
    others = np.exp(0.5 * log_variance) * generator.standard_normal((count, 9))
    return np.concatenate([log_variance, others], axis=1)


class Case(NamedTuple):
    """A target of ten coordinates, its data, and starts."""

    name: str
    target: Target
    data: Any
    starts: Callable[[np.random.Generator, int], Array]


CASES = {
    "schools": Case(
        "eight schools", Target(_schools, _nothing, 10), (EFFECTS, ERRORS), _starts_of_schools
    ),
    "funnel": Case("centred funnel", Target(_funnel, _nothing, 10), None, _starts_of_funnel),
}


class Outcome(NamedTuple):
    """What a sampler made: draws [chain, draw, dim], and batched gradients in all."""

    draws: Array
    batched: int


def ours(case: Case, starts: Array, warmup: int, draws: int) -> tuple[Outcome, Any]:
    """Our NUTS, and the carry it sampled from."""
    sampler = NutsSampler(Nuts(case.target), warmup)
    carry = sampler.init(case.data, 1, starts)
    carry, _, _ = sampler.chunk(case.data, carry, warmup)
    made, batched, begun = [], 0, carry
    for start in range(0, draws, sampler.capacity(carry)):
        length = min(sampler.capacity(carry), draws - start)
        carry, drawn, stats = sampler.chunk(case.data, carry, length)
        made.append(drawn)
        batched += int(np.max(np.sum(stats.num_gradients, axis=1)))
    return Outcome(np.concatenate(made, axis=1), batched), begun


def chees(case: Case, starts: Array, warmup: int, draws: int) -> Outcome:
    """ChEES-HMC, with its own step size and metric."""
    sampler = ChainSampler(Chees(case.target), warmup)
    carry = sampler.init(case.data, 1, starts)
    carry, _, _ = sampler.chunk(case.data, carry, warmup)
    _, drawn, stats = sampler.chunk(case.data, carry, draws)
    return Outcome(drawn, int(np.sum(np.max(stats.num_gradients, axis=0))))


def peer_alike(case: Case, begun: Any, draws: int, blackjax: Any) -> Outcome:
    """BlackJAX's NUTS, vmapped, from where our chains stood and with what they learnt."""
    root = np.asarray(begun.scale)
    inverse = jnp.asarray(root**2 if root.ndim == 1 else root @ root.T)
    count = len(begun.chains.state.position)
    learnt = {
        "step_size": jnp.exp(jnp.asarray(begun.chains.step.log_step)),
        "inverse_mass_matrix": jnp.broadcast_to(inverse, (count, *inverse.shape)),
    }
    log_density = _log_density(case)
    states = jax.vmap(lambda at: blackjax.nuts.init(at, log_density))(
        jnp.asarray(begun.chains.state.position)
    )
    return _sampled(log_density, states, learnt, draws, blackjax)


def peer_alone(case: Case, starts: Array, warmup: int, draws: int, blackjax: Any) -> Outcome:
    """BlackJAX's NUTS, vmapped, with its own window adaptation in each chain."""
    log_density = _log_density(case)
    adaptation = blackjax.window_adaptation(blackjax.nuts, log_density)

    def warm(key: jax.Array, start: jax.Array) -> tuple[Any, Any]:
        (state, learnt), _ = adaptation.run(key, start, num_steps=warmup)
        return state, {name: learnt[name] for name in ("step_size", "inverse_mass_matrix")}

    keys = jax.random.split(jax.random.key(1), len(starts))
    states, learnt = jax.jit(jax.vmap(warm))(keys, jnp.asarray(starts))
    return _sampled(log_density, states, learnt, draws, blackjax)


def _log_density(case: Case) -> Callable[[jax.Array], jax.Array]:
    data = jax.tree.map(jnp.asarray, case.data)
    return lambda position: case.target.log_density(data, position)


def _sampled(log_density: Any, states: Any, learnt: Any, draws: int, blackjax: Any) -> Outcome:
    kernel = blackjax.nuts.build_kernel()

    def step(key: jax.Array, state: Any, learnt: Any) -> tuple[Any, Any]:
        return kernel(key, state, log_density, **learnt)

    def move(states: Any, key: jax.Array) -> tuple[Any, Any]:
        each = jax.random.split(key, len(states.position))
        states, info = jax.vmap(step)(each, states, learnt)
        return states, (states.position, info.num_integration_steps)

    keys = jax.random.split(jax.random.key(2), draws)
    _, (drawn, steps) = jax.jit(lambda states: jax.lax.scan(move, states, keys))(states)
    return Outcome(np.asarray(drawn).swapaxes(0, 1), int(np.sum(np.max(steps, axis=1))))


def moments(draws: Array) -> tuple[Array, Array, float]:
    """Means and their errors of the first two coordinates; the least ESS a draw of any."""
    sizes = [array_stats.ess(x, chain_axis=0, draw_axis=1) for x in np.moveaxis(draws, -1, 0)]
    first = draws[..., :2]
    errors = np.std(first, axis=(0, 1)) / np.sqrt(np.asarray(sizes[:2], float))
    return np.mean(first, axis=(0, 1)), errors, float(min(sizes)) / draws[..., 0].size


def main() -> int:
    """Run all cases; 1 if moments disagree, 2 without BlackJAX."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chains", type=int, nargs="+", default=[64, 512])
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=list(CASES))
    parser.add_argument("--warmup", type=int, default=200)
    parser.add_argument("--draws", type=int, default=600)
    parser.add_argument("--peer-draws", type=int, default=60)
    asked = parser.parse_args()
    try:
        blackjax = importlib.import_module("blackjax")
    except ImportError:
        print("this comparison needs BlackJAX: pip install blackjax", file=sys.stderr)
        return 2
    jax.config.update("jax_enable_x64", True)
    head = "batched/draw", "ESS/draw", "batched/ESS of a chain", "means of two coordinates"
    print(f"{'':20}{'sampler':24}", *(f"{name:>24}" for name in head))
    agree = True
    for name in asked.cases:
        for count in asked.chains:
            agree &= compare(CASES[name], count, asked, blackjax)
    return 0 if agree else 1


def compare(case: Case, count: int, asked: argparse.Namespace, blackjax: Any) -> bool:
    """Run and print one case; return whether the moments agree."""
    starts = case.starts(np.random.default_rng(3), count)
    own, begun = ours(case, starts, asked.warmup, asked.draws)
    mean, error = report(case, count, "ours", own)
    few = asked.peer_draws
    others = {
        "BlackJAX": lambda: peer_alone(case, starts, asked.warmup, few, blackjax),
        "BlackJAX, our warm-up": lambda: peer_alike(case, begun, few, blackjax),
        "ChEES": lambda: chees(case, starts, asked.warmup, asked.draws),
    }
    agree = True
    for sampler, run in others.items():
        outcome = run()
        means, errors = report(case, count, sampler, outcome)
        ratio = _each(outcome) / _each(own)
        worst = float(np.max(np.abs(means - mean) / np.hypot(error, errors)))
        print(
            f"    {ratio:.2f} of our batched gradients a draw; means differ by {worst:.1f} errors"
        )
        agree &= worst < MOST_Z
    print(flush=True)
    return agree


def _each(outcome: Outcome) -> float:
    return outcome.batched / outcome.draws.shape[1]


def report(case: Case, count: int, sampler: str, outcome: Outcome) -> tuple[Array, Array]:
    """Print what a sampler did; return means and their errors."""
    mean, error, ess = moments(outcome.draws)
    each = _each(outcome)
    said = "  ".join(f"{m:.3f} +- {e:.3f}" for m, e in zip(mean, error, strict=True))
    row = f"{case.name:15}{count:4} {sampler:24}{each:24.1f} {ess:24.3f} {each / ess:24.1f}"
    print(f"{row}    {said}", flush=True)
    return mean, error


if __name__ == "__main__":
    sys.exit(main())
