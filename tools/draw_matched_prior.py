"""Draws a network's prior before and after it is matched to a process: with what it predicts.

`python tools/draw_matched_prior.py` makes `docs/images/matched_prior.png`, function draws of both
priors and of the process, and `docs/images/matched_posterior.png`, what each predicts from the same
points; and prints the numbers that stand in `docs/language.md`. The process is computed by hand.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import gendsl

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images"
NOISE, LENGTH, LINES = 0.1, 1.0, 12
MODEL = """model curve {
  dim row, point
  data x[row] : real
  data y[row] : real
  data grid[point] : real
  net f = Dense(30, weight ~ Normal(0, 1), bias ~ Normal(0, 1))
       |> sin
       |> Dense(weight ~ Normal(0, 1), bias ~ Normal(0, 1))
  match f to GP(kernel = RBF(1)) on Uniform(-3, 3) by sliced_wasserstein(points = 12)
  y[row] ~ Normal(f(x), 0.1)
  predict g[point] = f(grid)
}
infer main = nuts(chains = 2, warmup = 300, draws = 300)
"""
FIRST, SECOND = "#9a9a9a", "#20639b"


def kernel(first: Any, second: Any) -> Any:
    """The covariance of the process."""
    return np.exp(-0.5 * ((first[:, None] - second) / LENGTH) ** 2)


def data() -> dict[str, Any]:
    """Twenty noisy values of a draw of the process, with a gap in the middle."""
    rng = np.random.default_rng(3)
    x = np.concatenate([rng.uniform(-3, -0.7, 10), rng.uniform(0.7, 3, 10)])
    y = draws_of_process(x, 1, rng)[0] + NOISE * rng.normal(size=len(x))
    return {"x": x, "y": y, "grid": np.linspace(-3, 3, 61)}


def draws_of_process(points: Any, count: int, rng: Any) -> Any:
    """Draws [draw, point] of the process."""
    vectors, values, _ = np.linalg.svd(kernel(points, points))
    return rng.normal(size=(count, len(points))) @ (vectors * np.sqrt(values)).T


def exact(given: dict[str, Any]) -> tuple[Any, Any]:
    """Mean and standard deviation of the process given the data."""
    x, y, grid = given["x"], given["y"], given["grid"]
    seen = kernel(x, x) + NOISE**2 * np.eye(len(x))
    across = kernel(grid, x)
    left = across @ np.linalg.inv(seen)
    return left @ y, np.sqrt(1 - np.sum(left * across, axis=1))


def values(result: Any, *groups: str) -> Any:
    """The draws [draw, point] of the function on the grid."""
    group = next(g for g in groups if g in result.groups and "g" in result[g])
    found = result[group]["g"].values
    return found.reshape(-1, found.shape[-1])


def panels(count: int) -> tuple[Figure, Any]:
    """A figure with panels side by side."""
    figure = Figure(figsize=(7.2, 2.4), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(1, count, sharey=True)


def draw_priors(grid: Any, before: Any, after: Any) -> None:
    """Draws of the network as written, of the process, and of the network as it is tuned."""
    figure, axes = panels(3)
    process = draws_of_process(grid, LINES, np.random.default_rng(1))
    for each, title, lines in zip(
        axes, ("as written", "the process", "matched"), (before, process, after), strict=True
    ):
        each.plot(grid, lines[:LINES].T, color=SECOND, linewidth=0.8)
        each.set_title(title, fontsize=9)
        each.set_ylim(-4, 4)
    figure.savefig(FOLDER / "matched_prior.png")


def draw_posteriors(given: dict[str, Any], fits: dict[str, Any]) -> None:
    """Two standard deviations about the mean, the process's in grey."""
    mean, sd = exact(given)
    figure, axes = panels(len(fits))
    for each, (title, drawn) in zip(axes, fits.items(), strict=True):
        each.fill_between(given["grid"], mean - 2 * sd, mean + 2 * sd, color=FIRST, alpha=0.4)
        for bound in (-2, 0, 2):
            line = drawn.mean(0) + bound * drawn.std(0)
            each.plot(given["grid"], line, color=SECOND, linewidth=1.2 if bound == 0 else 0.8)
        each.plot(given["x"], given["y"], "k.", markersize=3)
        each.set_title(title, fontsize=9)
        each.set_ylim(-4, 4)
    figure.savefig(FOLDER / "matched_posterior.png")


def main() -> None:
    """Draw both pictures; print the numbers."""
    given, model = data(), gendsl.compile(MODEL)
    matching = model.match()["f"]
    print(matching, flush=True)
    written = dict.fromkeys(matching.factors, 1.0)
    priors, fits = {}, {}
    for title, factors in (("as written", written), ("matched", dict(matching.factors))):
        whole = {**given, **factors}
        priors[title] = values(model.simulate(whole, draws=2000), "prior", "prior_predictive")
        print(title, "prior variance", np.round(priors[title].var(0)[[0, 30, 60]], 2), flush=True)
    draw_priors(given["grid"], priors["as written"], priors["matched"])
    mean, sd = exact(given)
    for title, factors in (("as written", written), ("matched", dict(matching.factors))):
        fit = model.infer({**given, **factors})
        fits[title] = values(fit, "posterior", "posterior_predictive")
        gap = fits[title].mean(0) - mean
        ratio = np.log(fits[title].std(0) / sd)
        print(
            f"{title}: means {np.sqrt(np.mean(gap**2)):.3f} apart,"
            f" log sds {np.sqrt(np.mean(ratio**2)):.3f}",
            flush=True,
        )
    draw_posteriors(given, fits)


if __name__ == "__main__":
    main()
