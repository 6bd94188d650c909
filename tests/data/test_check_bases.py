"""Spline bases against the knots that the data give."""

import pytest

from gendsl.data import bind
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.diagnostics.source import Source
from gendsl.pipeline import front

MODEL = """model m {
  dim row, knot
  dim basis%s
  data x[row] : real
  data y[row] : real
  data knots[knot] : real
  w[basis] ~ Normal(0, 1)
  y[row] ~ Normal(bspline[basis](x, knots, 2) @ w, 1)
}
"""


def bound(size: str, knots: list[float], **data: object) -> object:
    program, _ = front(Source("m.gen", MODEL % size))
    return bind(program, {"x": [0.0, 1.0], "y": [0.0, 1.0], "knots": knots, **data})


@pytest.mark.parametrize(
    ("size", "knots", "message"),
    [
        (" = 4", [0.0, 1.0, 2.0, 3.0], "4 knots and degree 2 make 5 splines, `basis` has 4"),
        (" = size(knot) + 1", [0.0, 2.0, 1.0], "the knots of a spline are two or more"),
        (" = size(knot) + 1", [0.0, 1.0, 1.0], "the knots of a spline are two or more"),
    ],
)
def test_a_basis_that_does_not_fit_its_knots(size, knots, message):
    with pytest.raises(DiagnosticError) as caught:
        bound(size, knots)
    (found,) = caught.value.diagnostics
    assert found.code == "G0243" and found.message.startswith(message)
    assert found.span is not None and found.span.line == 8


def test_a_basis_whose_size_follows_from_the_knots():
    assert bound(" = size(knot) + 1", [0.0, 0.5, 2.0])
