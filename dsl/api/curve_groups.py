"""Groups of draws of which curves can be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gendsl.api.groups import Groups
from gendsl.results.curve_picture import CURVE_SIZE


class CurveGroups(Groups):
    """Groups that have draws of curves among them."""

    def plot_curve(
        self,
        name: str,
        path: str | Path,
        *,
        along: str | None = None,
        data: str | Sequence[str] | None = None,
        at: str | None = None,
        lines: int = 30,
        label: str | None = None,
        along_label: str | None = None,
        log: bool = False,
        size: tuple[float, float] = CURVE_SIZE,
    ) -> None:
        """Draw a curve of a prediction or a simulation, as `Fit.plot_curve` does.

        Raises:
            UsageError: if it is no curve, or it must be said along what it runs.
            DiagnosticError: if the path can't be written.
        """
        from gendsl.api.curves import plot_curve
        from gendsl.results.curve_picture import Look

        look = Look(label, along_label, lines, log, size)
        plot_curve(self, name, Path(path), along=along, data=data, at=at, look=look)
