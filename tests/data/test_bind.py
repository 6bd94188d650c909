# ruff: noqa: E501 — whole messages
"""Sizes, labels and names: how arrays meet declarations."""

from __future__ import annotations

import numpy as np
import pytest

from gendsl.data import bind
from gendsl.ir.expr import Const, Op, Ref, Size
from gendsl.ir.types import INT


@pytest.fixture
def schools(model):
    return model.program(["school"], ["y[school] : real", "sigma[school] : real"])


def test_binds_by_name(schools) -> None:
    bound = bind(schools, {"sigma": [15, 10], "y": [28.0, 8.0], "J": 2})
    assert list(bound.arrays) == ["y", "sigma"]
    assert bound.arrays["sigma"].dtype == np.float64
    assert bound.sizes == {"school": 2} and bound.labels == {"school": None}
    assert [n.message for n in bound.notes] == ["not used by `m`: `J`"]


def test_a_slip_in_a_name_is_more_than_a_name_too_many(model) -> None:
    program = model.program(["row"], ["depth[row] : real", "y[row] : real", "x2[row] : real"])
    absent = {"mode": "simulate", "optional": frozenset({"depth", "y", "x2"})}
    bound = bind(program, {"detph": [1.0, 2.0], "x1": [1.0, 2.0], "row": 2}, **absent)
    assert [(n.code, n.help) for n in bound.notes] == [
        ("G0849", "did you mean `depth`? It is not among the data"),
        ("G0630", None),
    ]
    assert bound.notes[1].message == "not used by `m`: `x1`"
    given = bind(program, {"detph": [1.0], "depth": [1.0], "x2": [1.0]}, **absent)
    assert [n.code for n in given.notes] == ["G0630"]


def test_new_data_of_which_nothing_is_used(schools, errors) -> None:
    raw = {"y": [1.0], "sigma": [1.0], "tau": [1.0]}
    kept = frozenset({"y", "sigma"})
    assert errors(bind, schools, raw, mode="predict", kept=kept) == [
        "G0854: nothing of the new data is used: `m` declares no data `tau`"
        " | the data of `m` are `y`, `sigma`"
    ]
    (note,) = bind(schools, raw, mode="predict", kept=frozenset({"y"})).notes
    assert note.code == "G0630"
    assert bind(schools, raw, mode="predict", kept=frozenset(raw)).notes == ()


def test_numbers_that_a_counted_dimension_skips_are_told(model) -> None:
    day = model.dim("day", is_ordered=True, first_code=1)
    program = model.program([day], ["y[day] : real"])
    (note,) = bind(program, {"day": [1, 2, 4], "y": [0.0, 1.0, 2.0]}).notes
    assert note.code == "G0856" and note.message.endswith("lists no 3")
    assert bind(program, {"day": [1, 2, 3], "y": [0.0, 1.0, 2.0]}).notes == ()
    assert bind(program, {"y": [0.0, 1.0]}).labels == {"day": (1, 2)}


def test_missing_says_what_to_give(schools, errors) -> None:
    (found,) = errors(bind, schools, {"y": [1.0]})
    assert found.endswith(
        "| give `sigma`, an array over [school], or a column of the table of `school`"
    )


def test_missing_names_the_nearest(schools, errors) -> None:
    assert errors(bind, schools, {"y": [1.0], "sgima": [1.0]}) == [
        "G0601: `sigma` is declared as data, but the data do not have it"
        " | the data have `sgima`: rename one of the two"
    ]


def test_a_missing_index_may_be_a_column_of_its_dimension(model, errors) -> None:
    program = model.program(["row", "class"], ["class_of[row] : class", "y[row] : real"])
    assert errors(bind, program, {"y": [1.0, 2.0]}) == [
        "G0601: `class_of` is declared as data, but the data do not have it"
        " | give `class_of`, or a column `class` in the table of `row`"
    ]
    assert errors(bind, program, {"y": [1.0, 2.0], "clas_of": [0, 1]})[0].endswith(
        "the data have `clas_of`: rename one of the two, or a column `class` in the table of `row`"
    )


def test_all_problems_at_once(schools, errors) -> None:
    found = errors(bind, schools, {"y": [1.0, "x", 2.0]})
    assert [f[:5] for f in found] == ["G0601", "G0620"]


def test_sizes_that_disagree_name_both(schools, errors) -> None:
    assert errors(bind, schools, {"y": [1, 2, 3], "sigma": [1, 2]}) == [
        "G0612: `sigma` has 2 entries along `school`, but `y` has 3"
        " | give both as many entries along `school`, or declare a dimension of its own for one of them"
    ]


def test_spans_point_at_both_declarations(schools) -> None:
    from gendsl.diagnostics.diagnostic import DiagnosticError

    with pytest.raises(DiagnosticError) as caught:
        bind(schools, {"y": [1, 2, 3], "sigma": [1, 2]})
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.span is not None and diagnostic.span.text == "sigma"
    assert [(label.span.text, label.text) for label in diagnostic.secondary] == [("y", "3 here")]


