"""How far a run is, as the caller is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

Report = Callable[[Any], None]
"""What is called with a report: of the inference core, or `FitsDone`."""


class FitsDone(NamedTuple):
    """How many of the fits that a check is made of are done, of `total`."""

    phase: str
    done: int
    total: int
    num_divergent: int
