"""A picture of a predicted curve: draws of the function, intervals at each point, data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

CURVE_SIZE = (5.2, 3.2)
"""Of a panel, in inches."""
FEW = 10
"""Draws that can be told apart."""
INTERVALS = (0.9, 0.5)
"""Central intervals at each point, the widest first."""
_INK = "#33658a"
_DATA = ("#c8553d", "#6b7280", "#d9a441")
"""Of each kind of data in turn."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Draws [draw, point] of a quantity at points [point], in the points' order."""

    name: str
    along: str
    points: Values
    draws: Values


@dataclass(frozen=True, slots=True)
class Points:
    """Data [point] to be shown with a curve, at `points` [point]."""

    name: str
    points: Values
    values: Values


@dataclass(frozen=True, slots=True)
class Look:
    """What a picture says beside its draws: labels of the axes, if not the names of quantities.

    `size` is in inches, of one panel; `log` is a logarithmic axis of the quantity; `lines` is how
    many draws of the whole curve are shown.
    """

    label: str | None = None
    along_label: str | None = None
    lines: int = 30
    log: bool = False
    size: tuple[float, float] = CURVE_SIZE


def draw_curves(
    panels: Sequence[tuple[str, Curve]],
    data: Sequence[Points],
    path: Path,
    kind: str,
    look: Look,
    *,
    seed: int = 0,
) -> None:
    """Write a panel for each titled curve to `path`, as `png`, `pdf` or `svg`.

    Each has the median, the central 50% and 90% at each point, and draws of the whole curve; `data`
    are in those of the posterior, which is the last, and named where they are of several kinds.
    Titles are shown where there are several panels.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    width, height = look.size
    figure = Figure(figsize=(width * len(panels), height), layout="constrained")
    FigureCanvasAgg(figure)
    every = figure.subplots(1, len(panels), squeeze=False)[0]
    for place, ((title, curve), axes) in enumerate(zip(panels, every, strict=True)):
        _curve(axes, curve, look, np.random.default_rng(seed))
        if place == len(panels) - 1:
            _data(axes, data)
        if len(panels) > 1 or title != "posterior":
            axes.set_title(title, fontsize=9)
    figure.savefig(path, format=kind, dpi=150)


def _data(axes: Any, data: Sequence[Points]) -> None:
    for each, colour in zip(data, cycle(_DATA), strict=False):
        axes.plot(
            each.points, each.values, "o", color=colour, ms=3, alpha=0.7, mew=0, label=each.name
        )
    if len(data) > 1:
        axes.legend(fontsize=8, frameon=False, loc="best")


def _curve(axes: Any, curve: Curve, look: Look, rng: np.random.Generator) -> None:
    for level in INTERVALS:
        tail = (1 - level) / 2
        low, high = np.quantile(curve.draws, (tail, 1 - tail), axis=0)
        axes.fill_between(curve.points, low, high, color=_INK, alpha=0.18, linewidth=0)
    count = min(look.lines, len(curve.draws))
    chosen = rng.choice(len(curve.draws), size=count, replace=False)
    strength = 0.3 if count > FEW else 0.6
    axes.plot(curve.points, curve.draws[chosen].T, color=_INK, lw=0.5, alpha=strength)
    axes.plot(curve.points, np.median(curve.draws, axis=0), color=_INK, lw=1.4)
    if look.log:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
    axes.margins(x=0.01)
    axes.set_xlabel(look.along_label or curve.along, fontsize=8)
    axes.set_ylabel(look.label or curve.name, fontsize=8)
    axes.tick_params(labelsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
