"""Fits by `laplace(networks = linear)`: predictions of a network that is linear about the mode."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import multivariate_normal, norm

import gendsl
from gendsl.api import calibration_fits
from gendsl.results.calibration import rank
from gendsl.results.trust import label_of

TEXT = """\
model toy {
  dim row, new
  data x[row] : real
  data y[row] : real
  data z[new] : real
  net f = Dense(6, weight ~ Normal(0, 2), bias ~ Normal(0, 1)) |> tanh
    |> Dense(1, weight ~ Normal(0, 1), bias ~ Normal(0, 1))
  y[row] ~ Normal(f(x), 0.1)
  predict mean[new] = f(z)
}
infer whole = laplace(networks = linear, covariance = gauss_newton, starts = 2, draws = 2000)
infer last  = laplace(last_layer, networks = linear, starts = 2, draws = 2000)
"""
NAMES = ("f.layer1.weight", "f.layer1.bias", "f.layer2.weight", "f.layer2.bias")
PRIOR = np.concatenate([np.full(6, 0.25), np.ones(13)])
_RNG = np.random.default_rng(1)
X = np.sort(_RNG.uniform(-2.0, 2.0, 20))
Y = np.sin(2.0 * X) + 0.1 * _RNG.normal(size=20)
Z = np.linspace(-4.0, 4.0, 9)
LARGEST = 4.5
"""Of 18 standard normal statistics one is larger in fewer than two cases of 10,000."""

Array = NDArray[np.float64]


def _stacked(group: Any) -> Array:
    """All weights [..., 19]."""
    parts = [np.asarray(group[name].values) for name in NAMES]
    return np.concatenate([*parts[:3], parts[3][..., None]], axis=-1)


def _hidden(weights: Array, x: Array) -> Array:
    return np.tanh(x[:, None] * weights[..., None, :6] + weights[..., None, 6:12])


def _output(weights: Array, x: Array) -> Array:
    """Of weights [..., 19] at points [point]: [..., point]."""
    last = np.einsum("...ru,...u->...r", _hidden(weights, x), weights[..., 12:18])
    return np.asarray(last + weights[..., 18:])


def _slopes(mode: Array, x: Array) -> Array:
    """J [point, 19]."""
    hidden = _hidden(mode, x)
    inner = (1.0 - hidden**2) * mode[12:18]
    return np.concatenate([x[:, None] * inner, inner, hidden, np.ones((len(x), 1))], axis=1)


def _statistics(drawn: Array, mean: Array, spread: Array) -> Array:
    """Of draws [draw, point] the means and variances, as standard normal statistics."""
    apart, count = (drawn - mean) / spread, len(drawn)
    of_means = apart.mean(axis=0) * np.sqrt(count)
    of_variances = ((apart**2).mean(axis=0) - 1.0) * np.sqrt(count / 2.0)
    return np.concatenate([of_means, of_variances])


@pytest.mark.slow
def test_the_predictive_is_that_of_the_linear_model(tmp_path: Path) -> None:
    """Draw by draw by hand, and its moments in closed form; the network as written is caught."""
    fit = gendsl.compile(TEXT).infer({"x": X, "y": Y, "z": Z}, name="whole", seed=1)
    mode, drawn = _stacked(fit["linear_about"]), _stacked(fit["posterior"])[0]
    slopes = _slopes(mode, Z)
    by_hand = _output(mode, Z) + (drawn - mode) @ slopes.T
    found = np.asarray(fit["posterior_predictive"]["mean"].values)[0]
    assert np.abs(found - by_hand).max() < 1e-8

    at_data = _slopes(mode, X)
    covariance = np.linalg.inv(at_data.T @ at_data / 0.01 + np.diag(PRIOR))
    spread = np.sqrt(np.einsum("ri,ij,rj->r", slopes, covariance, slopes))
    assert np.abs(_statistics(found, _output(mode, Z), spread)).max() < LARGEST
    as_written = _output(drawn, Z)
    assert np.abs(_statistics(as_written, _output(mode, Z), spread)).max() > 2 * LARGEST

    means = _output(mode, X) + (drawn - mode) @ at_data.T
    scores = -0.5 * ((Y - means) / 0.1) ** 2 - np.log(0.1 * np.sqrt(2 * np.pi))
    assert np.abs(np.asarray(fit["log_likelihood"]["y"].values)[0] - scores).max() < 1e-8
    assert "networks linear about the mode" in label_of(fit.attributes)
    assert set(fit["posterior"].data_vars) == set(NAMES)

    fit.save(tmp_path / "fit.nc")
    again = gendsl.load(tmp_path / "fit.nc").predict({"z": Z + 0.3}, seed=2)
    there = _output(mode, Z + 0.3) + (drawn - mode) @ _slopes(mode, Z + 0.3).T
    assert np.abs(np.asarray(again["predictions"]["mean"].values)[0] - there).max() < 1e-8
    assert set(again["predictions"].data_vars) == {"y", "mean"}


@pytest.mark.slow
def test_a_linear_last_layer_is_bayesian_linear_regression() -> None:
    """In closed form, given the hidden layer; a prior of twice the scale is caught."""
    fit = gendsl.compile(TEXT).infer({"x": X, "y": Y, "z": Z}, name="last", seed=3)
    mode, found = _stacked(fit["linear_about"]), fit["posterior_predictive"]["mean"].values[0]
    at_data, there = (np.column_stack([_hidden(mode, x), np.ones(len(x))]) for x in (X, Z))

    def statistics(precision: float) -> Array:
        whole = at_data.T @ at_data / 0.01 + precision * np.eye(7)
        mean = there @ np.linalg.solve(whole, at_data.T @ Y / 0.01)
        spread = np.sqrt(np.einsum("ri,ij,rj->r", there, np.linalg.inv(whole), there))
        return _statistics(np.asarray(found), mean, spread)

    assert np.abs(statistics(1.0)).max() < LARGEST
    assert np.abs(statistics(0.25)).max() > 2 * LARGEST


SMALL = """\
model small {
  dim row
  data x[row] : real
  data y[row] : real
  net f = Dense(2, weight ~ Normal(0, 2), bias ~ Normal(0, 1)) |> tanh
    |> Dense(1, weight ~ Normal(0, 1))
  y[row] ~ Normal(f(x), 0.2)
}
infer main = laplace(networks = linear, covariance = gauss_newton, starts = 1, draws = 500)
"""


@pytest.mark.slow
def test_what_is_said_of_the_draws_is_of_the_linear_network() -> None:
    """Its posterior is the normal itself, so that weights are equal, and its evidence is known."""
    x, y = np.linspace(-1.0, 1.0, 6), np.array([-0.9, -0.7, 0.1, 0.4, 0.6, 1.1])
    model = gendsl.compile(SMALL)
    fit = model.infer({"x": x, "y": y}, name="main", seed=1)
    inner, bias, outer = (fit["linear_about"][n].values for n in NAMES[:3])
    inner, outer = inner.reshape(-1), outer.reshape(-1)
    hidden = np.tanh(x[:, None] * inner + bias)
    slope = (1.0 - hidden**2) * outer
    slopes = np.concatenate([x[:, None] * slope, slope, hidden], axis=1)
    mode = np.concatenate([inner, bias, outer])
    prior = np.diag([4.0, 4.0, 1.0, 1.0, 1.0, 1.0])
    spread = slopes @ prior @ slopes.T + 0.04 * np.eye(6)
    evidence = multivariate_normal.logpdf(y, hidden @ outer - slopes @ mode, spread)
    assert abs(fit.attributes["log_evidence"] - evidence) < 1e-6
    assert fit.attributes["pareto_k"] < 0.1 and fit.attributes["shift"] < 0.01
    heights = fit["sample_stats"]["lp"].values[0]
    drawn = np.concatenate(
        [np.asarray(fit["posterior"][n].values[0]).reshape(500, -1) for n in NAMES[:3]], axis=1
    )
    means = hidden @ outer + (drawn - mode) @ slopes.T
    log = norm.logpdf(y, means, 0.2).sum(1) + norm.logpdf(drawn, 0, np.diag(prior) ** 0.5).sum(1)
    np.testing.assert_allclose(heights - heights[0], log - log[0], atol=1e-6)
    as_written = np.tanh(x[:, None] * drawn[:, None, :2] + drawn[:, None, 2:4])
    other = norm.logpdf(y, np.einsum("nru,nu->nr", as_written, drawn[:, 4:]), 0.2).sum(1)
    assert np.abs(other - norm.logpdf(y, means, 0.2).sum(1)).max() > 1.0


@pytest.mark.slow
def test_scores_of_calibration_are_of_the_linear_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its log likelihood is a quadratic of the weights, which 28 numbers say; a network's is none.

    Where the normal is the posterior of the linear network, k-hat is that of equal weights.
    """
    seen: list[Array] = []

    def watched(own: Array, values: Array, rng: np.random.Generator) -> tuple[Array, Array]:
        seen.append(np.asarray(values).reshape(60, -1))
        return rank(own, values, rng)

    monkeypatch.setattr(calibration_fits, "rank", watched)
    x = np.linspace(-1.0, 1.0, 6)
    checked = gendsl.compile(SMALL).sbc({"x": x}, name="main", simulations=1, draws=60, seed=3)
    weights, scores = np.concatenate(seen[:3], axis=1), seen[3][:, 0]
    products = [weights[:, i] * weights[:, j] for i in range(6) for j in range(i, 6)]
    terms = np.column_stack([np.ones(60), weights, *products])

    def residue(values: Array) -> float:
        return float(np.abs(values - terms @ np.linalg.lstsq(terms, values)[0]).max())

    hidden = np.tanh(x[:, None] * weights[:, None, :2] + weights[:, None, 2:4])
    as_written = -0.5 * np.square(np.einsum("nru,nu->nr", hidden, weights[:, 4:]) / 0.2).sum(1)
    assert residue(scores) < 1e-6 < 1e-2 < residue(as_written)
    assert float(checked["fits"]["pareto_k"].values[0]) < 0.1


@pytest.mark.slow
def test_a_climb_that_is_cut_short_says_what_to_do() -> None:
    text = SMALL.replace("networks = linear, covariance = gauss_newton", "steps = 1")
    x = np.linspace(-1.0, 1.0, 6)
    with pytest.raises(gendsl.DiagnosticError, match=r"G0708.*stopped before it was done") as error:
        gendsl.compile(text.replace("Normal(0, 2)", "Normal(0, 20)")).infer({"x": x, "y": x})
    help = error.value.diagnostics[0].help or ""
    assert "more `steps` than 1" in help and "`laplace(covariance = gauss_newton)`" in help
