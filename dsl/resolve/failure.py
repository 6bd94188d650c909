"""How the resolver goes on after an error: it reports, gives up on the part, and reads the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.reporter import Reporter

S = TypeVar("S")
T = TypeVar("T")


class Unresolved(Exception):
    """The part could not be resolved; what is wrong has been reported."""


def refused(reporter: Reporter, diagnostic: Diagnostic) -> Unresolved:
    """Report an error; the caller raises what this returns."""
    reporter.report(diagnostic)
    return Unresolved()


def attempt_each(read: Callable[[S], T], items: Iterable[S]) -> tuple[T, ...]:
    """Read every item, so that each reports its errors; give up afterwards if any failed."""
    results: list[T] = []
    has_failed = False
    for item in items:
        try:
            results.append(read(item))
        except Unresolved:
            has_failed = True
    if has_failed:
        raise Unresolved
    return tuple(results)
