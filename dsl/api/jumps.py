"""New positions of an ordered dimension that are not one step after the last that is known.

What runs along a dimension goes from one position to the next, whatever their labels: day 15 after
day 10 is one step, as day 11 would be.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import datetime
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gendsl.data.labels import DATE
from gendsl.data.wording import spell
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.ir.program import Dimension

_TOLERANCE = 1.5
"""Months are of 28 to 31 days, and after three days there are long weekends of four."""


def jump_among(
    dimension: Dimension, known: Sequence[Hashable], new: Sequence[Hashable]
) -> tuple[Diagnostic, ...]:
    """A warning of the first step among new labels that is unlike all of the fit's.

    It is more than half as long again as the fit's longest, or that much shorter than its shortest.
    Labels that are no numbers or dates have no distances, and a fit of one position no steps.
    """
    both = _as_numbers((*known, *new))
    if both is None or len(known) < 2 or not new:
        return ()
    steps = np.diff(both)
    of_fit, ahead = steps[: len(known) - 1], steps[len(known) - 1 :]
    is_odd = (ahead > _TOLERANCE * of_fit.max()) | (_TOLERANCE * ahead < of_fit.min())
    if of_fit.min() <= 0 or not is_odd.any():
        return ()
    before, after = list(pairwise((known[-1], *new)))[int(np.argmax(is_odd))]
    dim = dimension.name
    is_long = ahead[np.argmax(is_odd)] > of_fit.max()
    way = (
        f"give the positions of `{dim}` in between too, in order, and keep those that you want"
        if is_long
        else f"give positions of `{dim}` that are as far apart as the fit's"
    )
    return (
        Diagnostic(
            "G0851",
            f"`{dim}` goes from {spell(before)} to {spell(after)} in one step, unlike in the fit",
            dimension.span,
            "is ordered: positions count, not the distances of their labels",
            help=way,
        ),
    )


def _as_numbers(labels: Sequence[Hashable]) -> NDArray[np.float64] | None:
    """Numbers as they are, dates in days; nothing else has distances."""
    if all(isinstance(v, int | float) and not isinstance(v, bool) for v in labels):
        return np.asarray(labels, np.float64)
    days = [_day(v) for v in labels]
    return None if None in days else np.asarray(days, np.float64)


def _day(label: Hashable) -> float | None:
    if not isinstance(label, str) or not DATE.fullmatch(label):
        return None
    whole = label if len(label) > len("2024-01") else f"{label}-01"
    try:
        # Of times with zones only the clock counts: a series has one.
        moment = datetime.fromisoformat(whole.strip()).replace(tzinfo=None)
    except ValueError:
        return None
    return (moment - datetime(1970, 1, 1)).total_seconds() / 86400


__all__ = ["jump_among"]
