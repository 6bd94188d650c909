"""How much a diagnostic weighs."""

from __future__ import annotations

from gendsl.diagnostics.catalogue import CATALOGUE
from gendsl.diagnostics.diagnostic import Diagnostic, InternalError, Severity


def severity_of(diagnostic: Diagnostic) -> Severity:
    """What the catalogue says of the diagnostic's code."""
    row = CATALOGUE.get(diagnostic.code)
    if row is None:
        raise InternalError(f"the code {diagnostic.code} is not in the catalogue")
    return row.severity