def test_transposed_says_so(model, errors) -> None:
    program = model.program(["a", "b"], ["u[a] : real", "v[b] : real", "y[a, b] : real"])
    data = {"u": [1, 2], "v": [1, 2, 3], "y": [[1, 2], [3, 4], [5, 6]]}
    assert errors(bind, program, data) == [
        "G0612: `y[a, b]` is 3 x 2, but `u` and `v` makes it 2 x 3"
        " | it fits if transposed: declare `[b, a]`, or turn the array round"
    ]


@pytest.mark.parametrize(
    ("line", "value", "message"),
    [
        ("y[a] : real", 3, "G0611: `y` in the data is a single value, but its declaration asks for one axis each for `a` | for a dimension with one member, give a list of one value: [3]"),
        ("y : real", [3], "G0611: `y` in the data is an array of shape 1, but its declaration asks for a single value | drop the axis of length 1, or declare its dimension: `data y[...]`"),
        ("y[a] : real", [[3]], "G0611: `y` in the data is an array of shape 1 x 1, but its declaration asks for one axis each for `a` | drop an axis of length 1"),
        ("y[a] : real", [[1, 2, 3]], "G0611: `y` in the data is an array of shape 1 x 3, but its declaration asks for one axis each for `a` | drop the axis of length 1"),
        ("y[a] : real", [[1, 2], [3, 4]], "G0611: `y` in the data is an array of shape 2 x 2, but its declaration asks for one axis each for `a`"),
        ("y[a] : real", [], "G0615: `y` in the data has no entries along `a`"),
    ],
)  # fmt: skip
def test_ranks(model, errors, line: str, value: object, message: str) -> None:
    assert errors(bind, model.program(["a"], [line]), {"y": value})[0] == message


def test_fixed_size(model, errors) -> None:
    program = model.program([model.dim("k = 3", size=Const(3, INT))], ["x[k] : real"])
    assert bind(program, {"x": [1, 2, 3]}).sizes == {"k": 3}
    assert errors(bind, program, {"x": [1, 2]}) == [
        "G0612: `x` has 2 entries along `k`, but `dim k` has 3 | give 3 entries, or correct `dim k`"
    ]


def test_size_from_an_int(model, errors) -> None:
    program = model.program(
        [model.dim("k = K", size=Ref("K", (), INT))], ["K : int", "x[k] : real"]
    )
    assert bind(program, {"x": [1, 2], "K": 2}).sizes == {"k": 2}
    assert errors(bind, program, {"x": [1, 2], "K": 3}) == [
        "G0612: `x` has 2 entries along `k`, but `dim k` has 3 | give 3 entries, or correct `dim k`"
    ]
    assert errors(bind, model.program([program.dimensions[0]], ["K : int"]), {"K": 0}) == [
        "G0615: `k` would have 0 members"
    ]


def test_sizes_from_sizes_in_any_order(model) -> None:
    less = Op("-", (Size("rating"), Const(1, INT)), (), INT)
    program = model.program(
        [model.dim("cut", size=less), model.dim("half", size=Size("cut")), "rating"],
        ["x[rating] : real"],
    )
    assert bind(program, {"x": [1, 2, 3]}).sizes == {"cut": 2, "half": 2, "rating": 3}


def test_a_size_that_is_no_whole_number(model, errors) -> None:
    half = Op("/", (Size("row"), Const(2, INT)), (), INT)
    program = model.program([model.dim("half", size=half), "row"], ["x[row] : real"])
    assert errors(bind, program, {"x": [1, 2, 3]}) == [
        "G0616: the size of `half` comes out as 1.5, not a whole number"
    ]


def test_like_and_members(model, errors) -> None:
    program = model.program(["state", "next like state"], ["p[state, next] : real"])
    data = {"p": [[1, 2], [3, 4]], "state": ["a", "b"]}
    assert bind(program, data).labels == {"state": ("a", "b"), "next": ("a", "b")}
    assert errors(bind, program, {"p": [[1, 2, 3], [3, 4, 5]]}) == [
        "G0612: `p[state, next]` is 2 x 3, but `p` makes it 2 x 2 | give 2 x 2, or declare it over two dimensions"
    ]
    program = model.program(["pair = {slope, intercept}"], ["x[pair] : real"])
    assert bind(program, {"x": [1, 2]}).labels == {"pair": ("slope", "intercept")}


