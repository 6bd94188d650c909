"""Collects what is wrong with the data, so that one run reports all of it."""

from __future__ import annotations

from typing import NoReturn

from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Label
from gendsl.diagnostics.source import Span


class Problems:
    """Errors and notes in the order in which they were found."""

    def __init__(self) -> None:
        self.errors: list[Diagnostic] = []
        self.notes: list[Diagnostic] = []

    def error(
        self,
        code: str,
        message: str,
        span: Span | None = None,
        *,
        label: str = "",
        secondary: tuple[Label, ...] = (),
        notes: tuple[str, ...] = (),
        help: str | None = None,
    ) -> None:
        """Keeps an error; the same one is kept once."""
        found = Diagnostic(code, message, span, label, secondary, notes, help)
        if found not in self.errors:
            self.errors.append(found)

    def note(self, code: str, message: str, *, help: str | None = None) -> None:
        """Keeps a note, which stops nothing."""
        self.notes.append(Diagnostic(code, message, help=help))

    def raise_if_any(self) -> None:
        """Raises every error at once.

        Raises:
            DiagnosticError: if there is one.
        """
        if self.errors:
            raise DiagnosticError(tuple(self.errors))


def fail(code: str, message: str, *, help: str | None = None, span: Span | None = None) -> NoReturn:
    """Raises one error."""
    raise DiagnosticError((Diagnostic(code, message, span, help=help),))
