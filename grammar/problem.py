"""What is wrong with a text, in character offsets: the front end makes a diagnostic of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One syntax error. `start` and `end` are character offsets, as are those of `others`."""

    code: str
    message: str
    start: int
    end: int
    label: str = ""
    help: str | None = None
    others: tuple[tuple[int, int, str], ...] = ()
