"""Reductions by group: densities by hand, empty groups, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import gendsl
from gendsl import DiagnosticError

MODEL = """
model grouped {
  dim row, col, group
  data group_of[row] : group
  data x[row, col] : real
  data total[group, col] : real
  data count[group] : real
  b ~ Normal(0, 1)
  total[group, col] ~ Normal(sum[row by group_of](exp(b * x)), 2)
  count[group] ~ Normal(sum[row by group_of](b), 1)
  factor max[row by group_of](b * x[col = 0])
}
"""


def _data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    group_of = np.array([0, 2, 1, 2, 2, 0, 3])
    return {
        "group_of": group_of,
        "x": rng.normal(size=(7, 2)),
        "total": rng.normal(size=(4, 2)),
        "count": rng.normal(size=4),
    }


def test_a_density_with_sums_by_group_is_that_of_loops_by_hand() -> None:
    data = _data(np.random.default_rng(1))
    b, x, of = 0.4, data["x"], data["group_of"]
    by_hand = stats.norm.logpdf(b)
    for group in range(4):
        rows = x[of == group]
        by_hand += stats.norm.logpdf(data["total"][group], np.exp(b * rows).sum(axis=0), 2).sum()
        by_hand += stats.norm.logpdf(data["count"][group], b * len(rows))
        by_hand += (b * rows[:, 0]).max()
    model = gendsl.compile(MODEL)
    assert model.log_density({"b": b}, data) == pytest.approx(by_hand, rel=1e-12)


def test_bounds_by_group_are_checked_on_load_and_empty_groups_have_none() -> None:
    text = """
    model bounded {
      dim row
      dim group = 3
      data group_of[row] : group
      data x[row] : real
      data top[group] : real >= max[row by group_of](x)
      m ~ Normal(0, 1)
      x[row] ~ Normal(m, 1)
    }
    """
    model = gendsl.compile(text)
    data = {"group_of": [0, 0, 1], "x": [1.0, 2.0, 5.0], "top": [2.0, 6.0, -7.0]}
    model.bind(data)  # the third group has no rows, so nothing bounds it
    with pytest.raises(DiagnosticError, match="top"):
        model.bind({**data, "top": [1.9, 6.0, 0.0]})


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("sum[row by x](x)", "can't be grouped by this"),
        ("sum[row by twin_of](D)", "has the dimension `peer` already"),
        ("sd[row by twin_of](x)", "by group there are"),
        ("sum[row by twin_of, peer](D)", "takes one dimension"),
        ("x[row by twin_of]", "cannot index"),
    ],
)
def test_what_cannot_be_grouped_is_said(expression: str, said: str) -> None:
    text = f"""
    model wrong {{
      dim row
      dim peer = 4
      data x[row] : real
      data D[row, peer] : real
      data twin_of[row] : peer
      m ~ Normal(0, 1)
      q[peer] = m * {expression}
      x[row] ~ Normal(q[twin_of], 1)
    }}
    """
    with pytest.raises(DiagnosticError, match="(?s)" + said.replace("[", r"\[")):
        gendsl.compile(text)
