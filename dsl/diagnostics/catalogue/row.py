"""One row of the error catalogue."""

from __future__ import annotations

from dataclasses import dataclass

from gendsl.diagnostics.diagnostic import Severity


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """A code, its severity, a title of a few words, and what `gendsl explain` prints."""

    code: str
    severity: Severity
    title: str
    explanation: str
