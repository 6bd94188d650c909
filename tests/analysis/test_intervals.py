"""Interval arithmetic: every value that an expression takes lies inside its interval."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gendsl.analysis.intervals import EVERYTHING, Interval, interval, intervals
from gendsl.data.evaluate import Environment, evaluate
from gendsl.ir.expr import Op, Ref
from gendsl.ir.functions import FUNCTIONS
from gendsl.ir.types import REAL

MODEL = """\
dim time : ordered
dim k = 3
data y[time] : real
data c : 2 < real < 5
data n : int >= 3
data flag : bool
mu ~ Normal(0, 1)
s ~ HalfNormal(1)
p ~ Beta(1, 1)
w[k] ~ Dirichlet(1)
t : real < 7 ~ Normal(0, 1)
"""


@pytest.mark.parametrize(
    ("expression", "low", "high"),
    [
        ("c", 2, 5),
        ("n", 3, math.inf),
        ("flag", 0, 1),
        ("mu", -math.inf, math.inf),
        ("s", 0, math.inf),
        ("p", 0, 1),
        ("t", -math.inf, 7),
        ("sum[k](w)", 0, math.inf),
        ("max[k](w)", 0, 1),
        ("c + 1", 3, 6),
        ("c - p", 1, 5),
        ("-c", -5, -2),
        ("c * c", 4, 25),
        ("c * -p", -5, 0),
        ("1 / c", 0.2, 0.5),
        ("1 / mu", -math.inf, math.inf),
        ("p / s", 0, math.inf),
        ("mu ^ 2", 0, math.inf),
        ("mu * mu", 0, math.inf),
        ("s ^ mu", 0, math.inf),
        ("p ^ n", 0, 1),
        ("inv_logit(mu) ^ s", 0, 1),
        ("p ^ mu", 0, math.inf),
        ("c ^ n", 0, math.inf),
        ("sum[k](cumsum[k](w) - w)", 0, math.inf),
        ("sum[time](cumsum[time](y) - y)", -math.inf, math.inf),
        ("abs(t)", 0, math.inf),
        ("abs(c - 10)", 5, 8),
        ("exp(p)", 1, math.e),
        ("log(c)", math.log(2), math.log(5)),
        ("sqrt(c)", math.sqrt(2), math.sqrt(5)),
        ("min(c, 3)", 2, 3),
        ("max(c, mu)", 2, math.inf),
        ("if(flag, c, p)", 0, 5),
        ("mu > 0", 0, 1),
        ("inv_logit(mu)", 0, 1),
        ("floor(c)", 1, 6),
        ("real(n)", 3, math.inf),
        ("sd[k](w)", 0, math.inf),
        ("mean[time](pos(time))", 0, math.inf),
        ("size(k)", 0, math.inf),
        ("w @ w", 0, math.inf),
        ("square(c)", 4, 25),
        ("log1p(p)", 0, math.log(2)),
        ("sum[k](cumsum[k](w))", 0, math.inf),
        ("lgamma(c)", -math.inf, math.inf),
    ],
)
def test_expressions(program, expression, low, high):
    found = intervals(program(f"{MODEL}r = {expression}"))["r"]
    assert found.low == pytest.approx(low)
    assert found.high == pytest.approx(high)


@pytest.mark.parametrize(
    ("statements", "low"),
    [
        ("v[time = first] = 1\nv[time] = 0.5 * v[time - 1] + y[time - 1]^2", 0),
        ("v[time = first] = 1\nv[time] = 0.5 * v[time - 1] + y[time - 1]", -math.inf),
        ("v[time = first] = -1\nv[time] = abs(v[time - 1])", -math.inf),
        ("v[time = first] ~ HalfNormal(1)\nv[time] ~ Gamma(2, 1 / v[time - 1])", 0),
        (
            "v[time = first] = 1\nu[time = first] = 1\n"
            "v[time] = u[time - 1] + 1\nu[time] = 2 * v[time - 1]",
            0,
        ),
        (
            "v[time = first] = 1\nu[time = first] = 1\n"
            "v[time] = u[time - 1] + 1\nu[time] = 2 * v[time - 1] - 3",
            -math.inf,
        ),
    ],
)
def test_recurrences(program, statements, low):
    assert intervals(program(MODEL + statements))["v"].low == low


@pytest.mark.parametrize(
    ("statements", "high"),
    [
        ("v[time = first] = p\nv[time] = p * v[time - 1]", 1),
        ("v[time = first] = p\nv[time] = p * inv_logit(mu)^n", 1),
        ("v[time = first] = p\nv[time] = p + v[time - 1]", math.inf),
        ("v[time = first] = c\nv[time] = p * v[time - 1]", math.inf),
        (
            "v[time = first] = p\nu[time = first] = c\n"
            "v[time] = p * u[time - 1]\nu[time] = 2 * v[time - 1]",
            math.inf,
        ),
    ],
)
def test_recurrences_of_probabilities(program, statements, high):
    found = intervals(program(MODEL + statements))["v"]
    assert (found.low, found.high) == (0, high)


numbers = st.floats(-4, 4)
pairs = st.tuples(numbers, numbers).map(sorted)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    ends=st.lists(pairs, min_size=3, max_size=3),
    parts=st.lists(st.floats(0, 1), min_size=3, max_size=3),
)
def test_values_lie_inside(name, ends, parts):
    arity = FUNCTIONS[name].arity[0]
    names = [f"x{i}" for i in range(arity)]
    known = {n: Interval(*e) for n, e in zip(names, ends, strict=False)}
    values = {n: a + (b - a) * p for n, (a, b), p in zip(names, ends, parts, strict=False)}
    expr = Op(name, tuple(Ref(n, (), REAL) for n in names), (), REAL)
    found = interval(expr, known)
    with np.errstate(all="ignore"):
        arrays = {n: np.asarray(v) for n, v in values.items()}
        value = float(evaluate(expr, Environment(arrays, {}, {})))
    if math.isfinite(value) and all(known[n].low <= v <= known[n].high for n, v in values.items()):
        assert found.low - 1e-9 <= value <= found.high + 1e-9


def test_nothing_is_known_of_a_name_that_is_not():
    assert interval(Ref("x", (), REAL), {}) == EVERYTHING
