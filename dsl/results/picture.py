"""A picture of a fit: each quantity's intervals on the left, its chains on the right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gendsl.results.groups import SAMPLE_DIMS
from gendsl.results.summary import Summary, VariableSummary

if TYPE_CHECKING:
    from xarray import Dataset

MOST_VARIABLES = 12
MOST_ENTRIES = 24


def draw_picture(draws: Dataset, summary: Summary, path: Path, kind: str) -> None:
    """Write the picture to `path` as `png`, `pdf` or `svg`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = summary.variables[:MOST_VARIABLES]
    heights = [max(1.2, 0.28 * min(len(v.coordinates), MOST_ENTRIES) + 0.6) for v in shown]
    figure = Figure(figsize=(9, sum(heights) + 0.4), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(len(shown), 2, squeeze=False, height_ratios=heights)
    for variable, (left, right) in zip(shown, panels, strict=True):
        _intervals(left, variable)
        _chains(right, draws, variable)
    panels[0, 0].set_title("mean, 90% interval", fontsize=9)
    panels[0, 1].set_title("chains" if "r_hat" in summary.columns else "draws", fontsize=9)
    figure.savefig(path, format=kind, dpi=150)


def _intervals(axes: Any, variable: VariableSummary) -> None:
    count = min(len(variable.coordinates), MOST_ENTRIES)
    rows = np.arange(count)[::-1]
    low, mean, high = (variable.statistics[name][:count] for name in ("q5", "mean", "q95"))
    axes.hlines(rows, low, high, color="#4c72b0", linewidth=2)
    axes.plot(mean, rows, "o", color="#4c72b0", markersize=4)
    axes.set_yticks(rows, variable.labels[:count], fontsize=8)
    axes.set_ylim(-0.7, count - 0.3)
    axes.tick_params(axis="x", labelsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _chains(axes: Any, draws: Dataset, variable: VariableSummary) -> None:
    array = draws[variable.name].transpose(*SAMPLE_DIMS, ...)
    first = np.asarray(array.values).reshape(*array.shape[:2], -1)[:, :, 0]
    for chain in first:
        axes.plot(chain, linewidth=0.4, alpha=0.7)
    axes.set_ylabel(variable.labels[0], fontsize=8)
    axes.tick_params(labelsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
