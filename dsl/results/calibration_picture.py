"""A picture of calibration: how far the ranks' distribution functions are from uniform."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Any

from gendsl.results.calibration import Check, Coverage
from gendsl.results.ecdf import Bands, bands, distribution

MOST_PANELS = 23
"""Quantities shown, the least likely first."""
_COLUMNS = 4
_INK, _BAND, _WRONG = "#4c72b0", "#d0d7e5", "#c44e52"


def draw_calibration(
    checks: Sequence[Check],
    coverage: Coverage | None,
    num_draws: int,
    rate: float,
    path: Path,
    kind: str,
) -> None:
    """Write the picture to `path` as `png`, `pdf` or `svg`.

    A panel for each quantity: its ranks' distribution function less the uniform one, and the bands
    that hold all of it with probability 1 - `rate`, for this one quantity; red if it is rejected
    with all others taken into account. A last panel has the coverage of joint regions.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    order = sorted(range(len(checks)), key=lambda i: (checks[i].p, i))
    shown = [checks[i] for i in sorted(order[:MOST_PANELS])]
    count = len(shown) + (coverage is not None)
    rows, columns = ceil(max(count, 1) / _COLUMNS), min(max(count, 1), _COLUMNS)
    figure = Figure(figsize=(2.6 * columns, 2.1 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    panels = list(figure.subplots(rows, columns, squeeze=False).flat)
    if shown:
        limits = bands(len(shown[0].ranks), num_draws, rate)
        for check, axes in zip(shown, panels, strict=False):
            _difference(axes, check, limits, num_draws, check.adjusted <= rate)
    if coverage is not None:
        _coverage(panels[len(shown)], coverage)
    for axes in panels[count:]:
        axes.set_visible(False)
    figure.savefig(path, format=kind, dpi=150)


def _difference(axes: Any, check: Check, limits: Bands, num_draws: int, is_rejected: bool) -> None:
    points = limits.points
    axes.fill_between(points, limits.lower - points, limits.upper - points, color=_BAND, lw=0)
    colour = _WRONG if is_rejected else _INK
    axes.plot(points, distribution(check.ranks, num_draws) - points, color=colour, lw=1.2)
    axes.set_title(check.name, fontsize=8)
    _plain(axes)


def _coverage(axes: Any, coverage: Coverage) -> None:
    axes.fill_between(coverage.levels, coverage.lower, coverage.upper, color=_BAND, lw=0)
    axes.plot([0, 1], [0, 1], color="black", lw=0.6, ls="--")
    axes.plot(coverage.levels, coverage.coverage, color=_INK, lw=1.2)
    axes.set_title("coverage by credibility", fontsize=8)
    _plain(axes)


def _plain(axes: Any) -> None:
    axes.tick_params(labelsize=7)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
