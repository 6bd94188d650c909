"""Positions and labels that a model names, against what the data have."""

import pytest

from gendsl.data import bind
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.diagnostics.source import Source
from gendsl.pipeline import front

MODEL = """model m {{
  dim row : ordered
  data y[row] : real
  mu ~ Normal(0, 1)
  z = {expression}
  y[row] ~ Normal(mu + z, 1)
}}
"""


def bound(expression: str, **data: object) -> object:
    program, _ = front(Source("m.gen", MODEL.format(expression=expression)))
    return bind(program, {"y": [1.0, 2.0, 3.0], **data})


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("y[row = 3]", "`row` has no position 3"),
        ("sum[row](y[row = pos(row) - 1])", "a computed position along `row` is -1"),
        ("sum[row](y[row = pos(row) + 1])", "a computed position along `row` is 3"),
        ('y["c"]', '`row` has no member "c"'),
    ],
)
def test_a_position_that_is_not_there_is_an_error(expression: str, message: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        bound(expression, row=["a", "b", "d"])
    (found,) = caught.value.diagnostics
    assert (found.code, found.message) == ("G0627", message)
    assert found.span is not None and found.span.line == 5


@pytest.mark.parametrize(
    "expression",
    [
        "y[row = 2]",
        "y[row = last]",
        'y["d"]',
        "sum[row](if(pos(row) > 0, y[row = pos(row) - 1], 0))",
    ],
)
def test_positions_that_are_there_or_guarded_pass(expression: str) -> None:
    bound(expression, row=["a", "b", "d"])


CUTPOINTS = """model m {{
  dim row
  dim rating = {{low, mid, high}}
  dim cut = {size}
  data y[row] : rating
  c[cut] : ordered ~ Normal(0, 5)
  y[row] ~ OrderedLogistic(0, c)
}}
"""


def test_the_number_of_cutpoints_follows_from_the_categories() -> None:
    data = {"y": ["low", "mid", "high"]}
    right, _ = front(Source("m.gen", CUTPOINTS.format(size="size(rating) - 1")))
    assert bind(right, data).sizes["cut"] == 2
    wrong, _ = front(Source("m.gen", CUTPOINTS.format(size="3")))
    with pytest.raises(DiagnosticError) as caught:
        bind(wrong, data)
    (found,) = caught.value.diagnostics
    assert found.code == "G0627" and found.help == "declare `dim cut = size(rating) - 1`"
