"""Random functions at more points than the exact solver can hold."""

import numpy as np
import pytest

from gendsl.data import bind
from gendsl.data.check_numbers_of_points import are_points_few_enough
from gendsl.data.evaluate import Environment
from gendsl.data.problems import Problems
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.diagnostics.source import Source
from gendsl.pipeline import front

MODEL = """model m {
  dim row, grid
  data x[row] : real
  data y[row] : real
  data g[grid] : real
  s ~ HalfNormal(1)
  f ~ GP(kernel = RBF(1))
  y[row] ~ Normal(f(x), s)
  predict curve[grid] = f(g)
}
"""


def bound(rows: int, grid: int):
    program, _ = front(Source("m.gen", MODEL))
    x = np.linspace(0, 1, rows)
    return bind(program, {"x": x, "y": x, "g": np.linspace(0, 1, grid)})


@pytest.mark.parametrize(("rows", "grid"), [(100_000, 3), (3, 100_000)])
def test_a_hundred_thousand_points_are_refused_before_the_work_starts(rows, grid) -> None:
    with pytest.raises(DiagnosticError) as failure:
        bound(rows, grid)
    (found,) = failure.value.diagnostics
    assert found.code == "G0839" and "100000 points" in found.message and "75 GiB" in found.message
    assert found.span is not None and found.span.text.startswith("GP(kernel")
    assert found.help


def test_what_memory_holds_is_taken() -> None:
    program, _ = front(Source("m.gen", MODEL))
    for count, is_fine in ((32_768, True), (32_769, False)):
        problems = Problems()
        env = Environment({}, {"row.twin": count}, {})
        assert are_points_few_enough(program, env, problems) == is_fine != bool(problems.errors)
    assert bound(5, 3).sizes["row"] == 5
