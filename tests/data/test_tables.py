# ruff: noqa: E501 — whole messages
"""Tables, long and wide."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import gendsl
from gendsl.data import bind, read_data


@pytest.fixture
def radon(model):
    return model.program(
        ["house", "county"], ["y[house] : real", "county_of[house] : county", "u[county] : real"]
    )


@pytest.fixture
def answers(model):
    return model.program(["person", "item"], ["y[person, item] : int"])


HOUSES = "county,y,u\nb,1,5\na,2,6\na,3,6\nc,4.5,7\n"


def test_a_wide_table_with_an_index_and_a_groups_column(radon, tmp_path: Path) -> None:
    (tmp_path / "houses.csv").write_text(HOUSES)
    bound = bind(radon, read_data(tmp_path / "houses.csv"))
    assert bound.labels == {"house": None, "county": ("a", "b", "c")}
    assert bound.arrays["y"].tolist() == [1, 2, 3, 4.5]
    assert bound.arrays["county_of"].tolist() == [1, 0, 0, 2]
    assert bound.arrays["u"].tolist() == [6, 5, 7]


def test_a_groups_value_that_varies(radon, tmp_path: Path, errors) -> None:
    (tmp_path / "houses.csv").write_text(HOUSES.replace("3,6", "3,6.5"))
    assert errors(bind, radon, read_data(tmp_path)) == [
        'G0608: `u[county = "a"]` is "6" on line 3 of houses.csv, but "6.5" on line 4 of houses.csv'
    ]


def test_a_folder_with_a_table_a_dimension(radon, tmp_path: Path, errors) -> None:
    (tmp_path / "house.csv").write_text("y,county_of\n1,b\n2,a\n")
    (tmp_path / "county.csv").write_text("county,u\nc,7\nb,5\na,6\n")
    bound = bind(radon, read_data(tmp_path))
    assert bound.labels["county"] == ("c", "b", "a")
    assert bound.arrays["county_of"].tolist() == [1, 2]
    (tmp_path / "house.csv").write_text("y,county_of\n1,d\n2,a\n")
    assert errors(bind, radon, read_data(tmp_path))[0] == (
        'G0618: `county_of` on line 2 of house.csv is "d", which is no member of `county` ("c", "b", "a")'
    )


FALLS = "clinic,patient_days\nb,10\na,20\nb,30\n"
CLINICS = "clinic,staff,beds\na,1,5\nb,2,6\nc,3,7\n"


@pytest.fixture
def falls(model):
    return model.program(
        ["obs", "clinic"],
        ["clinic_of[obs] : clinic", "patient_days[obs] : real", "staff[clinic] : real", "beds[clinic] : int"],
    )  # fmt: skip


@pytest.mark.parametrize("rows", [FALLS, FALLS.replace("b,30\n", "c,30\n"), FALLS + "a,40\n"])
@pytest.mark.parametrize("names", [("1.csv", "2.csv"), ("2.csv", "1.csv")])
def test_two_tables_are_joined_on_the_key(falls, tmp_path: Path, rows, names) -> None:
    (tmp_path / names[0]).write_text(rows)
    (tmp_path / names[1]).write_text(CLINICS)
    bound = bind(falls, read_data(tmp_path))
    labels = [line.partition(",")[0] for line in rows.splitlines()[1:]]
    assert bound.labels["clinic"] == ("a", "b", "c") and not bound.notes
    assert bound.sizes["obs"] == len(labels)
    assert bound.arrays["clinic_of"].tolist() == ["abc".index(label) for label in labels]
    assert bound.arrays["staff"].tolist() == [1, 2, 3]


def test_the_key_of_a_groups_table_is_not_the_index(falls, model, errors) -> None:
    clinics = pd.DataFrame({"clinic": ["a", "b"], "staff": [1.0, 2.0], "beds": [5, 6]})
    rows = pd.DataFrame({"patient_days": [10.0, 20.0]})
    assert [e.split(",")[0] for e in errors(bind, falls, [rows, clinics])] == [
        "G0601: `clinic_of` is declared as data"
    ]
    assert len(errors(bind, falls, clinics)) == 2
    bare = pd.DataFrame({"clinic": ["b", "a", "b"]})
    program = model.program(["obs", "clinic"], ["clinic_of[obs] : clinic", "staff[clinic] : real"])
    bound = bind(program, [clinics, bare])
    assert bound.arrays["clinic_of"].tolist() == [1, 0, 1]
    assert bind(program, clinics).arrays["clinic_of"].tolist() == [0, 1]


def test_a_long_table_is_placed_by_its_keys(answers) -> None:
    frame = pd.DataFrame({"item": [2, 1, 1, 2], "person": ["q", "p", "q", "p"], "y": [4, 1, 3, 2]})
    bound = bind(answers, frame)
    assert bound.labels == {"person": ("p", "q"), "item": (1, 2)}
    assert bound.arrays["y"].tolist() == [[1, 2], [3, 4]]
    shuffled = bind(answers, frame.sample(frac=1, random_state=1))
    assert shuffled.labels == bound.labels and np.array_equal(
        shuffled.arrays["y"], bound.arrays["y"]
    )
    indexed = bind(answers, frame.set_index(["person", "item"]))
    assert np.array_equal(indexed.arrays["y"], bound.arrays["y"])
    series = frame.set_index(["person", "item"])["y"]
    assert np.array_equal(bind(answers, series.to_frame()).arrays["y"], bound.arrays["y"])


LONG = "person,item,y\np,1,1\np,2,2\nq,1,3\n"


def test_incomplete_grid(answers, model, tmp_path: Path, errors) -> None:
    (tmp_path / "d.csv").write_text(LONG)
    raw = read_data(tmp_path / "d.csv")
    assert errors(bind, answers, raw) == [
        'G0607: there is no row for `y[person = "q", item = 2]` in d.csv'
        " | add the rows, or declare `int?` if entries may be missing"
    ]
    bound = bind(model.program(["person", "item"], ["y[person, item] : int?"]), raw)
    assert bound.missing["y"].tolist() == [[False, False], [False, True]]


def test_repeated_row(answers, tmp_path: Path, errors) -> None:
    (tmp_path / "d.csv").write_text(LONG + "q,2,4\nq,1,3\n")
    assert errors(bind, answers, read_data(tmp_path)) == [
        'G0606: `y[person = "q", item = 1]` stands twice: on line 4 of d.csv and on line 6 of d.csv'
    ]


def test_missing_key(answers, tmp_path: Path, errors) -> None:
    (tmp_path / "d.csv").write_text(LONG + ",2,4\n")
    assert errors(bind, answers, read_data(tmp_path)) == [
        "G0621: the key `person` is missing on line 5 of d.csv"
    ]


def test_a_matrix_needs_its_keys(answers, errors) -> None:
    assert errors(bind, answers, pd.DataFrame({"person": [1, 2], "y": [1, 2]}))[0] == (
        "G0611: `y` is declared over [person, item], but the data has no column `item` that says"
        " where its entries belong | a long table has one column for each dimension, and one row for"
        " each entry"
    )


def test_text_in_a_number_column_names_the_line(model, tmp_path: Path, errors) -> None:
    program = model.program(["row"], ["y[row] : real", "n[row] : int"])
    (tmp_path / "d.csv").write_text('y,n\n1,1\nabc,2\n"3,5",2.5\n')
    assert errors(bind, program, read_data(tmp_path)) == [
        'G0620: `y` on line 3 of d.csv is "abc", which is no number',
        "G0620: `n` on line 4 of d.csv is 2.5, which is not a whole number",
    ]
    (tmp_path / "d.csv").write_text('y,n\n"3,5",1\n1,\n')
    assert errors(bind, program, read_data(tmp_path)) == [
        'G0620: `y` on line 2 of d.csv is "3,5", which is no number | write decimals with a point',
        "G0621: `n` on line 3 of d.csv is missing | if values may be missing, declare `int?`",
    ]


def test_missing_spellings(model, tmp_path: Path) -> None:
    program = model.program(["row", "land"], ["y[row] : real?", "land_of[row] : land"])
    (tmp_path / "d.csv").write_text("y,land_of\nNA,NA\nNaN,DE\n,FR\n1e3,NA\n")
    bound = bind(program, read_data(tmp_path))
    assert bound.missing["y"].tolist() == [True, True, True, False]
    assert bound.labels["land"] == ("DE", "FR", "NA")


def test_padded_codes_stay_text(model, tmp_path: Path) -> None:
    program = model.program(["row", "fips"], ["fips_of[row] : fips"])
    (tmp_path / "d.csv").write_text("fips_of\n01001\n27137\n")
    assert bind(program, read_data(tmp_path)).labels["fips"] == ("01001", "27137")


def test_an_index_without_padding_into_padded_labels(model, tmp_path: Path) -> None:
    program = model.program(["row", "g"], ["g_of[row] : g", "u[g] : real"])
    (tmp_path / "rows.csv").write_text("g_of\n0\n0\n")
    (tmp_path / "g.csv").write_text("g,u\n00,1\n0,2\n")
    bound = bind(program, read_data(tmp_path))
    assert bound.labels["g"] == ("00", "0") and bound.arrays["g_of"].tolist() == [1, 1]


def test_a_matrix_as_a_table(model, tmp_path: Path) -> None:
    program = model.program(["row", "feature"], ["X[row, feature] : real", "y[row] : real"])
    (tmp_path / "X.csv").write_text("age,income\n1,2\n3,4\n5,6\n")
    (tmp_path / "rows.csv").write_text("y\n1\n2\n3\n")
    bound = bind(program, read_data(tmp_path))
    assert bound.arrays["X"].tolist() == [[1, 2], [3, 4], [5, 6]]
    assert bound.labels == {"row": None, "feature": ("age", "income")}
    frames = {"X": pd.DataFrame({"age": [1], "income": [2]}), "y": [1]}
    assert bind(program, frames).arrays["X"].tolist() == [[1, 2]]


def test_columns_named_as_members(model) -> None:
    program = model.program(
        ["row", "feature = {age, income}"], ["X[row, feature] : real", "y[row] : real"]
    )
    frame = pd.DataFrame({"y": [1, 2], "income": [3, 4], "age": [5, 6]})
    bound = bind(program, frame)
    assert bound.arrays["X"].tolist() == [[5, 3], [6, 4]] and not bound.notes


def test_scalars_in_a_table(model, errors) -> None:
    program = model.program(["row"], ["K : int", "y[row] : real"])
    assert bind(program, pd.DataFrame({"y": [1, 2], "K": [3, 3]})).arrays["K"].tolist() == 3
    assert errors(bind, program, pd.DataFrame({"y": [1, 2], "K": [3, 4]}))[0].startswith(
        "G0611: `K` is declared as a single value, but column `K` of the data varies"
    )
    assert errors(bind, program, pd.DataFrame({"y": [], "K": []}))[0].startswith("G0615")


def test_rows_of_an_ordered_dimension_are_put_in_order(model) -> None:
    program = model.program([model.dim("time", is_ordered=True)], ["y[time] : real"])
    frame = pd.DataFrame({"time": pd.to_datetime(["2020-02-01", "2020-01-01"]), "y": [2, 1]})
    bound = bind(program, frame)
    assert bound.labels["time"] == ("2020-01-01", "2020-02-01")
    assert bound.arrays["y"].tolist() == [1, 2]
    bound = bind(program, pd.DataFrame({"time": ["Jan", "Feb"], "y": [1, 2]}))
    assert bound.labels["time"] == ("Jan", "Feb")


def test_text_keys_do_not_name_an_array_in_unknown_order(model, errors) -> None:
    program = model.program(["county"], ["u[county] : real", "v[county] : real"])
    data = {"u": [1, 2], "t": pd.DataFrame({"county": ["b", "a"], "v": [1, 2]})}
    assert errors(bind, program, data)[0].startswith(
        "G0613: `v` is placed by the labels of `county`, but nothing says which of the 2 in `u` is which"
    )
    data = {"u": [1, 2], "t": pd.DataFrame({"county": [2, 1], "v": [1, 2]})}
    assert bind(program, data).arrays["v"].tolist() == [2, 1]


def test_the_same_array_from_two_tables(model, errors) -> None:
    program = model.program(["a"], ["x[a] : real"])
    same = {
        "s": pd.DataFrame({"a": [1, 2], "x": [1, 2]}),
        "t": pd.DataFrame({"a": [2, 1], "x": [2, 1]}),
    }
    assert bind(program, same).arrays["x"].tolist() == [1, 2]
    same["t"] = same["t"].assign(x=[2, 3])
    assert errors(bind, program, same) == [
        "G0605: `x` differs between `s` and `t` | give it once, or rename one of the two"
    ]


def test_parquet_and_csv_agree(radon, tmp_path: Path) -> None:
    (tmp_path / "houses.csv").write_text(HOUSES)
    pd.read_csv(tmp_path / "houses.csv").to_parquet(tmp_path / "houses.parquet")
    one = bind(radon, read_data(tmp_path / "houses.csv"))
    two = bind(radon, read_data(tmp_path / "houses.parquet"))
    assert one.labels == two.labels
    assert all(np.array_equal(one.arrays[n], two.arrays[n]) for n in one.arrays)


def test_a_sparse_table_is_no_matrix(answers, errors) -> None:
    n = 40_000
    frame = pd.DataFrame({"person": range(n), "item": range(n), "y": 1})
    assert errors(bind, answers, frame) == [
        "G0607: `y[person, item]` would have 1600000000 entries, and the data has 40000 rows"
        " | declare it over its rows, with an index for each dimension: `data y[row] : int`,"
        " `data person_of[row] : person`"
    ]


TWO_GRIDS = """\
model two {
  dim row, grid
  dim col = {a, b}
  data X[row, col] : real
  data y[row] : real
  data Z[grid, col] : real
  w[col] ~ Normal(0, 1)
  y[row] ~ Normal(X @ w, 1)
  predict p[grid] = Z @ w
}
"""


def test_rows_of_one_array_are_not_taken_for_those_of_another() -> None:
    table = pd.DataFrame({"a": [1.0, 2.0], "b": [0.0, 1.0], "y": [1.0, 2.0]})
    model = gendsl.compile(TWO_GRIDS)
    with pytest.raises(gendsl.DiagnosticError, match=r"G0601.*`Z`"):
        model.bind(table)
    bound = model.bind([table, {"Z": np.ones((3, 2))}])
    assert bound.arrays["X"].shape == (2, 2) and bound.arrays["Z"].shape == (3, 2)
