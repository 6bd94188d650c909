"""Collecting diagnostics, and their JSON form."""

import json

import pytest

from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, InternalError, Label
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.source import Source, Span
from gendsl.diagnostics.to_json import to_json

TEXT = Source("a.gen", "x = 1\ny = 2\n")


def at(start, end, code="G0201", message="m"):
    return Diagnostic(code, message, Span(TEXT, start, end))


def test_a_place_is_reported_once_for_a_code():
    reporter = Reporter()
    reporter.extend([at(0, 1), at(0, 1, message="again"), at(0, 1, "G0203"), at(6, 7)])
    assert [(d.code, d.span.start) for d in reporter.diagnostics] == [
        ("G0201", 0), ("G0203", 0), ("G0201", 6),
    ]  # fmt: skip
    assert reporter.diagnostics[0].message == "m"


def test_without_a_place_the_message_tells_them_apart():
    reporter = Reporter()
    reporter.extend([Diagnostic("G0801", m) for m in ("a", "b", "a")])
    assert [d.message for d in reporter.diagnostics] == ["a", "b"]


def test_the_same_offsets_of_two_sources_are_two_places():
    reporter = Reporter()
    other = Source("b.gen", TEXT.text)
    reporter.extend([at(0, 1), Diagnostic("G0201", "m", Span(other, 0, 1))])
    assert len(reporter.diagnostics) == 2


def test_only_errors_stop():
    reporter = Reporter()
    reporter.report(at(0, 1, "G0501"))
    reporter.raise_if_errors()
    assert not reporter.has_errors
    reporter.report(at(6, 7))
    with pytest.raises(DiagnosticError) as caught:
        reporter.raise_if_errors()
    assert [d.code for d in caught.value.diagnostics] == ["G0501", "G0201"]


def test_a_code_that_is_not_in_the_catalogue_is_our_fault():
    with pytest.raises(InternalError):
        Reporter().report(at(0, 1, "G9999"))


def test_json():
    diagnostic = Diagnostic(
        "G0201", "m", Span(TEXT, 6, 7), "l", (Label(Span(TEXT, 0, 1), "s"),), ("n",), "h"
    )
    assert json.loads(json.dumps(to_json(diagnostic))) == {
        "code": "G0201",
        "severity": "error",
        "message": "m",
        "span": {
            "file": "a.gen",
            "start": {"line": 2, "column": 1, "offset": 6},
            "end": {"line": 2, "column": 2, "offset": 7},
        },
        "label": "l",
        "secondary": [
            {
                "span": {
                    "file": "a.gen",
                    "start": {"line": 1, "column": 1, "offset": 0},
                    "end": {"line": 1, "column": 2, "offset": 1},
                },
                "text": "s",
            }
        ],
        "notes": ["n"],
        "help": "h",
    }


def test_json_without_a_place():
    assert to_json(Diagnostic("G0801", "m"))["span"] is None
