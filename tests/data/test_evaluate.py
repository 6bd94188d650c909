"""Host evaluation: every kind of expression, axes aligned by name."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gendsl.data.evaluate import Environment, EvaluationError, align, broadcast, evaluate
from gendsl.data.host_functions import CUMULATIONS, ELEMENTWISE, REDUCTIONS
from gendsl.ir.expr import (
    ArrayCall,
    Const,
    ConstArray,
    Contract,
    Coordinate,
    Cumulate,
    End,
    Gather,
    IndexOf,
    LabelOf,
    LabelPosition,
    Op,
    Pick,
    Reduce,
    Ref,
    Shift,
    Size,
)
from gendsl.ir.functions import DIM_FUNCTIONS, FUNCTIONS
from gendsl.ir.types import BOOL, INT, REAL, index_into

A, B, C = 2, 3, 4
rng = np.random.default_rng(0)
AB, BA, BB = rng.normal(size=(A, B)), rng.normal(size=(B, A)), rng.normal(size=(B, B))
ENV = Environment(
    {
        "ab": AB,
        "ba": BA,
        "b": np.arange(B) * 1.0,
        "a_of": np.array([0, 1, 1, 0]),
        "b_of": np.array([2, 0, 1, 1]),
        "n": np.array([3, 1]),
        "s": BB @ BB.T + np.eye(B),
    },
    {"a": A, "b": B, "c": C, "b2": B},
    {"a": ("x", "y")},
)
ab, ba, b = Ref("ab", ("a", "b"), REAL), Ref("ba", ("b", "a"), REAL), Ref("b", ("b",), REAL)
n = Ref("n", ("a",), INT)


def test_align_transposes_and_inserts() -> None:
    assert align(AB, ("a", "b"), ("b", "c", "a")).shape == (B, 1, A)
    assert np.array_equal(broadcast(AB, ("a", "b"), ("b", "c", "a"), ENV)[:, 2, :], AB.T)


@given(st.permutations(["a", "b", "c"]), st.permutations(["a", "b", "c"]))
def test_align_puts_every_entry_by_name(source: list[str], target: list[str]) -> None:
    sizes = {"a": 2, "b": 3, "c": 4}
    value = np.arange(24).reshape([sizes[d] for d in source])
    aligned = align(value, tuple(source), tuple(target))
    for at in np.ndindex(*aligned.shape):
        by_name = dict(zip(target, at, strict=True))
        assert aligned[at] == value[tuple(by_name[d] for d in source)]


def test_operations_align_by_name() -> None:
    assert np.array_equal(evaluate(Op("+", (ab, ba), ("a", "b"), REAL), ENV), AB + BA.T)
    assert np.array_equal(evaluate(Op("-", (ab, ba), ("b", "a"), REAL), ENV), AB.T - BA)
    assert np.array_equal(
        evaluate(Op("*", (b, n), ("b", "a"), REAL), ENV), np.outer([0, 1, 2], [3, 1])
    )


def test_constants_sizes_positions() -> None:
    assert evaluate(Const(2, INT), ENV) == 2
    assert evaluate(Size("c"), ENV) == 4
    assert evaluate(Coordinate("b"), ENV).tolist() == [0, 1, 2]
    assert evaluate(IndexOf("b", "b2"), ENV).tolist() == [0, 1, 2]
    assert evaluate(LabelOf("a", "y"), ENV) == 1
    literal = ConstArray((Const(5, INT), Const(7, INT)), ("a",), INT)
    assert evaluate(literal, ENV).tolist() == [5, 7]
    rows = ConstArray((b, Op("neg", (b,), ("b",), REAL)), ("b", "a"), REAL)
    assert evaluate(rows, ENV).tolist() == [[0, 0], [1, -1], [2, -2]]


def test_reductions() -> None:
    assert np.allclose(evaluate(Reduce("sum", ("a",), ab, ("b",), REAL), ENV), AB.sum(0))
    assert np.allclose(evaluate(Reduce("sd", ("b",), ba, ("a",), REAL), ENV), BA.std(0, ddof=1))
    assert np.allclose(evaluate(Reduce("mean", ("b", "a"), ab, (), REAL), ENV), AB.mean())
    assert (
        evaluate(Reduce("sum", ("b",), Op(">", (b, Const(0, INT)), ("b",), BOOL), (), INT), ENV)
        == 2
    )
    assert np.allclose(evaluate(Cumulate("cumsum", "b", ab, ("b", "a"), REAL), ENV), AB.cumsum(1).T)
    assert np.allclose(evaluate(Cumulate("softmax", "a", ab, ("a", "b"), REAL), ENV).sum(0), 1)


def test_contraction() -> None:
    assert np.allclose(evaluate(Contract(ba, b, "b", ("a",)), ENV), BA.T @ [0, 1, 2])
    other = Ref("s", ("b", "c"), REAL)
    env = Environment({**ENV.arrays, "s": np.ones((B, C))}, ENV.sizes)
    assert np.allclose(
        evaluate(Contract(ab, other, "b", ("c", "a")), env), (AB @ np.ones((B, C))).T
    )


def test_gathers() -> None:
    a_of, b_of = Ref("a_of", ("c",), index_into("a")), Ref("b_of", ("c",), index_into("b"))
    assert np.array_equal(
        evaluate(Gather(ab, (("a", a_of),), ("c", "b"), REAL), ENV), AB[[0, 1, 1, 0]]
    )
    assert np.array_equal(
        evaluate(Gather(ab, (("a", a_of),), ("b", "c"), REAL), ENV), AB[[0, 1, 1, 0]].T
    )
    both = Gather(ba, (("b", b_of), ("a", a_of)), ("c",), REAL)
    assert np.array_equal(evaluate(both, ENV), BA[[2, 0, 1, 1], [0, 1, 1, 0]])
    wrong = Gather(ab, (("a", b_of),), ("c", "b"), REAL)
    with pytest.raises(EvaluationError, match="out of range"):
        evaluate(wrong, ENV)


def test_picks_and_shifts() -> None:
    assert np.array_equal(evaluate(Pick(ab, "a", 1, ("b",), REAL), ENV), AB[1])
    assert np.array_equal(evaluate(Pick(ab, "b", End.LAST, ("a",), REAL), ENV), AB[:, -1])
    assert np.array_equal(evaluate(Pick(ab, "b", End.FIRST, ("a",), REAL), ENV), AB[:, 0])
    assert np.array_equal(evaluate(Pick(ab, "a", LabelPosition("y"), ("b",), REAL), ENV), AB[1])
    with pytest.raises(EvaluationError, match='no member "z"'):
        evaluate(Pick(ab, "a", LabelPosition("z"), ("b",), REAL), ENV)
    with pytest.raises(EvaluationError, match="no position 2"):
        evaluate(Pick(ab, "a", 2, ("b",), REAL), ENV)
    shifted = evaluate(Shift(b, "b", 1, ("b",), REAL), ENV)
    assert np.isnan(shifted[0]) and shifted[1:].tolist() == [0, 1]
    assert evaluate(Shift(n, "a", -1, ("a",), INT), ENV).tolist() == [1, 1]


def test_array_functions() -> None:
    s = Ref("s", ("b", "b2"), REAL)
    root = evaluate(ArrayCall("cholesky", (s,), (("b", "b2"),), ("b", "b2"), ("b", "b2")), ENV)
    assert np.allclose(root @ root.T, ENV.arrays["s"])
    core = (("b", "b2"), ("b",))
    solved = evaluate(ArrayCall("solve", (s, b), core, ("b",), ("b", "b2")), ENV)
    assert np.allclose(ENV.arrays["s"] @ solved, [0, 1, 2])
    with pytest.raises(EvaluationError, match="not computed from data alone"):
        evaluate(ArrayCall("nothing", (s,), (("b", "b2"),), (), ("b", "b2")), ENV)


def test_what_is_not_known() -> None:
    with pytest.raises(EvaluationError, match="`z` is not known"):
        evaluate(Ref("z", (), REAL), ENV)
    with pytest.raises(EvaluationError, match="size of `z`"):
        evaluate(Size("z"), ENV)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_has_a_host_spelling(name: str) -> None:
    row = FUNCTIONS[name]
    assert row.numpy in ELEMENTWISE
    low, high = row.domain
    values = [min(max(0.25 * (3 - i), low + 0.1), high - 0.1) for i in range(row.arity[0])]
    arguments = tuple(Const(value, REAL) for value in values)
    assert np.isfinite(evaluate(Op(name, arguments, (), REAL), ENV))


def test_every_dimension_function_has_a_host_spelling() -> None:
    for name, row in DIM_FUNCTIONS.items():
        assert name in (CUMULATIONS if row.keeps else REDUCTIONS)


def test_powers_of_integers_stay_exact() -> None:
    assert evaluate(Op("^", (Const(3, INT), Const(4, INT)), (), INT), ENV) == 81
    assert evaluate(Op("^", (Const(2, INT), Const(-1, INT)), (), INT), ENV) == 0.5
