"""A picture of a predicted curve: draws of the function, intervals at each point, data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

INTERVALS = (0.9, 0.5)
"""Central intervals at each point, the widest first."""
_INK, _DATA = "#33658a", "#c8553d"


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


def draw_curves(
    panels: Sequence[tuple[str, Curve]],
    data: Points | None,
    path: Path,
    kind: str,
    *,
    lines: int,
    seed: int = 0,
) -> None:
    """Write a panel for each titled curve to `path`, as `png`, `pdf` or `svg`.

    Each has the median, the central 50% and 90% at each point, and `lines` draws of the whole
    curve; `data` are in those of the posterior, which is the last.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.2 * len(panels), 3.2), layout="constrained")
    FigureCanvasAgg(figure)
    every = figure.subplots(1, len(panels), squeeze=False)[0]
    for place, ((title, curve), axes) in enumerate(zip(panels, every, strict=True)):
        _curve(axes, curve, lines, np.random.default_rng(seed))
        if data is not None and place == len(panels) - 1:
            axes.plot(data.points, data.values, "o", color=_DATA, ms=2.5, alpha=0.7)
        axes.set_title(title, fontsize=9)
    figure.savefig(path, format=kind, dpi=150)


def _curve(axes: Any, curve: Curve, lines: int, rng: np.random.Generator) -> None:
    for level in INTERVALS:
        tail = (1 - level) / 2
        low, high = np.quantile(curve.draws, (tail, 1 - tail), axis=0)
        axes.fill_between(curve.points, low, high, color=_INK, alpha=0.18, linewidth=0)
    count = min(lines, len(curve.draws))
    chosen = rng.choice(len(curve.draws), size=count, replace=False)
    axes.plot(curve.points, curve.draws[chosen].T, color=_INK, lw=0.5, alpha=0.45)
    axes.plot(curve.points, np.median(curve.draws, axis=0), color=_INK, lw=1.6)
    axes.set_xlabel(curve.along, fontsize=8)
    axes.set_ylabel(curve.name, fontsize=8)
    axes.tick_params(labelsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
