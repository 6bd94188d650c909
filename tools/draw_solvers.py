"""Draws how solvers of random functions tend to the exact one: `python tools/draw_solvers.py`.

The error is that of the log density of 200 points under a Gaussian likelihood, the exact one by
NumPy's own Cholesky factor. A solver is a line of `SOLVERS`: how it is written with its size, the
sizes, and what its size is called. The table that it prints stands in `docs/language.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gendsl.backends.numpyro import lower
from gendsl.data import bind
from gendsl.diagnostics.source import Source
from gendsl.pipeline import front

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "images" / "solvers.png"
POINTS, NOISE, LENGTH = 200, 0.3, 0.5

SOLVERS: Mapping[str, tuple[str, tuple[int, ...], str]] = {
    "hilbert": ("hilbert(m = {}, L = 1.5)", (5, 10, 20, 40, 80), "waves m, L = 1.5"),
    "inducing": ("inducing(m = {})", (5, 10, 20, 40, 80), "inducing points m"),
    "vecchia": ("vecchia(neighbours = {})", (5, 10, 20, 40, 80), "neighbours"),
}
KERNELS: Mapping[str, Callable[[Any], Any]] = {
    "RBF": lambda r: np.exp(-(r**2) / 2),
    "Matern32": lambda r: (1 + np.sqrt(3) * r) * np.exp(-np.sqrt(3) * r),
}
MODEL = """model solved {{
  dim row
  data x[row] : real
  data y[row] : real
  t ~ Normal(0, 1)
  f ~ GP(kernel = {kernel}({length}), approx = {approx})
  y[row] ~ Normal(f(x), {noise})
}}
"""


def data() -> tuple[Any, Any]:
    """Points between 0 and 4, and noisy values of a wave."""
    rng = np.random.default_rng(1)
    x = rng.uniform(0, 4, POINTS)
    return x, np.sin(2 * x) + NOISE * rng.normal(size=POINTS)


def exact(kernel: str, x: Any, y: Any) -> float:
    """The log density of the data, by the Cholesky factor of their covariance."""
    spread = KERNELS[kernel](np.abs(x[:, None] - x) / LENGTH) + NOISE**2 * np.eye(POINTS)
    factor = np.linalg.cholesky(spread)
    white = np.linalg.solve(factor, y)
    constant = POINTS * np.log(2 * np.pi) / 2
    return float(-white @ white / 2 - np.log(np.diag(factor)).sum() - constant)


def approximate(kernel: str, approx: str, x: Any, y: Any) -> float:
    """The log density of the data, by the program."""
    text = MODEL.format(kernel=kernel, length=LENGTH, approx=approx, noise=NOISE)
    program, _ = front(Source("solved.gen", text))
    found = bind(program, {"x": x, "y": y})
    density = lower(program).bind(found)
    whole = float(density.log_density(density.data, np.zeros(1)))
    return whole + np.log(2 * np.pi) / 2  # less that of `t`


def main() -> None:
    """Draw the picture; print the table."""
    jax.config.update("jax_enable_x64", True)
    x, y = data()
    figure = Figure(figsize=(6.4, 2.8), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, len(KERNELS), sharey=True)
    print("| kernel | solver | error of the log density, by size |")
    print("| --- | --- | --- |")
    for axes, kernel in zip(panels, KERNELS, strict=True):
        wanted = exact(kernel, x, y)
        for approx, sizes, label in SOLVERS.values():
            found = [abs(approximate(kernel, approx.format(n), x, y) - wanted) for n in sizes]
            cells = ", ".join(f"{n}: {e:.1e}" for n, e in zip(sizes, found, strict=True))
            print(f"| `{kernel}` | {label} | {cells} |")
            axes.loglog(sizes, np.maximum(found, 1e-12), "o-", markersize=3, label=label)
        axes.set_title(kernel, fontsize=9)
        axes.set_xlabel("size")
        axes.minorticks_off()
        axes.set_xticks((5, 10, 20, 40, 80), ("5", "10", "20", "40", "80"))
    panels[0].set_ylabel("error of the log density")
    panels[0].legend(fontsize=7, frameon=False)
    PICTURE.parent.mkdir(exist_ok=True)
    figure.savefig(PICTURE)


if __name__ == "__main__":
    main()
