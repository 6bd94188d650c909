"""What `simulate` and `log_density` do with data and values that they can't take as they are."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import gendsl

AR = """\
model ar {
  dim time : ordered
  data y[time] : real
  phi ~ Normal(0, 0.1)
  y[time] ~ Normal(phi * y[time - 1], 1)
}
"""
SURVIVAL = """\
model survival {
  dim row
  data time[row] : real > 0
  data event[row] : bool
  scale ~ LogNormal(0, 1)
  time[row] ~ Censored(Weibull(1, scale), upper = if(event, inf, time))
}
"""
COUNTS = """\
model counts {
  dim row
  data y[row] : int >= 0
  a ~ Normal(0, 1)
  y[row] ~ Poisson(a)
}
"""
SUMMED = """\
model summed {
  dim area, part
  data part_of[area] : part
  phi[area] ~ Flat()
  observe sum[area by part_of](phi) ~ Normal(0, 0.001)
}
"""


def test_a_series_is_drawn_from_its_given_start() -> None:
    drawn = gendsl.compile(AR).simulate({"y": [50.0, 0.0, 0.0]}, draws=20)
    y = drawn["prior_predictive"]["y"].values[0]
    assert (y[:, 0] == 50).all() and np.unique(y[:, 1]).size == 20


def test_a_series_without_a_start_is_refused() -> None:
    with pytest.raises(gendsl.DiagnosticError, match="its first entry is conditioned on"):
        gendsl.compile(AR).simulate(sizes={"time": 3}, draws=2)


def test_data_on_their_own_right_side_are_not_taken_as_0() -> None:
    with pytest.raises(gendsl.DiagnosticError, match="reads the entries that it draws"):
        gendsl.compile(SURVIVAL).simulate(sizes={"row": 3}, draws=2)


def test_counts_below_0_are_refused() -> None:
    with pytest.raises(gendsl.DiagnosticError, match=r"`y` can't be simulated: in .* of 50 draws"):
        gendsl.compile(COUNTS).simulate(sizes={"row": 3}, draws=50)


def test_data_of_a_scored_expression_are_not_what_is_lacking() -> None:
    with pytest.raises(gendsl.DiagnosticError, match="`phi` can't be simulated"):
        gendsl.compile(SUMMED).simulate({"part_of": [0, 0, 1]}, draws=2)


def test_values_outside_their_support_are_named() -> None:
    model = gendsl.compile(AR.replace("phi ~ Normal(0, 0.1)", "phi ~ HalfNormal(1)"))
    with pytest.raises(ValueError, match="`phi` is outside its support: it must be more than 0"):
        model.log_density({"phi": -0.1}, {"y": [1.0, 2.0]})


def test_inferred_missing_entries_have_values() -> None:
    model = gendsl.compile(
        "model m {\n  dim row\n  data x[row] : real?\n  data y[row] : real\n  mu ~ Normal(0, 1)\n"
        "  x[row] ~ Normal(mu, 1)\n  y[row] ~ Normal(x, 2)\n}"
    )
    data = {"x": [1.0, float("nan")], "y": [0.5, 1.5]}
    with pytest.raises(ValueError, match=r"x\.missing \(an array of the 1 missing entry of x"):
        model.log_density({"mu": 0.0}, data)
    with pytest.raises(ValueError, match="shape"):
        model.log_density({"mu": 0.0, "x.missing": [1.0, 2.0]}, data)
    found = model.log_density({"mu": 0.0, "x.missing": [0.3]}, data)
    x = np.array([1.0, 0.3])
    wanted = stats.norm.logpdf(x).sum() + stats.norm.logpdf(0)
    assert found == pytest.approx(wanted + stats.norm.logpdf(data["y"], x, 2).sum(), rel=1e-12)
