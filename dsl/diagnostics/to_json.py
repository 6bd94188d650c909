"""A diagnostic as JSON data, for `--json` and for editors."""

from __future__ import annotations

from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.severity import severity_of
from gendsl.diagnostics.source import Span

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def to_json(diagnostic: Diagnostic) -> dict[str, Json]:
    """The diagnostic's fields; positions count lines and columns from 1, the end exclusive."""
    return {
        "code": diagnostic.code,
        "severity": severity_of(diagnostic).value,
        "message": diagnostic.message,
        "span": None if diagnostic.span is None else _span(diagnostic.span),
        "label": diagnostic.label,
        "secondary": [
            {"span": _span(label.span), "text": label.text} for label in diagnostic.secondary
        ],
        "notes": list(diagnostic.notes),
        "help": diagnostic.help,
    }


def _span(span: Span) -> dict[str, Json]:
    return {
        "file": span.source.name,
        "start": _position(span, span.start),
        "end": _position(span, span.end),
    }


def _position(span: Span, offset: int) -> dict[str, Json]:
    line, column = span.source.position(offset)
    return {"line": line, "column": column, "offset": offset}
