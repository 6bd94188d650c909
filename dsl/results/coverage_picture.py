"""A picture of the calibration of predictions: observed coverage against nominal."""

from __future__ import annotations

from pathlib import Path

from gendsl.results.predictive_coverage import SHOWN, PredictiveCoverage

_INK, _BAND = "#33658a", "#d0d7e5"


def draw_coverage(found: PredictiveCoverage, path: Path, kind: str) -> None:
    """Write the picture to `path` as `png`, `pdf` or `svg`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.4, 3.2), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.fill_between(found.levels, found.lower, found.upper, color=_BAND, lw=0, label="95% band")
    axes.plot([0, 1], [0, 1], color="black", lw=0.6, ls="--")
    axes.plot(found.levels, found.coverage, color=_INK, lw=1.5, label=found.name)
    shown = ", ".join(f"{level:.0%}: {found.at(level):.0%}" for level in SHOWN)
    axes.set_title(f"coverage of {found.count} observations, {shown}", fontsize=8)
    axes.set_xlabel("nominal coverage", fontsize=8)
    axes.set_ylabel(f"observed coverage of {found.observed}", fontsize=8)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.legend(fontsize=7, frameon=False)
    axes.tick_params(labelsize=7)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.savefig(path, format=kind, dpi=150)
