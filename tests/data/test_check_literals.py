"""Array literals of a model against the sizes that the data give."""

import numpy as np
import pytest

from gendsl.data import bind
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.diagnostics.source import Source
from gendsl.pipeline import front

MODEL = """model m {
  dim row, k
  data x[row] : real < [9, 9, 9]
  data w[k] : real
  g ~ Beta(1, 1)
  m[row, k] = if(x > 0, [g, 1 - g], [0.5, 0.5]) + 0 * sum[k](w)
  x[row] ~ Normal(m @ [1, 1], 1)
}
"""


def bound(rows: int, members: int) -> object:
    program, _ = front(Source("m.gen", MODEL))
    return bind(program, {"x": np.ones(rows), "w": np.ones(members)})


def test_a_literal_has_an_entry_for_each_member() -> None:
    bound(3, 2)


@pytest.mark.parametrize(
    ("rows", "members", "found"),
    [
        (4, 2, ["the array literal has 3 entries, `row` has 4 members"]),
        (3, 3, ["the array literal has 2 entries, `k` has 3 members"] * 3),
    ],
)
def test_others_are_errors_with_a_place(rows: int, members: int, found: list[str]) -> None:
    with pytest.raises(DiagnosticError) as caught:
        bound(rows, members)
    problems = caught.value.diagnostics
    assert [(p.code, p.message) for p in problems] == [("G0219", message) for message in found]
    assert all(p.span is not None and p.span.text[0] == "[" for p in problems)
