"""Draws what a trained network predicts over the exact predictive of its prior.

`python tools/draw_network.py NETWORK` makes `docs/images/network.png` from a network for
`benchmarks/pfns/gp_fixed.gen` (`gendsl pfn train benchmarks/pfns/gp_fixed.gen --budget 15min`), and
prints the mean gap in nats of each panel. The process is computed by hand.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import gendsl

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images"
LENGTH, NOISE, SEED = 0.2, 0.1, 4
SIZES = (2, 6, 20)
GRID = np.linspace(0, 1, 101)
TAILS = (0.05, 0.5, 0.95)
Z = 1.6448536269514722
"""The 95% quantile of a standard normal."""
EXACT, NETWORK = "#9a9a9a", "#20639b"


def kernel(first: Any, second: Any) -> Any:
    """The covariance of the process."""
    return np.exp(-0.5 * ((first[:, None] - second) / LENGTH) ** 2)


def exact(x: Any, y: Any, at: Any) -> tuple[Any, Any]:
    """Mean and standard deviation of new targets, given a context."""
    across = kernel(at, x)
    left = np.linalg.solve(kernel(x, x) + NOISE**2 * np.eye(len(x)), across.T).T
    return left @ y, np.sqrt(1 + NOISE**2 - np.sum(left * across, axis=1))


def draw(rng: Any) -> tuple[Any, Any]:
    """A data set of the prior: more points than the largest context."""
    x = rng.uniform(0, 1, 2 * max(SIZES))
    vectors, values, _ = np.linalg.svd(kernel(x, x))
    f = (vectors * np.sqrt(values)) @ rng.normal(size=len(x))
    return x, f + NOISE * rng.normal(size=len(x))


def main() -> None:
    """Draw the picture; print the gaps."""
    network = gendsl.load_pfn(sys.argv[1])
    x, y = draw(np.random.default_rng(SEED))
    figure = Figure(figsize=(7.2, 2.4), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    for each, n in zip(figure.subplots(1, len(SIZES), sharey=True), SIZES, strict=True):
        context = {"x": x[:n], "y": y[:n]}
        mean, sd = exact(x[:n], y[:n], GRID)
        each.fill_between(GRID, mean - Z * sd, mean + Z * sd, color=EXACT, alpha=0.4)
        found = network.predict(context, {"x": GRID}).quantiles(TAILS)
        for line, width in zip(found.T, (0.8, 1.2, 0.8), strict=True):
            each.plot(GRID, line, color=NETWORK, linewidth=width)
        each.plot(x[:n], y[:n], "k.", markersize=4)
        each.set_title(f"{n} rows", fontsize=9)
        mean, sd = exact(x[:n], y[:n], x[n:])
        best = -0.5 * (np.log(2 * np.pi * sd**2) + ((y[n:] - mean) / sd) ** 2)
        said = network.predict(context, {"x": x[n:]}).log_density(y[n:])
        print(f"{n} rows: gap {np.mean(best - said):.3f} nats", flush=True)
    figure.savefig(FOLDER / "network.png")


if __name__ == "__main__":
    main()
