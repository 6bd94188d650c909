# ruff: noqa: E501 — whole messages
"""Entries, bounds and joint types."""

from __future__ import annotations

import numpy as np
import pytest

from gendsl.data import bind
from gendsl.data.joint import example, fault_of
from gendsl.distributions.support import SupportKind, event_ranks
from gendsl.ir.expr import Const, Op, Ref
from gendsl.ir.types import INT

INF = float("inf")


@pytest.mark.parametrize(
    ("kind", "values", "made"),
    [
        ("real", [1, 2], [1.0, 2.0]),
        ("real", [True, False], [1.0, 0.0]),
        ("int", [3.0, 2.0], [3, 2]),
        ("int", [True, False], [1, 0]),
        ("bool", [1, 0], [True, False]),
        ("bool", [True, False], [True, False]),
    ],
)
def test_what_a_kind_takes(model, kind: str, values: list[object], made: list[object]) -> None:
    bound = bind(model.program(["a"], [f"x[a] : {kind}"]), {"x": values})
    found = bound.arrays["x"]
    assert found.tolist() == made and found.dtype == np.array(made).dtype


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        ("real", [1, "3.5"], 'G0620: `x[1]` is the text "3.5" | write the number without quotes'),
        ("real", [1, "abc"], 'G0620: `x[1]` is the text "abc"'),
        ("real", [1, True], "G0620: `x[1]` is true, among numbers | write 1 for true and 0 for false"),
        ("real", [1, None], "G0621: `x[1]` is missing | leave the row out, or declare `real?` and say how it is distributed: `x[a] ~ ...`"),
        ("real", [1, float("nan")], "G0621: `x[1]` is missing | leave the row out, or declare `real?` and say how it is distributed: `x[a] ~ ...`"),
        ("real", [1, 10**400], None),
        ("int", [1, 2.5], "G0620: `x[1]` is 2.5, which is not a whole number"),
        ("int", [1, 2**53 + 1], None),
        ("int", [1, 1e300], None),
        ("int", [1, INF], "G0620: `x[1]` is inf, which is not a whole number | whole numbers are finite: declare it `real`, with a bound that is infinite too: `real <= inf`"),
        ("bool", [1, 2], "G0620: `x[1]` is 2, neither true nor false"),
        ("real", [1, INF], "G0622: `x[1]` is inf | infinite values are refused: correct the entry or leave its row out; if infinity is meant, declare `real <= inf`"),
    ],
)  # fmt: skip
def test_what_a_kind_refuses(model, errors, kind, values, message) -> None:
    (found,) = errors(bind, model.program(["a"], [f"x[a] : {kind}"]), {"x": values})
    assert found == message or (message is None and found.startswith("G0623"))


def test_missing_values_have_a_mask_and_stay_inside(model) -> None:
    program = model.program(
        ["a"],
        [
            model.data("x[a] : real?", lower=2),
            model.data("y[a] : real?", lower=0, upper=1),
            model.data("n[a] : int?", lower=0, strict=(True, False)),
            "z[a] : int?",
        ],
    )
    values = [None, 5]
    bound = bind(program, {"x": values, "y": [None, 0.1], "n": values, "z": values})
    assert {n: m.tolist() for n, m in bound.missing.items()} == {n: [True, False] for n in "xynz"}
    assert [bound.arrays[n][0] for n in "xynz"] == [3.0, 0.5, 1, 0]
    assert [bound.arrays[n][1] for n in "xynz"] == [5.0, 0.1, 5, 5]


def test_bounds_name_entry_label_and_count(model, errors) -> None:
    program = model.program(["s"], [model.data("x[s] : real", lower=0, strict=(True, False))])
    assert errors(bind, program, {"x": [1, -2, 0], "s": ["A", "B", "C"]}) == [
        'G0624: `x[s = "B"]` (position 1) is -2, but must be greater than 0'
    ]


def test_bounds_by_entry(model, errors) -> None:
    n = Ref("n", ("a", "b"), INT)
    program = model.program(
        ["a", "b"], ["n[a, b] : int", model.data("k[b, a] : int", lower=0, upper=n)]
    )
    data = {"n": [[1, 2], [3, 4]], "k": [[1, 3], [2, 4]]}
    assert bind(program, data).arrays["k"].tolist() == data["k"]
    assert errors(bind, program, {**data, "k": [[1, 3], [3, 4]]}) == [
        "G0624: `k[1, 0]` is 3, but must be at most 2"
    ]


