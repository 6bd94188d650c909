"""The state-space solver against tinygp's quasiseparable one, and against the exact solver.

`python benchmarks/state_space.py` prints, for each number of points, the time of a log density and
of it with its gradient, and their ratios to tinygp's in the same run: at 1e5 points at most 1.5.
The exact solver takes part up to 1000 points. The sides take turns; the least time of each counts.
tinygp is no dependency: use an environment that has it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import gendsl
from gendsl.backends.registry import BACKENDS
from gendsl.diagnostics.source import Source
from gendsl.pipeline import compile

MODEL = """model line {
  dim row
  data x[row] : real
  data y[row] : real
  amp ~ HalfNormal(1)
  len ~ Gamma(5, 5)
  s ~ HalfNormal(1)
  f ~ GP(kernel = amp^2 * KERNEL(len), approx = SOLVER)
  y[row] ~ Normal(f(x), s)
}
"""
KERNELS = ("Matern12", "Matern32", "Matern52")
LARGEST_EXACT = 1000
Function = Callable[[jax.Array], Any]


def ours(kernel: str, solver: str, data: dict[str, Any]) -> Function:
    """The log density of the generated program."""
    text = MODEL.replace("KERNEL", kernel).replace("SOLVER", solver)
    bound = gendsl.compile(text).bind(data)
    density = compile(Source("line.gen", text), BACKENDS["numpyro"]).bind(bound)
    return lambda position: density.log_density(density.data, position)


def theirs(kernel: str, data: dict[str, Any]) -> Function:
    """tinygp's log probability, of the logarithms of amp, len and s."""
    import tinygp

    row = {"Matern12": "Exp"}.get(kernel, kernel)
    x, y = (jnp.asarray(data[name]) for name in ("x", "y"))

    def log_density(position: jax.Array) -> jax.Array:
        amp, length, s = jnp.exp(position)
        form = getattr(tinygp.kernels.quasisep, row)(scale=length, sigma=amp)
        process = tinygp.GaussianProcess(form, x, diag=s**2, assume_sorted=True)
        return process.log_probability(y)

    return log_density


def times(functions: dict[str, Function], runs: int) -> dict[str, float]:
    """The least seconds of each, in turns."""
    position = jnp.array([0.1, -0.2, -1.0])
    compiled = {name: jax.jit(function) for name, function in functions.items()}
    for function in compiled.values():
        jax.block_until_ready(function(position))
    least = dict.fromkeys(functions, np.inf)
    for run in range(runs):
        for name, function in compiled.items():
            start = time.perf_counter()
            jax.block_until_ready(function(position + 1e-3 * run))
            least[name] = min(least[name], time.perf_counter() - start)
    return least


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=float, nargs="+", default=[50, 200, 1e3, 1e4, 1e5, 1e6])
    parser.add_argument("--kernels", nargs="+", default=KERNELS, choices=KERNELS)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    jax.config.update("jax_enable_x64", True)
    print(f"{'kernel':9} {'n':>8} {'what':9} {'solver':12} {'ms':>10} {'/ tinygp':>9}")
    for kernel in asked.kernels:
        for n in map(int, asked.sizes):
            rng = np.random.default_rng(n)
            x = np.sort(rng.uniform(0, n / 100, n))
            data = {"x": x, "y": np.sin(x) + 0.3 * rng.normal(size=n)}
            sides = {"tinygp": theirs(kernel, data)}
            sides["state_space"] = ours(kernel, "state_space", data)
            if n <= LARGEST_EXACT:
                sides["exact"] = ours(kernel, "exact", data)
            slopes = {name: jax.value_and_grad(side) for name, side in sides.items()}
            for what, functions in (("density", sides), ("gradient", slopes)):
                found = times(functions, asked.runs)
                for name, seconds in found.items():
                    ratio = seconds / found["tinygp"]
                    print(
                        f"{kernel:9} {n:8} {what:9} {name:12} {1e3 * seconds:10.3f} {ratio:9.2f}",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
