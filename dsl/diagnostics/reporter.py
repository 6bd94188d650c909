"""Collects the diagnostics of a stage, so that one run reports all of them."""

from __future__ import annotations

from collections.abc import Iterable

from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Severity
from gendsl.diagnostics.severity import severity_of


class Reporter:
    """Diagnostics in the order in which they were reported, each place once for a code."""

    def __init__(self) -> None:
        self._diagnostics: list[Diagnostic] = []
        self._seen: set[tuple[object, ...]] = set()

    def report(self, diagnostic: Diagnostic) -> None:
        """Add a diagnostic, unless its code has been reported for its span."""
        severity_of(diagnostic)
        span = diagnostic.span
        place = (id(span.source), span.start, span.end) if span is not None else diagnostic.message
        if (diagnostic.code, place) not in self._seen:
            self._seen.add((diagnostic.code, place))
            self._diagnostics.append(diagnostic)

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Add each of several."""
        for diagnostic in diagnostics:
            self.report(diagnostic)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All that were reported."""
        return tuple(self._diagnostics)

    @property
    def has_errors(self) -> bool:
        """Whether one of them stops the pipeline."""
        return any(severity_of(d) is Severity.ERROR for d in self._diagnostics)

    def raise_if_errors(self) -> None:
        """Raise DiagnosticError with everything reported, warnings too, if there is an error."""
        if self.has_errors:
            raise DiagnosticError(self.diagnostics)
