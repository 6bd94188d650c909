"""Gaussian processes against tinygp, GPJax and NumPyro by hand, in one run.

`python benchmarks/gaussian_processes.py [--only exact ...] [--sizes 1000 2000]`
prints, for each solver and number of points, the time of one joint log density with its gradient
in the logarithms of length, amplitude and noise, and the ratio of ours to each peer's: below 1 is
faster. Before anything is timed, all have to give the same value to 1e-8.

All are timed in turns, and the least of each counts, by the wall's clock and by the processor's. A
solver is a row of `SOLVERS`: the model's text, the numbers of points, and the peers that have it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from peers.gaussian_processes import PEERS, Evidence

import gendsl
from gendsl.api.lowering import lower, transform

AGREEMENT = 1e-8
"""The largest relative difference of two log densities."""

MODEL = """\
model process {{
  dim row
  data x[row] : real
  data y[row] : real
  len ~ LogNormal(0, 1)
  amp ~ LogNormal(0, 1)
  sigma ~ LogNormal(0, 1)
  f ~ GP(kernel = amp^2 * Matern32(len){way})
  y[row] ~ Normal(f(x), sigma)
}}
"""


@dataclass(frozen=True, slots=True)
class Solver:
    """A way to solve one: what `GP` is told, the numbers of points, the peers to be beside."""

    way: str
    sizes: tuple[int, ...]
    peers: tuple[str, ...]


SOLVERS: Mapping[str, Solver] = {
    "exact": Solver("", (1000, 2000), ("tinygp", "gpjax", "numpyro")),
}


def points(count: int) -> dict[str, np.ndarray]:
    """Noisy values of a wave at sorted random points, ten to a unit of length."""
    rng = np.random.default_rng(count)
    x = np.sort(rng.uniform(0, count / 10, size=count))
    return {"x": x, "y": np.sin(x) + 0.3 * rng.normal(size=count)}


def ours(way: str, data: Mapping[str, np.ndarray]) -> Evidence:
    """The generated program's log density; its coordinates are in the order of the others'."""
    model = gendsl.compile(MODEL.format(way=way))
    bound = model.bind(dict(data))
    density = lower(transform(model.program, sizes=bound.sizes)).bind(bound)
    places = [next(s.start for s in density.sites if s.name == n) for n in ("len", "amp", "sigma")]
    order = np.argsort(places)

    def log_density(logs: jax.Array) -> jax.Array:
        value: jax.Array = density.log_density(density.data, logs[order])
        return value

    return log_density


def timed(functions: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, tuple[float, ...]]:
    """The least wall and processor seconds of each, called in turns."""
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in functions}
    for turn in range(rounds + 1):
        for name, function in functions.items():
            wall, cpu = time.perf_counter(), time.process_time()
            function()
            if turn:
                spent[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    return {
        name: (min(w for w, _ in each), min(c for _, c in each)) for name, each in spent.items()
    }


def densities(solver: str, count: int, rounds: int) -> None:
    """Print a line for each implementation."""
    row, data = SOLVERS[solver], points(count)
    each = {"gendsl": ours(row.way, data)}
    for name in row.peers:
        peer = PEERS[name](data)
        if peer is None:
            print(f"{solver:12} {count:7d}  {name:8} is not installed")
        else:
            each[name] = peer
    logs = jnp.log(jnp.array([1.3, 0.9, 0.3]))
    compiled = {name: jax.jit(jax.value_and_grad(f)) for name, f in each.items()}
    values = {name: float(f(logs)[0]) for name, f in compiled.items()}
    for name, value in values.items():
        if abs(value - values["gendsl"]) > AGREEMENT * abs(value):
            raise SystemExit(f"{name} has the log density {value}, gendsl {values['gendsl']}")
    calls = {
        name: (lambda f=f: jax.block_until_ready(f(logs)))  # type: ignore[misc]
        for name, f in compiled.items()
    }
    found = timed(calls, rounds)
    wall, cpu = found["gendsl"]
    for name, (by_wall, by_cpu) in found.items():
        print(
            f"{solver:12} {count:7d}  {name:8} {by_wall * 1e3:9.1f} ms {by_cpu * 1e3:9.1f} ms cpu"
            f"   ratio {wall / by_wall:5.2f} {cpu / by_cpu:5.2f} cpu"
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Gaussian processes against other libraries.")
    parser.add_argument("--only", nargs="+", choices=SOLVERS, default=list(SOLVERS))
    parser.add_argument("--sizes", nargs="+", type=int, help="numbers of points, for all solvers")
    parser.add_argument("--rounds", type=int, default=7)
    chosen = parser.parse_args()
    jax.config.update("jax_enable_x64", True)
    for solver in chosen.only:
        for count in chosen.sizes or SOLVERS[solver].sizes:
            densities(solver, count, chosen.rounds)


if __name__ == "__main__":
    main()