def test_labels_or_size_under_the_dimensions_name(schools, errors) -> None:
    data = {"y": [1, 2], "sigma": [1, 2]}
    assert bind(schools, {**data, "school": ["A", "B"]}).labels == {"school": ("A", "B")}
    assert bind(schools, {**data, "school": 2}).sizes == {"school": 2}
    assert errors(bind, schools, {**data, "school": ["A", "A"]}) == [
        'G0613: `school` in the data lists the label "A" twice'
    ]
    assert errors(bind, schools, {**data, "school": 3})[0] == (
        "G0612: `y` has 2 entries along `school`, but `school` in the data has 3"
        " | give 3 entries, or correct `school` in the data"
    )
    notes = bind(schools, {**data, "school": ["A", "A", "A"]}).notes
    assert [n.message for n in notes] == [
        "`school` in the data is not used: it does not list the labels of that dimension"
    ]


def test_coordinates_align_by_label(schools, errors) -> None:
    import xarray as xr

    y = xr.DataArray([1.0, 2.0], coords={"school": ["A", "B"]}, dims="school")
    sigma = xr.DataArray([20.0, 10.0], coords={"school": ["B", "A"]}, dims="school")
    bound = bind(schools, {"y": y, "sigma": sigma})
    assert bound.labels == {"school": ("A", "B")}
    assert bound.arrays["sigma"].tolist() == [10.0, 20.0]
    other = xr.DataArray([20.0, 10.0], coords={"school": ["B", "C"]}, dims="school")
    assert errors(bind, schools, {"y": y, "sigma": other}) == [
        'G0613: `sigma` has "C" along `school`, which `y` does not have'
    ]


def test_named_axes_are_put_in_order(model, errors) -> None:
    import xarray as xr

    program = model.program(["a", "b"], ["y[a, b] : real"])
    dataset = xr.Dataset({"y": (("b", "a"), np.arange(6.0).reshape(3, 2))})
    assert bind(program, dataset).arrays["y"].tolist() == [[0, 2, 4], [1, 3, 5]]
    dataset = xr.Dataset({"y": (("b", "c"), np.zeros((3, 2)))})
    assert errors(bind, program, dataset)[0] == (
        "G0611: `y` in the data has the dimensions [b, c], but is declared over [a, b]"
    )
    dataset = xr.Dataset({"y": (("d", "c"), np.zeros((3, 2)))})
    assert bind(program, dataset).sizes == {"a": 3, "b": 2}


def test_absent_and_sizes(schools, errors) -> None:
    both = frozenset({"y", "sigma"})
    bound = bind(schools, {"y": [1]}, optional=both)
    assert bound.absent == {"sigma"} and list(bound.arrays) == ["y"]
    bound = bind(schools, {}, mode="simulate", sizes={"school": 8}, optional=both)
    assert bound.sizes == {"school": 8}
    assert errors(bind, schools, {}, mode="simulate", optional=both) == [
        "G0614: the size of `school` is not known: `y`, `sigma` would tell it, but is absent"
        " | give `--size school=8` on the command line, an entry `school` in the data (its labels,"
        " or a number), or `dim school = 8` in the program"
    ]
    assert errors(bind, schools, {}, mode="simulate", sizes={"shcool": 8}, optional=both)[0] == (
        "G0614: a size is given for `shcool`, but the dimensions are `school`"
    )
    assert errors(
        bind, schools, {"y": [1]}, mode="simulate", sizes={"school": 8}, optional=both
    ) == [
        "G0612: `y` has 1 entry along `school`, but the size given for `school` has 8"
        " | give 8 entries, or correct the size given for `school`"
    ]


def test_objects_that_are_no_data(schools, errors) -> None:
    assert errors(bind, schools, np.zeros(3)) == [
        "G0641: data can't be taken from an ndarray | data are a dict of names to arrays, a pandas"
        " DataFrame, an xarray Dataset, the path of a file or folder, or a list of these; an array"
        ' needs a name: `{"y": ...}`'
    ]
    assert errors(bind, schools, 3)[0].startswith("G0641: data can't be taken from an int")
    assert errors(bind, schools, {"y": 1j})[0].startswith(
        "G0641: `y` in the data has elements of type complex"
    )
    assert errors(bind, schools, {"y": [object()]})[0].startswith("G0603")
    assert errors(bind, schools, {1: 2})[0].startswith("G0641: the data has the key 1")


def test_python_arrays_of_all_kinds(model) -> None:
    import pandas as pd

    program = model.program(["a"], ["x[a] : real", "n[a] : int", "b[a] : bool", "z[a] : real?"])
    bound = bind(
        program,
        {
            "x": np.array([1, 2], dtype=np.float32),
            "n": np.array([1, 2], dtype=np.uint8),
            "b": pd.Series([True, False]),
            "z": np.ma.masked_array([1.0, 2.0], mask=[False, True]),
        },
    )
    assert [bound.arrays[n].dtype.str for n in ("x", "n", "b", "z")] == ["<f8", "<i8", "|b1", "<f8"]
    assert bound.missing["z"].tolist() == [False, True]
