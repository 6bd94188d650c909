"""What is said of infinite values among whole numbers, and where they are welcome."""

import numpy as np
import pytest

from gendsl.data import bind
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.diagnostics.source import Source
from gendsl.pipeline import front

MODEL = """model m {{
  dim row
  data limit[row] : {type} <= inf
  data y[row] : real
  y[row] ~ Normal(if(y < limit, 0, 1), 1)
}}
"""


def bound(type: str) -> object:
    program, _ = front(Source("m.gen", MODEL.format(type=type)))
    return bind(program, {"limit": [3.0, np.inf], "y": [1.0, 2.0]}).arrays["limit"]


def test_whole_numbers_are_finite_and_the_way_out_is_said() -> None:
    with pytest.raises(DiagnosticError) as caught:
        bound("int")
    (found,) = caught.value.diagnostics
    assert found.code == "G0620"
    assert found.help is not None and "`real <= inf`" in found.help


def test_the_way_out_works() -> None:
    np.testing.assert_array_equal(bound("real"), [3, np.inf])
