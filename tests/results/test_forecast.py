"""New positions of an ordered dimension go on from the fit's last one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import gendsl

WALK = """\
model walk {
  dim day : ordered
  data y[day] : real
  slope ~ Normal(0, 1)
  x[day = first] ~ Normal(0, 10)
  x[day] ~ Normal(x[day - 1], 0.01)
  y[day] ~ Normal(x, 0.5)
  predict trend[day] = pos(day) + 0 * slope
}
"""
DAYS = list(range(1, 9))


@pytest.fixture(scope="module")
def fit() -> gendsl.Fit:
    data = {"day": DAYS, "y": [98.0] * len(DAYS)}
    return gendsl.compile(WALK).infer(data, chains=1, warmup=100, draws=50)


def test_a_walk_goes_on_from_its_last_value(fit: gendsl.Fit) -> None:
    ahead = fit.predict({"day": [9, 10]})
    assert ahead.predictions["y"].day.values.tolist() == [9, 10]
    assert ahead.predictions["trend"].values[0, 0].tolist() == [8, 9]
    last = fit.posterior["x"].sel(day=8).values
    # a step has sd 0.01: ten of them are never left; from the prior they are off by about 10
    assert np.abs(ahead.posterior["x"].sel(day=9).values - last).max() < 0.1
    assert ahead.notes == ()


def test_the_fits_positions_may_be_given_too(fit: gendsl.Fit) -> None:
    alone = fit.predict({"day": [9, 10]}, seed=3).posterior["x"]
    beside = fit.predict({"day": [*DAYS, 9, 10]}, seed=3).posterior["x"]
    np.testing.assert_array_equal(alone.values, beside.sel(day=[9, 10]).values)


def test_a_table_of_labels_alone_lists_the_members(fit: gendsl.Fit, tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    path.write_text("day\n9\n10\n")
    ahead = fit.predict(path).predictions["y"]
    np.testing.assert_array_equal(ahead.values, fit.predict({"day": [9, 10]}).predictions["y"])


def test_positions_before_the_fits_are_refused(fit: gendsl.Fit) -> None:
    with pytest.raises(gendsl.DiagnosticError, match=r"G0707.*does not come after `8`"):
        fit.predict({"day": [0, 9]})


def test_members_that_nothing_runs_along_need_no_order() -> None:
    model = gendsl.compile(
        "model m {\n  dim dose : ordered\n  data y[dose] : real\n  mu ~ Normal(0, 1)\n"
        "  y[dose] ~ Normal(mu, 1)\n}"
    )
    fit = model.infer({"dose": [1, 2], "y": [0.0, 1.0]}, chains=1, warmup=50, draws=10)
    assert fit.predict({"dose": [0, 1]}).predictions["y"].shape == (1, 10, 2)
