"""Data that two statements score: what is certain from the text, and what only the data show."""

import pytest

from gendsl.data import bind
from gendsl.diagnostics.source import Source
from gendsl.pipeline import front

MODEL = """model m {{
  dim row : ordered
  dim col
  data y[row, col] : real?
  data a[row] : bool
  data b[col] : bool
  data m : int
  mu ~ Normal(0, 1)
{statements}
}}
"""
DATA = {
    "y": [[1.0, 2.0], [3.0, None], [5.0, 6.0]],
    "a": [True, True, False],
    "b": [False, True],
    "m": 2,
}


def said(statements: str) -> tuple[list[str], list[str]]:
    """What the linter says of scored data, and what is said once the data are there."""
    program, warnings = front(Source("m.gen", MODEL.format(statements=statements)))
    of_text = [d.message for d in warnings if d.code == "G0514"]
    found = [d for d in bind(program, DATA).notes if d.code == "G0514"]
    assert all(d.span is not None and len(d.secondary) == 1 and d.help for d in found)
    return of_text, [d.message for d in found]


ONE, OTHER = "y[row, col] ~ Normal(mu, 1)", "y[row, col] ~ Normal(mu, 2)"


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (f"{ONE}\n{OTHER}", "`y` is scored twice"),
        (f"{ONE} where a\n{OTHER}", "`y` is scored twice where `a` holds"),
        (f"{ONE}\n{OTHER} where not a", "`y` is scored twice where `not a` holds"),
        (f"{ONE} where a == b\n{OTHER} where a == b", "`y` is scored twice where `a == b` holds"),
        ("y[row < 2, col] ~ Normal(mu, 1)\ny[row <= 2, col] ~ Normal(0, 1)", "`y` is scored twice"),
    ],
)
def test_what_is_certain_is_said_by_the_linter(statements: str, message: str) -> None:
    assert said(statements) == ([message], [])


@pytest.mark.parametrize(
    ("statements", "count"),
    [
        (f"{ONE} where a\n{OTHER} where b", 1),  # entry [1, 1] is missing
        (f"{ONE} where a\n{OTHER} where not b", 2),
        (f"{ONE} where a\n{OTHER} where a or b", 3),
        ("y[row < m, col] ~ Normal(mu, 1)\ny[row <= 1, col] ~ Normal(0, 1)", 3),
        (f"y[row < m, col] ~ Normal(mu, 1) where b\n{OTHER} where a", 0),
        ("y[row < 2, col] ~ Normal(mu, 1)\n" + ONE, 0),
        ("y[row < m, col] ~ Normal(mu, 1)\n" + ONE, 0),
        (f"{ONE} where a\n{OTHER} where not a", 0),
        (f"{ONE} where not a\n{OTHER} where a", 0),
        (f"{ONE} where mu > 0\n{OTHER} where b", 0),  # not known from data
        (f"{ONE}\nobserve y ~ Normal(mu, 2)", 0),
        ("observe y ~ Normal(mu, 1)\nobserve y ~ Normal(mu, 2)", 0),
    ],
)
def test_entries_are_counted_where_only_the_data_show_them(statements: str, count: int) -> None:
    message = f"`y` is scored twice at {count} of its 6 entries"
    assert said(statements) == ([], [message] if count else [])


def test_data_that_are_drawn_are_not_counted() -> None:
    program, _ = front(Source("m.gen", MODEL.format(statements=f"{ONE} where a\n{OTHER} where b")))
    assert bind(program, DATA, mode="simulate").notes == ()
