"""A network trained on a Gaussian process, against the exact predictive of that process.

`python benchmarks/pfn_gp.py [--minutes 15] [--width 64] [--layers 4] [--head mixture:5]`
trains on functions of one input, RBF of length 0.2 with noise of variance 0.01, at up to 50 points
uniform on [0, 1], and prints by size of the context the gap in nats: the mean over queries of the
exact log predictive density less the network's, with its standard error over tasks; the mean over
sizes 0 to 40; and the seconds of both, by the clock and by the processor's.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference.amortised import (
    HEADS,
    Checkpoint,
    Design,
    Predictor,
    Settings,
    Tasks,
    begin,
    save,
    train,
)
from gendsl.inference.milestones import Milestone

LENGTH, NOISE, ROWS = 0.2, 0.01, 50
SIZES = (0, 1, 2, 3, 5, 8, 12, 16, 20, 25, 30, 35, 40)
HELD_OUT = 1000


def sampler(key: jax.Array, count: int) -> Tasks:
    """Draw ``count`` tasks of the process."""
    key_x, key_y = jax.random.split(key)
    x = jax.random.uniform(key_x, (count, ROWS), jnp.float32)
    root = jnp.linalg.cholesky(jax.vmap(covariance)(x) + NOISE * jnp.eye(ROWS, dtype=jnp.float32))
    noise = jax.random.normal(key_y, (count, ROWS), jnp.float32)
    y = jnp.einsum("tij,tj->ti", root, noise)
    none = jnp.zeros((count, 0), jnp.float32)
    is_valid = jnp.all(jnp.isfinite(y), axis=1)
    return Tasks(x[..., None], y, jnp.ones(count, jnp.int32), none, is_valid)


def covariance(x: jax.Array) -> jax.Array:
    """Return the covariance [row, row] of the function at ``x`` [row]."""
    return jnp.exp(-0.5 * ((x[:, None] - x) / LENGTH) ** 2)


def exact(x: np.ndarray, y: np.ndarray, n: int) -> np.ndarray:
    """Return the exact log predictive density of each query behind ``n`` rows, in double."""
    gaps = (x[:, None] - x) / LENGTH
    both = np.exp(-0.5 * gaps**2)
    solved = np.linalg.solve(both[:n, :n] + NOISE * np.eye(n), both[:n, n:])
    mean = solved.T @ y[:n]
    variance = 1.0 + NOISE - np.sum(both[:n, n:] * solved, axis=0)
    return -0.5 * (np.log(2 * np.pi * variance) + (y[n:] - mean) ** 2 / variance)


def gaps_by_size(predictor: Predictor, tasks: Tasks) -> dict[int, tuple[float, float]]:
    """Return the gap and its standard error by size of the context."""
    x, y = np.asarray(tasks.x, np.float64), np.asarray(tasks.y, np.float64)
    found = {}
    for n in SIZES:
        best = np.array([exact(x[i, :, 0], y[i], n).mean() for i in range(len(x))])
        said = predictor.predict(x[:, :n], y[:, :n], x[:, n:]).log_density(y[:, n:]).mean(axis=1)
        gap = best - said
        found[n] = float(gap.mean()), float(gap.std() / np.sqrt(len(gap)))
    return found


def main() -> None:
    """Train, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--attention-heads", type=int, default=4)
    parser.add_argument("--expansion", type=int, default=2)
    parser.add_argument("--frequencies", type=int, default=16)
    parser.add_argument("--head", default="mixture:5", help="bars:500, mixture:5")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--warm-up", type=float, default=0.1)
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    kind, count = given.head.split(":")
    design = Design(
        layers=given.layers,
        width=given.width,
        attention_heads=given.attention_heads,
        expansion=given.expansion,
        frequencies=given.frequencies,
        head=HEADS[kind](int(count)),
    )
    settings = Settings(
        steps=10**9,
        minutes=given.minutes,
        rate=given.rate,
        warm_up=given.warm_up,
        precision=given.precision,
    )

    def batch(key: jax.Array) -> Tasks:
        return sampler(key, given.batch)

    def tell(milestone: Milestone) -> None:
        print(f"\r{milestone.done}/{milestone.total} s  {milestone.note}  ", end="", flush=True)

    wall, processor = time.monotonic(), time.process_time()
    trained = train(begin(design, settings, batch, given.seed), batch, progress=tell)
    wall, processor = time.monotonic() - wall, time.process_time() - processor
    print(f"\n{trained.num_steps} steps in {wall:.0f} s, {processor:.0f} s of the processor")
    if given.out is not None:
        save(given.out, Checkpoint(trained))
    tasks = jax.device_get(jax.jit(sampler, static_argnums=1)(jax.random.key(10**6), HELD_OUT))
    gaps = gaps_by_size(Predictor.of(trained), tasks)
    for n, (gap, error) in gaps.items():
        print(f"{n:3d} rows  {gap:.4f} ± {error:.4f}")
    mean = np.mean(np.interp(np.arange(41), SIZES, [gaps[n][0] for n in SIZES]))
    print(f"mean over 0 to 40 rows: {mean:.4f} nats")


if __name__ == "__main__":
    main()
