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


SERIES = """model m {{
  dim year : ordered
  dim gap = size(year) - 1
  data y[year] : real
  data u[year] : real
  data seen[year] : bool
  g[gap] ~ Normal(0, 1)
{statements}
}}
"""
X = "  x[year = first] = 0\n  x[year] = x[year - 1] + "
Y = "\n  y[year] ~ Normal(x, 1)"


def bound_series(statements: str) -> object:
    program, _ = front(Source("m.gen", SERIES.format(statements=statements)))
    return bind(program, {"y": [1.0, 2.0, 3.0], "u": [0.5, 0.7, 0.9], "seen": [0, 1, 1]})


@pytest.mark.parametrize(
    "statements",
    [
        f"{X}g[gap = pos(year) - 1]{Y}",
        f"{X}sum[gap](g * g[gap = pos(gap)]) + g[gap = pos(year) - 1]{Y}",
        "  x[year < 2] = 0\n  x[year] = x[year - 1] + (u[year = pos(year) - 1])[year - 1]" + Y,
        "  y[year] ~ Normal(y[year - 1] + g[gap = pos(year) - 1], 1)",
        "  y[year] ~ Normal(g[gap = pos(year) - 1], 1) where seen",
        "  y[year >= 1] ~ Normal(g[gap = pos(year) - 1], 1)",
    ],
)
def test_positions_need_only_be_there_where_the_statement_holds(statements: str) -> None:
    bound_series(statements)


@pytest.mark.parametrize(
    ("statements", "worst"),
    [
        (f"{X}g[gap = pos(year) - 2]{Y}", -1),
        (f"{X}g[gap = pos(year)]{Y}", 2),
        ("  x[year = first] = g[gap = pos(year) - 1]\n  x[year] = x[year - 1]" + Y, -1),
        ("  x[year < 2] = 0\n  x[year] = (u[year = pos(year) - 2])[year - 1]" + Y, -1),
        (f"{X}cumsum[year](g[gap = pos(year) - 1]){Y}", -1),
        (f"{X}sum[year](g[gap = pos(year) - 1]){Y}", -1),
        ("  y[year] ~ Normal(g[gap = pos(year) - 2], 1) where seen", -1),
        ("  y[year] ~ Normal(g[gap = pos(year) - 1], 1)", -1),
    ],
)
def test_positions_must_be_there_where_it_holds(statements: str, worst: int) -> None:
    with pytest.raises(DiagnosticError) as caught:
        bound_series(statements)
    (found,) = caught.value.diagnostics
    along = "year" if "u[" in statements else "gap"
    assert found.message == f"a computed position along `{along}` is {worst}"


def test_labels_are_checked_though_a_condition_is_not_known() -> None:
    with pytest.raises(DiagnosticError) as caught:
        bound_series("  y[year] ~ Normal(u[year = 7], 1) where g[gap = 0] > 0")
    assert [d.message for d in caught.value.diagnostics] == ["`year` has no position 7"]


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
