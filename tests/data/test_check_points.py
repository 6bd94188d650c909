"""Points of random functions that start at 0, against the data."""

import pytest

from gendsl.data import bind
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.diagnostics.source import Source
from gendsl.pipeline import front

MODEL = """model m {
  dim row
  data t[row] : real
  data y[row] : real
  s ~ HalfNormal(1)
  f ~ GP(kernel = s^2 * (Wiener(1) + Constant(1)))
  y[row] ~ Normal(f(t - 1), s)
}
"""


def test_no_point_is_before_the_start() -> None:
    program, _ = front(Source("m.gen", MODEL))
    bind(program, {"t": [1.0, 2.0], "y": [0.0, 0.0]})
    with pytest.raises(DiagnosticError) as failure:
        bind(program, {"t": [0.5, 2.0], "y": [0.0, 0.0]})
    (found,) = failure.value.diagnostics
    assert found.code == "G0632" and "called at -0.5" in found.message
    assert found.span is not None and found.span.text == "t - 1"
    bind(front(Source("m.gen", MODEL.replace("Wiener(1)", "RBF(1)")))[0], {"t": [0.5], "y": [0.0]})
