"""Warnings of data, as Python's own, so that a script or a notebook shows them."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterable

from gendsl.diagnostics.diagnostic import Diagnostic, Severity
from gendsl.diagnostics.render import render
from gendsl.diagnostics.severity import severity_of


class DataWarning(UserWarning):
    """Of data that the model takes, though something about them is probably a slip."""


def warn_of(notes: Iterable[Diagnostic]) -> None:
    """Warn of each diagnostic that is a warning, at the user's line."""
    for note in notes:
        if severity_of(note) is Severity.WARNING:
            warnings.warn(f"{render(note)}\n", DataWarning, stacklevel=_frames_within() + 1)


def _frames_within() -> int:
    """The frames between the caller and the first one outside of this package."""
    count, frame = 1, inspect.currentframe()
    frame = frame.f_back if frame is not None else None
    while frame is not None and frame.f_globals.get("__name__", "").startswith("gendsl."):
        count, frame = count + 1, frame.f_back
    return count - 1
