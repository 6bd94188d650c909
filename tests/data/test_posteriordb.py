"""The reference data of posteriordb."""

from __future__ import annotations

from pathlib import Path

import pytest

from gendsl.data import bind, read_data
from gendsl.models.reference import posteriordb

FOLDER = posteriordb() or Path()
pytestmark = pytest.mark.skipif(
    posteriordb() is None, reason="no posteriordb: set GENDSL_POSTERIORDB to its folder"
)


def test_every_file_is_read() -> None:
    files = sorted((FOLDER / "data").iterdir())
    assert files
    for path in files:
        assert read_data(path).arrays


def test_radon(model) -> None:
    program = model.program(
        ["house", model.dim("county", size=None)],
        ["log_radon[house] : real", "floor_measure[house] : int", "county_idx[house] : county"],
    )
    bound = bind(program, read_data(FOLDER / "data" / "radon_mn.json"))
    assert bound.sizes == {"house": 919, "county": 85}
    assert bound.labels["county"] == tuple(range(1, 86))
    assert bound.arrays["county_idx"].min() == 0


def test_index_named_as_its_dimension(model) -> None:
    program = model.program(["house", "county"], ["y[house] : real", "county_of[house] : county"])
    bound = bind(program, read_data(FOLDER / "data" / "radon_mod.json.gz"))
    assert bound.sizes == {"house": 12573, "county": 386}


def test_item_response(model) -> None:
    program = model.program(
        ["answer", "item", "person", "covariate"],
        [
            "ii[answer] : item", "jj[answer] : person", "y[answer] : int",
            "W[person, covariate] : real",
        ],
    )  # fmt: skip
    bound = bind(program, read_data(FOLDER / "data" / "timssAusTwn_irt.json"))
    assert bound.sizes == {"answer": 5500, "item": 11, "person": 500, "covariate": 5}
