"""The cost of a gradient through differential equations, against diffrax by hand.

`python benchmarks/odes.py` prints the ratio for the Lotka-Volterra model of the library; 1.00 is as
fast as by hand. Both solve with the same method, tolerances and adjoint, are compiled, and are
timed in turns; the least time of each counts.
"""

from __future__ import annotations

import time

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy import stats

from gendsl.backends.registry import BACKENDS
from gendsl.diagnostics.source import Source
from gendsl.ir.bound import BoundData
from gendsl.models import library
from gendsl.pipeline import compile

ROUNDS = 60
TRUTH = {"alpha": 0.55, "beta": 0.028, "gamma": 0.8, "delta": 0.024}
START = np.array([33.0, 6.0])


def field(t, state, args):
    """The right sides."""
    prey, predator = state
    alpha, beta, gamma, delta = args
    return (alpha - beta * predator) * prey, (delta * prey - gamma) * predator


def solve(parameters, start, ts):
    """Both populations at the times."""
    return diffrax.diffeqsolve(
        diffrax.ODETerm(field),
        diffrax.Tsit5(),
        t0=0.0,
        t1=ts[-1],
        dt0=None,
        y0=(start[0], start[1]),
        args=parameters,
        saveat=diffrax.SaveAt(ts=ts),
        stepsize_controller=diffrax.PIDController(rtol=1e-6, atol=1e-8),
        max_steps=10_000,
        throw=False,
    ).ys


def by_hand(position, ts, y_init, y):
    """The log density over the logarithms of all quantities, as a user of JAX would write it."""
    values = jnp.exp(position)
    parameters, start, sigma = values[:4], values[4:6], values[6:]
    means, sds = jnp.array([1.0, 0.05, 1.0, 0.05]), jnp.array([0.5, 0.05, 0.5, 0.05])
    prior = jnp.sum(stats.truncnorm.logpdf(parameters, -means / sds, jnp.inf, means, sds))
    prior += jnp.sum(stats.norm.logpdf(position[4:6], jnp.log(10.0), 1.0))
    prior += jnp.sum(stats.norm.logpdf(position[6:], -1.0, 1.0))
    z = jnp.stack(solve(tuple(parameters), start, ts), axis=-1)
    scores = stats.norm.logpdf(jnp.log(y_init), jnp.log(start), sigma).sum()
    scores += stats.norm.logpdf(jnp.log(y), jnp.log(z), sigma).sum()
    return prior + scores + jnp.sum(position[:4])


def best_times(functions, positions):
    """The least time of each, in seconds."""
    least = [np.inf] * len(functions)
    for _ in range(ROUNDS):
        for i, (function, position) in enumerate(zip(functions, positions, strict=True)):
            begun = time.perf_counter()
            jax.block_until_ready(function(position))
            least[i] = min(least[i], time.perf_counter() - begun)
    return least


def main() -> None:
    """Print the times and their ratio."""
    jax.config.update("jax_enable_x64", True)
    ts = np.arange(1.0, 21.0)
    clean = np.stack(solve(tuple(TRUTH.values()), START, jnp.asarray(ts)), axis=-1)
    noise = np.random.default_rng(1).normal(0.0, 0.25, (20, 2))
    data = {"ts": ts, "y_init": START, "y": clean * np.exp(noise)}
    model = next(m for m in library() if m.name == "lotka_volterra")
    program = compile(Source(model.path.name, model.path.read_text()), BACKENDS["numpyro"])
    sizes = {"time": 20, "species": 2}
    labels = {"time": None, "species": ("hare", "lynx")}
    density = program.bind(BoundData(data, sizes, labels, {}, frozenset()))
    ours = density.unconstrain(
        density.data, {**TRUTH, "z_init": START, "sigma": np.array([0.25, 0.25])}
    )
    theirs = jnp.log(jnp.array([*TRUTH.values(), *START, 0.25, 0.25]))
    arrays = {name: jnp.asarray(value) for name, value in data.items()}
    functions = (
        jax.jit(jax.value_and_grad(lambda at: density.log_density(density.data, at))),
        jax.jit(jax.value_and_grad(lambda at: by_hand(at, **arrays))),
    )
    slopes = [function(at)[1] for function, at in zip(functions, (ours, theirs), strict=True)]
    gap = float(jnp.max(jnp.abs(jnp.sort(slopes[0]) - jnp.sort(slopes[1]))))
    generated, hand = best_times(functions, (ours, theirs))
    print(f"lotka_volterra: {generated * 1e3:.3f} ms, by hand {hand * 1e3:.3f} ms,", end=" ")
    print(f"ratio {generated / hand:.2f}; gradients differ by {gap:.1e}")


if __name__ == "__main__":
    main()
