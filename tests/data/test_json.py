# ruff: noqa: E501 — whole messages
"""Reading JSON."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from gendsl.data import read_data
from gendsl.data.json_files import parse_json


def test_keeps_kinds_exactly() -> None:
    raw = parse_json(
        '{"a": [1, 2], "b": [1, 2.5], "c": [true], "d": [1, null], "e": "x"}', "f"
    ).arrays
    assert [raw[n].values.dtype.kind for n in "abcde"] == ["i", "f", "b", "O", "O"]
    assert raw["d"].values.tolist() == [1, None]


def test_keeps_large_integers_exactly() -> None:
    values = parse_json('{"a": [9007199254740993, 1]}', "f").arrays["a"].values
    assert values.tolist() == [9007199254740993, 1]
    values = parse_json('{"a": [9007199254740993, 0.5]}', "f").arrays["a"].values
    assert values.tolist() == [9007199254740993, 0.5]


def test_reads_nested_lists() -> None:
    values = parse_json('{"a": [[1, 2, 3], [4, 5, 6]]}', "f").arrays["a"].values
    assert values.shape == (2, 3)
    assert parse_json('{"a": [[], []]}', "f").arrays["a"].values.shape == (2, 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{\n"a": }', "G0603: f.json is not JSON: expecting value at line 2, column 6"),
        ("[1]", 'G0603: f.json holds a list, not an object | write an object from names to values: {"y": [28, 8], "sigma": [15, 10]}'),
        ('{"a": 1, "a": 2}', "G0605: `a` stands twice in f.json"),
        ('{"a": {"b": 1}}', "G0603: `a` in f.json is an object | data are numbers, text, true or false, null, and lists of them"),
        ('{"a": [1, {"b": 1}]}', "G0603: `a[1]` in f.json is neither a number nor text | data are numbers, text, true or false, null, and lists of them"),
        ('{"a": [[1, 2], [3]]}', "G0604: `a` in f.json is ragged: `a[1]` has 1 entry, `a[0]` has 2 | an array needs rows of one length; give a ragged one as a long table, or as one list of values beside one list of indices"),
        ('{"a": [[1, 2], 3]}', "G0604: `a` in f.json is ragged: `a[1]` is a single value, `a[0]` is a list"),
        ('{"a": [3, [1, 2]]}', "G0604: `a` in f.json is ragged: `a[0]` is a single value, `a[1]` is a list"),
        ('{"a": [[[1], [1]], [[1], [1, 2]]]}', "G0604: `a` in f.json is ragged: `a[1, 1]` has 2 entries, `a[0, 0]` has 1 | an array needs rows of one length; give a ragged one as a long table, or as one list of values beside one list of indices"),
    ],
)  # fmt: skip
def test_says_what_is_wrong(text: str, message: str, errors) -> None:
    assert errors(parse_json, text, "f.json") == [message]


def test_refuses_endless_nesting(errors) -> None:
    assert errors(parse_json, '{"a": ' + "[" * 100_000, "f")[0].startswith("G0603")
    assert errors(parse_json, '{"a": ' + "[" * 60 + "]" * 60 + "}", "f")[0].startswith("G0604")
    assert errors(parse_json, '{"a": ' + "1" * 5000 + "}", "f")[0].startswith("G0603")


def test_reads_gzip(tmp_path: Path) -> None:
    path = tmp_path / "d.json.gz"
    path.write_bytes(gzip.compress(json.dumps({"y": [1.5, 2.0]}).encode()))
    assert np.array_equal(read_data(path).arrays["y"].values, [1.5, 2.0])
