"""Missing values in a fit and in its predictions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray
from numpy.typing import NDArray

import gendsl

AUTOREGRESSION = """\
model autoregression {
  dim month : ordered
  data y[month] : real?
  a ~ Normal(0, 0.5)
  b ~ Normal(0, 0.5)
  s ~ HalfNormal(1)
  y[month] ~ Normal(a * y[month - 1] + b * y[month - 2], s)
}
"""

GAPS = [1, 5, 9]


@pytest.fixture(scope="module")
def y() -> NDArray[np.float64]:
    values = np.random.default_rng(3).standard_normal(16)
    values[GAPS] = np.nan
    return values


@pytest.fixture(scope="module")
def fit(y: NDArray[np.float64]) -> gendsl.Fit:
    return gendsl.compile(AUTOREGRESSION).infer({"y": y}, seed=1, chains=2, warmup=50, draws=20)


def test_inferred_entries_are_in_the_posterior(fit: gendsl.Fit, tmp_path: Path) -> None:
    inferred = fit.posterior["y.missing"]
    assert inferred.dims == ("chain", "draw", "y.missing_at")
    assert list(inferred["y.missing_at"].values) == ["month=1", "month=5", "month=9"]
    assert "y.missing[month=5]" in str(fit.summary())
    fit.save(tmp_path / "fit.nc")
    xarray.testing.assert_equal(gendsl.load(tmp_path / "fit.nc").posterior, fit.posterior)


def test_without_missing_entries_there_is_no_such_quantity(y: NDArray[np.float64]) -> None:
    whole = np.nan_to_num(y)
    fit = gendsl.compile(AUTOREGRESSION).infer({"y": whole}, chains=1, warmup=10, draws=5)
    assert "y.missing" not in fit.posterior
    assert np.isfinite(fit.log_likelihood["y"]).all()


def test_replicates_start_from_inferred_entries(fit: gendsl.Fit, y: NDArray[np.float64]) -> None:
    replicate = fit.posterior_predictive["y"]
    assert (replicate[..., 0] == y[0]).all()
    np.testing.assert_array_equal(replicate[..., 1], fit.posterior["y.missing"][..., 0])
    assert (replicate[..., 5] != fit.posterior["y.missing"][..., 1]).all()


def test_missing_entries_have_no_log_likelihood(fit: gendsl.Fit) -> None:
    terms = fit.log_likelihood["y"]
    is_gap = np.isin(terms.month, GAPS)
    assert np.isnan(terms[..., is_gap]).all() and np.isfinite(terms[..., ~is_gap]).all()
    assert terms.dropna("month").sizes["month"] == 12


def test_predictions_keep_the_inferred_entries(fit: gendsl.Fit, y: NDArray[np.float64]) -> None:
    for data in (None, {"y": y}):
        predicted = fit.predict(data).predictions["y"]
        np.testing.assert_array_equal(predicted[..., 1], fit.posterior["y.missing"][..., 0])
    thinned = fit.predict(draws=4).predictions["y"]
    assert thinned.shape == (1, 4, 16) and np.isfinite(thinned).all()
    assert np.isfinite(fit.predict({"y": np.nan_to_num(y)}).predictions["y"]).all()


def test_other_missing_entries_are_refused(fit: gendsl.Fit, y: NDArray[np.float64]) -> None:
    other = y.copy()
    other[12] = np.nan
    with pytest.raises(gendsl.DiagnosticError) as caught:
        fit.predict({"y": other})
    (found,) = caught.value.diagnostics
    assert "new data have missing values of `y`" in found.message
    assert found.span is not None and found.span.line == 3 and found.help is not None


def test_data_on_right_sides_need_a_distribution() -> None:
    model = gendsl.compile("""\
model regression {
  dim row
  data x[row] : real?
  data y[row] : real
  b ~ Normal(0, 1)
  y[row] ~ Normal(b * x, 1)
}
""")
    with pytest.raises(gendsl.DiagnosticError) as caught:
        model.infer({"x": [1.0, np.nan], "y": [1.0, 2.0]}, chains=1, warmup=5, draws=5)
    (found,) = caught.value.diagnostics
    assert found.code == "G0705" and found.span is not None and found.span.line == 3
    assert found.message == "`x` has missing values and no statement says how it is distributed"
    assert found.help == "add `x[row] ~ ...`"
