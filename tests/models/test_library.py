"""What every model of the library has in common: its text, its entry, its data."""

from __future__ import annotations

import json
from statistics import median

import pytest

import gendsl
from gendsl.diagnostics.source import Source
from gendsl.frontend.format import format_source
from gendsl.models import LibraryModel, library
from gendsl.models.catalogue import FOLDER
from gendsl.models.reference import posterior, posteriordb

DATABASE = posteriordb()
MOST_LINES = 20
"""Of the median."""

every_model = pytest.mark.parametrize("model", library(), ids=lambda model: model.name)
needs_posteriordb = pytest.mark.skipif(
    DATABASE is None, reason="no posteriordb: set GENDSL_POSTERIORDB to its folder"
)


def test_the_catalogue_lists_every_file_once() -> None:
    listed = [model.path for model in library()]
    assert sorted(listed) == sorted(FOLDER.rglob("*.gen"))


def test_no_posterior_is_stated_twice() -> None:
    stated = [name for model in library() for name in model.posteriors]
    assert len(stated) == len(set(stated))


def test_statements_are_short() -> None:
    lines = [len(model.path.read_text("utf-8").splitlines()) for model in library()]
    assert median(lines) <= MOST_LINES


@every_model
def test_the_text_is_canonical_and_says_what_it_is(model: LibraryModel) -> None:
    text = model.path.read_text("utf-8")
    assert text.startswith("# ") and "(" in text.splitlines()[0]
    assert format_source(Source(model.path.name, text)) == text
    assert gendsl.compile(model.path).name == model.name


@every_model
def test_nothing_is_done_by_hand(model: LibraryModel) -> None:
    """What the compiler is for: sums over discrete quantities."""
    text = model.path.read_text("utf-8")
    assert "logsumexp" not in text and "log1p_exp" not in text


@needs_posteriordb
def test_every_posterior_of_the_database_is_stated() -> None:
    assert DATABASE is not None
    rows = json.loads((DATABASE / "index.json").read_text("utf-8"))
    assert {row["name"] for row in rows} == {n for model in library() for n in model.posteriors}


@needs_posteriordb
@every_model
def test_the_data_fit(model: LibraryModel) -> None:
    """The log densities at those data are compared in `test_independent`."""
    assert DATABASE is not None
    compiled = gendsl.compile(model.path)
    for name in model.posteriors:
        bound = compiled.bind(str(posterior(DATABASE, name).data))
        assert all(size > 0 for size in bound.sizes.values())
