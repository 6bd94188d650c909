"""Draws the pictures of the gallery: `python tools/draw_gallery.py [NAME ...]`.

Each is of a fit to its posteriordb data, which `GENDSL_POSTERIORDB` or `../shared/posteriordb` must
have: a function from the posterior, the data and axes, in `PICTURES`.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

import gendsl
from gendsl.models import library
from gendsl.models.reference import posterior, posteriordb

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images" / "gallery"
INCHES = (4.6, 2.5)
DPI = 100
COLOURS = 96
"""Of a picture: few enough to keep it small."""
BLUE, GREY, RED = "#33658a", "#8d99a6", "#c8553d"

Values = Mapping[str, Any]


def band(axes: Axes, x: Any, draws: Any, colour: str = BLUE) -> None:
    """The median and the central 90% of `draws` [draw, x]."""
    low, middle, high = np.quantile(draws, (0.05, 0.5, 0.95), axis=0)
    axes.fill_between(x, low, high, color=colour, alpha=0.25, linewidth=0)
    axes.plot(x, middle, color=colour, linewidth=1.5)


def intervals(axes: Axes, draws: Any, labels: Sequence[Any] | None = None) -> None:
    """The central 90% of each column of `draws` [draw, member], from the bottom up."""
    places = np.arange(draws.shape[1])
    low, middle, high = np.quantile(draws, (0.05, 0.5, 0.95), axis=0)
    axes.hlines(places, low, high, color=BLUE, linewidth=2)
    axes.plot(middle, places, "o", color=BLUE, markersize=4)
    axes.set_yticks(places, labels if labels is not None else places + 1, fontsize=7)


def dots(axes: Axes, x: Any, y: Any) -> None:
    """Data."""
    axes.plot(x, y, "o", color=RED, markersize=2.5, alpha=0.6)


def histogram(axes: Axes, draws: Any, name: str) -> None:
    """Draws of one quantity; a bar for each whole number where they are whole."""
    is_whole = bool(np.all(draws == np.round(draws)))
    bins = np.arange(draws.min() - 0.5, draws.max() + 1) if is_whole else 40
    axes.hist(draws, bins, color=BLUE, alpha=0.7)
    axes.set_yticks([])
    axes.set_xlabel(name)


def eight_schools(p: Values, d: Values, axes: Axes) -> None:
    intervals(axes, p["theta"], list("ABCDEFGH"))
    axes.plot(d["y"], np.arange(8), "x", color=RED, label="its own estimate")
    axes.set_xlabel("effect on the score")
    axes.legend(fontsize=7, frameon=False)


def kidscore_interaction(p: Values, d: Values, axes: Axes) -> None:
    score = np.linspace(70, 140, 30)
    for school, colour in ((0, GREY), (1, BLUE)):
        at = (
            p["intercept"][:, None] + p["b_hs"][:, None] * school
            + (p["b_iq"] + p["b_both"] * school)[:, None] * score
        )  # fmt: skip
        band(axes, score, at, colour)
        is_there = np.asarray(d["mom_hs"]) == school
        axes.plot(
            np.asarray(d["mom_iq"])[is_there], np.asarray(d["kid_score"])[is_there], ".",
            color=colour, markersize=2,
        )  # fmt: skip
    axes.set(xlabel="mother's score (blue: finished school)", ylabel="child's score")


def wells_dist(p: Values, d: Values, axes: Axes) -> None:
    metres = np.linspace(0, 300, 60)
    logit = p["intercept"][:, None] + p["b_dist"][:, None] * metres
    band(axes, metres, 1 / (1 + np.exp(-logit)))
    axes.set(xlabel="metres to a safe well", ylabel="chance to switch", ylim=(0, 1))


def glm_poisson(p: Values, d: Values, axes: Axes) -> None:
    order = np.argsort(d["year"])
    band(axes, np.asarray(d["year"])[order], p["lambda"][:, order])
    dots(axes, d["year"], d["C"])
    axes.set(xlabel="year, centred", ylabel="pairs")


def rats(p: Values, d: Values, axes: Axes) -> None:
    days = np.linspace(8, 36, 2)
    lines = p["alpha"].mean(0)[:, None] + p["beta"].mean(0)[:, None] * (days - d["xbar"])
    axes.plot(days, lines.T, color=BLUE, linewidth=0.7)
    dots(axes, d["x"], d["y"])
    axes.set(xlabel="day", ylabel="weight in grams")


def surgical(p: Values, d: Values, axes: Axes) -> None:
    intervals(axes, p["p"])
    axes.plot(np.asarray(d["r"]) / d["n"], np.arange(12), "x", color=RED, label="its own rate")
    axes.set(xlabel="mortality", ylabel="hospital")
    axes.legend(fontsize=7, frameon=False)


def bones(p: Values, d: Values, axes: Axes) -> None:
    intervals(axes, p["theta"])
    axes.set(xlabel="skeletal age in years", ylabel="child")


def rate_difference(p: Values, d: Values, axes: Axes) -> None:
    histogram(axes, p["delta"], "difference of the rates")


def gp_regression(p: Values, d: Values, axes: Axes) -> None:
    at, x, y = np.linspace(-11, 11, 60), np.asarray(d["x"], float), np.asarray(d["y"], float)
    curves = []
    for rho, alpha, noise in zip(*(p[k][::20] for k in ("rho", "alpha", "sigma")), strict=True):

        def kernel(a: Any, b: Any, rho: float = rho, alpha: float = alpha) -> Any:
            return alpha**2 * np.exp(-0.5 * (np.subtract.outer(a, b) / rho) ** 2)

        curves.append(kernel(at, x) @ np.linalg.solve(kernel(x, x) + noise * np.eye(len(x)), y))
    axes.plot(at, np.array(curves[:60]).T, color=BLUE, alpha=0.15, linewidth=0.8)
    dots(axes, x, y)
    axes.set(xlabel="x", ylabel="mean of the function")


def two_normals(p: Values, d: Values, axes: Axes) -> None:
    at = np.linspace(min(d["y"]), max(d["y"]), 100)
    z = (at - p["mu"][:, :, None]) / p["sigma"][:, :, None]
    parts = np.exp(-0.5 * z**2) / (np.sqrt(2 * np.pi) * p["sigma"][:, :, None])
    share = np.stack([p["theta"], 1 - p["theta"]], axis=1)[:, :, None]
    axes.hist(d["y"], 40, density=True, color=RED, alpha=0.3)
    band(axes, at, (share * parts).sum(1))
    axes.set(xlabel="y", yticks=[])


def accel_splines(p: Values, d: Values, axes: Axes) -> None:
    at = np.arange(len(d["Y"]))  # rows are in the order of time
    mean, sd = p["mu"].mean(0), p["sigma"].mean(0)
    axes.fill_between(at, mean - 2 * sd, mean + 2 * sd, color=GREY, alpha=0.25, linewidth=0)
    band(axes, at, p["mu"])
    dots(axes, at, d["Y"])
    axes.set(xlabel="measurement, in the order of time", ylabel="acceleration")


def bym2(p: Values, d: Values, axes: Axes) -> None:
    effect = np.sqrt(1 - p["rho"])[:, None] * p["theta"]
    effect += np.sqrt(p["rho"] / d["scaling_factor"])[:, None] * p["phi"]
    rate = np.exp(p["beta0"][:, None] + p["sigma"][:, None] * effect).mean(0)
    own = np.asarray(d["y"]) / np.asarray(d["E"])
    axes.loglog(own[own > 0], rate[own > 0], ".", color=BLUE, markersize=2)
    ends = [rate.min(), rate.max()]
    axes.loglog(ends, ends, color=GREY, linewidth=0.8)
    axes.set(xlabel="a tract's own rate, if it had any", ylabel="smoothed")


def horseshoe_logistic(p: Values, d: Values, axes: Axes) -> None:
    largest = np.argsort(-np.abs(p["beta"].mean(0)))[:10][::-1]
    intervals(axes, p["beta"][:, largest], largest + 1)
    axes.set(xlabel="coefficient", ylabel="gene")


def capture(p: Values, d: Values, axes: Axes) -> None:
    histogram(axes, p["N"], "animals")
    seen = int(sum(np.any(np.asarray(row) > 0) for row in d["y"]))
    axes.axvline(seen, color=RED, linewidth=1)
    axes.set_ylabel(f"red: the {seen} seen", fontsize=8)


def hmm_gaussian(p: Values, d: Values, axes: Axes) -> None:
    colours = np.array([GREY, BLUE, RED])
    state = np.median(p["z"], axis=0).astype(int)
    axes.hlines(p["mu"].mean(0), 0, len(state), color=colours, linewidth=1)
    axes.scatter(np.arange(len(state)), d["y"], c=colours[state], s=4)
    axes.set(xlabel="time, coloured by the most probable state", ylabel="y")


PICTURES: Mapping[str, Callable[[Values, Values, Axes], None]] = {
    "eight_schools": eight_schools,
    "kidscore_interaction": kidscore_interaction,
    "wells_dist": wells_dist,
    "glm_poisson": glm_poisson,
    "rats": rats,
    "surgical": surgical,
    "bones": bones,
    "rate_difference": rate_difference,
    "gp_regression": gp_regression,
    "two_normals": two_normals,
    "accel_splines": accel_splines,
    "bym2": bym2,
    "horseshoe_logistic": horseshoe_logistic,
    "capture_constant": capture,
    "capture_varying": capture,
    "hmm_gaussian": hmm_gaussian,
}


def draw(name: str, database: Path) -> Path:
    """Fit a model of the library and save its picture."""
    model = next(model for model in library() if model.name == name)
    file = posterior(database, model.posteriors[0]).data
    with (gzip.open if file.suffix == ".gz" else open)(file, "rt") as text:
        data = json.load(text)
    fit = gendsl.compile(model.path).infer(str(file), seed=1)
    draws = {
        str(key): np.asarray(values).reshape(-1, *values.shape[2:])
        for group in ("posterior_predictive", "posterior")
        if group in fit.groups
        for key, values in fit[group].data_vars.items()
    }
    figure = Figure(INCHES, DPI, layout="constrained")
    axes = figure.subplots()
    axes.tick_params(labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)
    PICTURES[name](draws, data, axes)
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.png"
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    image = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    image.quantize(COLOURS, Image.Quantize.MAXCOVERAGE).save(path, optimize=True)
    return path


def main(names: Sequence[str]) -> int:
    """Draw the pictures of that name, or all."""
    database = posteriordb()
    if database is None:
        print("no posteriordb: set GENDSL_POSTERIORDB to its folder", file=sys.stderr)
        return 1
    for name in names or PICTURES:
        path = draw(name, database)
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
