"""Fits by `laplace(networks = linear)`: predictions of a network that is linear about the mode."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import gendsl
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
