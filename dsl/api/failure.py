"""Errors that are neither the model's nor the data's."""

from __future__ import annotations

from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError


class UsageError(DiagnosticError, ValueError):
    """The call or the command asks for something that is not there."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__((diagnostic,))


class InferenceError(DiagnosticError):
    """The model and the data fit each other, and sampling failed nonetheless."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__((diagnostic,))
