"""A diagnostic as data; rendering it is a pure function elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gendsl.diagnostics.source import Span


class Severity(StrEnum):
    """How much a diagnostic weighs; only errors stop the pipeline."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Label:
    """A span with what is to be said of it."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What is wrong, where, why, and the way out.

    `code` is a row of the catalogue, which fixes the severity; `label` is what stands beside the
    carets of `span`; `secondary` points at other places that explain it.
    """

    code: str
    message: str
    span: Span | None = None
    label: str = ""
    secondary: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: str | None = None


class DiagnosticError(Exception):
    """Raised at the end of a stage that found errors; carries every one of them."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(diagnostics)
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        from gendsl.diagnostics.render import render_all

        return render_all(self.diagnostics)


class InternalError(Exception):
    """Our own fault: the message asks the user for a report."""

    def __init__(self, what: str) -> None:
        super().__init__(f"internal error: {what}; please report this with the model's text")
