"""The catalogue: unique codes in their areas, with something to say."""

import re

import pytest

from gendsl.diagnostics.catalogue import AREAS, CATALOGUE
from gendsl.diagnostics.diagnostic import Severity


def test_codes_are_unique():
    codes = [row.code for rows in AREAS.values() for row in rows]
    assert len(codes) == len(set(codes)) == len(CATALOGUE)


@pytest.mark.parametrize("area", AREAS)
def test_codes_belong_to_their_area_and_are_in_order(area):
    codes = [row.code for row in AREAS[area]]
    assert codes
    assert all(re.fullmatch(rf"{area}\d\d", code) for code in codes)
    assert codes == sorted(codes)


@pytest.mark.parametrize("row", CATALOGUE.values(), ids=lambda row: row.code)
def test_rows_say_something_short(row):
    assert row.title == row.title.strip().rstrip(".")
    assert 0 < len(row.title) <= 60
    assert row.explanation.endswith("\n")
    assert 40 < len(row.explanation) < 1500


def test_titles_are_unique():
    titles = [row.title for row in CATALOGUE.values()]
    assert len(titles) == len(set(titles))


def test_lint_never_stops_a_program():
    assert {row.severity for row in AREAS["G05"]} <= {Severity.WARNING, Severity.NOTE}


@pytest.mark.parametrize("row", AREAS["G01"], ids=lambda row: row.code)
def test_syntax_rows_show_what_is_wrong_and_what_is_right(row):
    assert "Wrong:\n" in row.explanation
    assert "Right:\n" in row.explanation
