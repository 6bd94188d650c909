"""Codes: what is emitted has a row, and what has a row is emitted by some wrong model."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

import gendsl
from gendsl.diagnostics.catalogue import AREAS, CATALOGUE

ROOT = Path(gendsl.__file__).parent
ERRORS = Path(__file__).parent / "errors"


def emitted() -> dict[str, set[str]]:
    """Every code that is written as a string somewhere in the compiler, with the files."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in ROOT.rglob("*.py"):
        if "catalogue" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                is_code = len(node.value) == 5 and node.value[0] == "G" and node.value[1:].isdigit()
                if is_code:
                    found[node.value].add(path.name)
    return found


EMITTED = emitted()


def test_every_emitted_code_has_a_row():
    assert {code: EMITTED[code] for code in EMITTED.keys() - CATALOGUE.keys()} == {}


@pytest.mark.parametrize("area", ["G02", "G03", "G04", "G05", "G10"])
def test_every_row_is_emitted(area):
    assert {row.code for row in AREAS[area]} - EMITTED.keys() == set()


_RANGES = (range(1015, 1031), range(1032, 1040), range(1041, 1047), range(1048, 1050))
OF_TRAINED = {f"G{number}" for numbers in _RANGES for number in numbers}
"""What files of trained networks, and data for them, can have wrong: tests/pfns shows these."""
ONLY_OF_RUNS = {"G0499", "G1002"} | OF_TRAINED
"""What nothing but data, or a run, can say."""


@pytest.mark.parametrize("area", ["G02", "G03", "G04", "G05", "G10"])
def test_every_code_is_shown_by_a_wrong_model(area):
    shown = "".join(path.read_text(encoding="utf-8") for path in ERRORS.glob("*.txt"))
    missing = {row.code for row in AREAS[area] if f"[{row.code}]" not in shown}
    assert missing == ONLY_OF_RUNS & {row.code for row in AREAS[area]}
