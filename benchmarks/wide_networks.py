"""A finite Bayesian network tends to the infinitely wide one: posteriors at growing widths.

`python benchmarks/wide_networks.py` fits 15 points by a network of one hidden layer of relu units,
by `nuts()`, and by the exact Gaussian process with the kernel of the infinitely wide one. Printed
are the root mean square distances of predictive means and standard deviations over a grid, with the
Monte Carlo error of each, from the spread of the chains.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

import gendsl

NOISE, SCALE, BIAS = 0.1, 1.5, 1.0

NETWORK = """model finite {{
  dim row, point
  data x[row] : real
  data y[row] : real
  data grid[point] : real
  net f = Dense({width}, weight ~ Normal(0, {scale}), bias ~ Normal(0, {bias})) |> relu
       |> Dense(weight ~ Normal(0, {scale} / sqrt(fan_in)), bias ~ Normal(0, {bias}))
  y[row] ~ Normal(f(x), {noise})
  predict g[point] = f(grid)
}}
infer main = nuts(chains = {chains}, warmup = {warmup}, draws = {draws})
"""
PROCESS = """model infinite {{
  dim row, point
  data x[row] : real
  data y[row] : real
  data grid[point] : real
  t ~ Normal(0, 1)
  f ~ GP(kernel = NNGP(depth = 1, activation = relu, weight_scale = {scale}, bias_scale = {bias}))
  y[row] ~ Normal(f(x), {noise})
  predict g[point] = f(grid)
}}
infer main = nuts(chains = 4, warmup = 100, draws = 1000)
"""


def data(points: int = 15) -> dict[str, Any]:
    """Noisy values of a wave, and where it is predicted."""
    rng = np.random.default_rng(1)
    x = rng.uniform(-2, 2, points)
    y = np.sin(2 * x) + NOISE * rng.normal(size=points)
    return {"x": x, "y": y, "grid": np.linspace(-3, 3, 25)}


def exact(given: dict[str, Any]) -> tuple[Any, Any]:
    """Predictive mean and standard deviation of the infinitely wide network.

    The kernel is that of Cho & Saul (2009), equation 3 with n = 1, written out by hand.
    """

    def kernel(first: Any, second: Any) -> Any:
        def inner(a: Any, b: Any) -> Any:
            return BIAS**2 + SCALE**2 * a * b

        cross = inner(first[:, None], second)
        size = np.sqrt(inner(first, first)[:, None] * inner(second, second))
        angle = np.arccos(np.clip(cross / size, -1, 1))
        mean = size * (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / (2 * np.pi)
        return BIAS**2 + SCALE**2 * mean

    x, y, grid = given["x"], given["y"], given["grid"]
    seen = kernel(x, x) + NOISE**2 * np.eye(len(x))
    across = kernel(grid, x)
    mean = across @ np.linalg.solve(seen, y)
    spread = kernel(grid, grid) - across @ np.linalg.solve(seen, across.T)
    return mean, np.sqrt(np.diag(spread))


def drawn(text: str, given: dict[str, Any], seed: int = 0) -> Any:
    """Draws [chain, draw, point] of the function on the grid."""
    fit = gendsl.compile(text).infer(given, seed=seed)
    group = "posterior" if "g" in fit["posterior"] else "posterior_predictive"
    return fit[group]["g"].values


def distances(draws: Any, mean: Any, sd: Any) -> tuple[tuple[float, float], tuple[float, float]]:
    """Of means and of standard deviations: the distance, and the part of it that is noise.

    The noise is the spread of the chains' own answers over the root of their number.
    """
    found = []
    for answer, target in ((np.mean, mean), (np.std, sd)):
        by_chain = answer(draws, axis=1)
        whole = answer(draws.reshape(-1, draws.shape[-1]), axis=0)
        noise = by_chain.std(axis=0, ddof=1) / np.sqrt(len(by_chain))
        found.append((_size(whole - target), _size(noise)))
    return found[0], found[1]


def _size(values: Any) -> float:
    return float(np.sqrt(np.mean(values**2)))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--widths", type=int, nargs="+", default=[4, 16, 64])
    parser.add_argument("--chains", type=int, default=4)
    parser.add_argument("--warmup", type=int, default=500)
    parser.add_argument("--draws", type=int, default=1000)
    options = parser.parse_args()
    given = data()
    mean, sd = exact(given)
    constants = {"scale": SCALE, "bias": BIAS, "noise": NOISE}
    run = {"chains": options.chains, "warmup": options.warmup, "draws": options.draws}
    print("| width | of means | its noise | of sds | its noise |\n|---|---|---|---|---|")
    for width in (*options.widths, None):
        text = PROCESS if width is None else NETWORK
        draws = drawn(text.format(width=width, **constants, **run), given)
        (first, noise), (second, other) = distances(draws, mean, sd)
        name = "NNGP" if width is None else width
        print(f"| {name} | {first:.3f} | {noise:.3f} | {second:.3f} | {other:.3f} |", flush=True)


if __name__ == "__main__":
    main()
