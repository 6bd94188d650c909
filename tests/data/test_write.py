"""Writing data that read back as they were."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gendsl.data import bind, read_data, write_data
from gendsl.ir.bound import BoundData

FORMATS = ["d.json", "d.nc", "d"]


def same(left: BoundData, right: BoundData) -> None:
    assert left.sizes == right.sizes
    assert list(left.arrays) == list(right.arrays)
    for name, array in left.arrays.items():
        assert array.dtype == right.arrays[name].dtype
        mask = left.missing.get(name, np.zeros(array.shape, bool))
        assert np.array_equal(mask, right.missing.get(name, mask))
        assert np.array_equal(array[~mask], right.arrays[name][~mask]), name


@pytest.fixture
def everything(model):
    return model.program(
        ["house", "county", "k = {p, q}", "time"],
        [
            "K : int", "x : real", "y[house] : real?", "n[house, k] : int", "b[house] : bool",
            "county_of[house] : county", "u[county] : real", "c[house] : int?",
            "t[time, k] : real", "s[house] : county?",
        ],
    )  # fmt: skip


DATA = {
    "K": 3, "x": 0.1, "y": [1.5, None, 1e-300], "n": [[1, 2], [3, 4], [5, 6]],
    "b": [True, False, True], "county_of": ["b", "a", "b"], "county": ["b", "a"], "u": [1 / 3, 2],
    "c": [1, None, 2**53], "t": [[1, 2], [3, 4]], "s": ["a", None, "b"],
}  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
def test_round_trip(everything, tmp_path: Path, name: str) -> None:
    bound = bind(everything, DATA)
    write_data(tmp_path / name, bound, everything)
    again = bind(everything, read_data(tmp_path / name))
    same(bound, again)
    assert again.labels["county"] == ("b", "a") and again.labels["k"] == ("p", "q")
    assert not again.notes


def test_one_table(model, tmp_path: Path, everything, errors) -> None:
    program = model.program(["row", "g"], ["y[row] : real", "g_of[row] : g"])
    bound = bind(program, {"y": [0.1, 0.2], "g_of": ["b", "a, c"]})
    write_data(tmp_path / "d.csv", bound, program)
    assert (tmp_path / "d.csv").read_text() == 'y,g_of\n0.1,b\n0.2,"a, c"\n'
    same(bound, bind(program, read_data(tmp_path / "d.csv")))
    assert errors(write_data, tmp_path / "e.csv", bind(everything, DATA), everything)[0].startswith(
        f"G0640: {tmp_path}/e.csv can't be written: the data vary over 5 sets of dimensions"
    )
    assert errors(write_data, tmp_path / "e.xlsx", bound, program)[0].startswith("G0602")


def test_transposed_arrays_share_a_table(model, tmp_path: Path) -> None:
    program = model.program(["a", "b"], ["y[a, b] : int", "x[b, a] : int"])
    bound = bind(program, {"y": [[1, 2, 3], [4, 5, 6]], "x": [[1, 2], [3, 4], [5, 6]]})
    write_data(tmp_path / "d.csv", bound, program)
    same(bound, bind(program, read_data(tmp_path / "d.csv")))


@pytest.mark.parametrize("name", ["d.json", "d.nc"])
def test_sizes_that_no_array_has(model, tmp_path: Path, name: str) -> None:
    program = model.program(["row", "k"], ["y[row] : real", "z[k] : real"])
    bound = bind(program, {"y": [1]}, sizes={"k": 4}, mode="simulate", optional=frozenset({"z"}))
    write_data(tmp_path / name, bound, program)
    again = bind(program, read_data(tmp_path / name), optional=frozenset({"z"}))
    assert again.sizes == {"row": 1, "k": 4}


def test_json_is_strict(model, tmp_path: Path) -> None:
    program = model.program(["row"], [model.data("y[row] : real", upper=float("inf"))])
    bound = bind(program, {"y": [1.0, float("inf")]})
    write_data(tmp_path / "d.json", bound, program)
    assert json.loads((tmp_path / "d.json").read_text(), parse_constant=pytest.fail) == {
        "y": [1.0, "inf"]
    }
    same(bound, bind(program, read_data(tmp_path / "d.json")))


def test_unwritable(model, tmp_path: Path, errors) -> None:
    program = model.program(["row"], ["y[row] : real"])
    bound = bind(program, {"y": [1.0]})
    for name in ("d.json", "d.nc", "d.csv", "d"):
        (found,) = errors(write_data, tmp_path / "no" / name, bound, program)
        assert "can't be written: there is no folder" in found
    assert list(tmp_path.iterdir()) == []


reals = st.floats(allow_nan=False, allow_infinity=False)
labels = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=5
).filter(lambda s: s.strip() == s)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
@pytest.mark.parametrize("name", FORMATS)
def test_any_values_round_trip(model, name: str, data: st.DataObject) -> None:
    program = model.program(
        ["row", "g"],
        ["y[row] : real", "n[row] : int?", "g_of[row] : g", "u[g] : real", "m[row, g] : real"],
    )
    rows = data.draw(st.integers(1, 4))
    members = data.draw(
        st.lists(labels, min_size=1, max_size=3, unique=True)
        | st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=3, unique=True)
    )
    draw = lambda values, length: data.draw(st.lists(values, min_size=length, max_size=length))  # noqa: E731
    given_data = {
        "g": members,
        "y": draw(reals, rows),
        "n": draw(st.none() | st.integers(-(2**53), 2**53), rows),
        "g_of": draw(st.sampled_from(members), rows),
        "u": draw(reals, len(members)),
        "m": [draw(reals, len(members)) for _ in range(rows)],
    }
    bound = bind(program, given_data)
    with TemporaryDirectory() as folder:
        write_data(Path(folder) / name, bound, program)
        again = bind(program, read_data(Path(folder) / name))
    if bound.labels["g"] == again.labels["g"]:
        same(bound, again)
    else:  # a table has no order of numbers but their own
        assert name == "d" and set(map(str, bound.labels["g"])) == set(map(str, again.labels["g"]))
        for i, label in enumerate(again.labels["g"]):
            at = [str(v) for v in bound.labels["g"]].index(str(label))
            assert again.arrays["u"][i] == bound.arrays["u"][at]