def test_bounds_by_expression_of_absent_data_are_not_checked(model) -> None:
    bound = Op("+", (Ref("n", ("a",), INT), Const(1, INT)), ("a",), INT)
    program = model.program(["a"], ["n[a] : int", model.data("k[a] : int", upper=bound)])
    assert bind(program, {"k": [9]}, optional=frozenset({"n"})).arrays["k"].tolist() == [9]


def test_infinite_where_the_bound_is(model, errors) -> None:
    program = model.program(["a"], [model.data("x[a] : real", upper=INF)])
    assert bind(program, {"x": [1, "inf"]}).arrays["x"].tolist() == [1, INF]
    assert errors(bind, program, {"x": [1, -INF]})[0].startswith("G0622: `x[1]` is -inf")


GOOD = {
    SupportKind.SIMPLEX: [0.333333, 0.333333, 0.333334],
    SupportKind.ORDERED: [-1.0, 0.0, 2.0],
    SupportKind.POSITIVE_ORDERED: [0.5, 1.0, 2.0],
    SupportKind.SUM_TO_ZERO: [-1.0, 0.25, 0.75],
    SupportKind.UNIT_VECTOR: [0.6, 0.0, 0.8],
    SupportKind.CORR: [[1.0, 0.5], [0.5, 1.0]],
    SupportKind.CHOLESKY_CORR: [[1.0, 0.0], [0.6, 0.8]],
    SupportKind.COV: [[2.0, 0.5], [0.5, 1.0]],
}
BAD = [
    (SupportKind.SIMPLEX, [0.5, 0.6], "sums to 1.1, not 1"),
    (SupportKind.SIMPLEX, [-0.5, 1.5], "has the negative entry -0.5"),
    (SupportKind.ORDERED, [1.0, 1.0], "does not rise from position 0 (1) to 1 (1)"),
    (SupportKind.POSITIVE_ORDERED, [-1.0, 1.0], "starts at -1, below 0"),
    (SupportKind.SUM_TO_ZERO, [1.0, 1.0], "sums to 2, not 0"),
    (SupportKind.UNIT_VECTOR, [1.0, 1.0], "has length 1.41421, not 1"),
    (SupportKind.CORR, [[2.0, 0.5], [0.5, 1.0]], "has a diagonal that is not 1"),
    (SupportKind.CORR, [[1.0, 2.0], [2.0, 1.0]], "is not positive definite"),
    (SupportKind.COV, [[1.0, 0.1], [0.5, 1.0]], "is not symmetric"),
    (SupportKind.COV, [[1.0, 0.1]], "is 1 x 2, not square"),
    (SupportKind.CHOLESKY_CORR, [[1.0, 0.5], [0.5, 1.0]], "has entries above its diagonal"),
    (SupportKind.CHOLESKY_CORR, [[1.0, 0.0], [0.5, 0.5]], "has row 1 of length 0.707107, not 1"),
    (SupportKind.CHOLESKY_CORR, [[1.0, 0.0], [1.0, 0.0]], "has an entry on its diagonal that is not positive"),
]  # fmt: skip


def test_every_joint_kind_has_an_example() -> None:
    assert set(GOOD) == set(event_ranks)
    for support, value in GOOD.items():
        assert fault_of(support, np.array(value)) is None
        made = example(support, np.shape(value))
        assert fault_of(support, made) is None, support


@pytest.mark.parametrize(("support", "value", "reason"), BAD)
def test_joint_faults(support, value, reason) -> None:
    assert fault_of(support, np.array(value)) == reason


def test_joint_types_name_the_entry(model, errors) -> None:
    program = model.program(
        ["row", "k"], [model.data("p[row, k] : real", support=SupportKind.SIMPLEX)]
    )
    assert errors(bind, program, {"p": [[0.5, 0.5], [0.5, 0.6]]}) == [
        "G0625: `p[1]` is not `simplex`: it sums to 1.1, not 1"
    ]
