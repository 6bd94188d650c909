"""Programs with stochastic gradients: what they draw, and what their fits say.

The posterior is normal in closed form; with |z| < 4.5 for each moment the chance of a false alarm
is below 1e-4 in all.
"""

from __future__ import annotations

import numpy as np
import pytest

import gendsl
from gendsl.api.failure import UsageError
from gendsl.api.geweke_refusals import check_has_kernel
from gendsl.api.settings import settings_of
from gendsl.results import convergence
from gendsl.results.reliability import judge
from gendsl.results.trust import DrawKind, judge_gradients, judge_optima, kind_of_draws, label_of

TEXT = """\
model normal {
  dim row
  data y[row] : real
  mu ~ Normal(0, 1)
  y[row] ~ Normal(mu, 2)
}
infer langevin = sgld(batch = 10, chains = 4, warmup = 50, draws = 400, climb = 300)
infer hamilton = sghmc(batch = 10, chains = 4, warmup = 50, draws = 400, climb = 300)
infer cycles   = sgld(batch = 10, chains = 4, warmup = 20, draws = 200, climb = 300, step = 0.02,
  schedule = cyclical)
infer shared   = sghmc(chains = 4, superchains = 2, warmup = 20, draws = 50, climb = 100)
infer long     = sgld(batch = 5, step = 0.5, climb = 10, chains = 2, warmup = 10, draws = 20)
infer optima   = ensemble(3, batch = 10, steps = 400)
infer likely   = ensemble(2, objective = likelihood, steps = 400)
infer averaged = swag(batch = 10, climb = 300, rank = 20)
infer few      = swag(batch = 100)
infer fitted   = vi(guide = mean_field, batch = 10, steps = 4000)
infer apart    = vi(guide = mean_field, batch = 10, noise = local, steps = 4000)
"""
Y = np.random.default_rng(2).normal(1.0, 2.0, 100)
PRECISION = 1.0 + len(Y) / 4.0
MEAN = Y.sum() / 4.0 / PRECISION
SD = PRECISION**-0.5


@pytest.fixture(scope="module")
def model() -> gendsl.Model:
    return gendsl.compile(TEXT)


def _fit(model: gendsl.Model, name: str) -> gendsl.Fit:
    return model.infer({"y": Y}, name=name, seed=4)


def _mu(fit: gendsl.Fit) -> np.ndarray:
    return np.asarray(fit["posterior"]["mu"])


def _check_moments(fit: gendsl.Fit, inflation: float) -> None:
    """Mean and variance of chains, by their effective draws."""
    mu = _mu(fit)
    size = float(np.min(convergence.ess_bulk(mu[..., None])))
    wanted = SD**2 * (1.0 + inflation)
    assert abs(mu.mean() - MEAN) < 4.5 * np.sqrt(wanted / size)
    squares = (mu - MEAN) ** 2
    # The squares of a slow chain forget faster than it does.
    assert abs(squares.mean() - wanted) < 4.5 * wanted * np.sqrt(2.0 / size)


@pytest.mark.slow
def test_langevin_chains_in_minibatches(model: gendsl.Model) -> None:
    fit = _fit(model, "langevin")
    said = fit.attributes
    assert said["variance_inflation"] == pytest.approx(0.05) and said["over"] == "row"
    assert not said["is_exact"] and kind_of_draws(said) is DrawKind.CHAINS
    assert "variances too large by 5.0%" in label_of(said)
    # The log density of a draw is that of all rows, not the latest estimate.
    lp = np.asarray(fit["sample_stats"]["lp"])
    by_hand = -0.5 * (_mu(fit) - MEAN) ** 2 * PRECISION
    assert np.ptp(lp - by_hand) < 1e-8
    _check_moments(fit, 0.05)
    wider = said["step"] / 4.0 * (1.0 + said["gradient_noise"])
    assert wider == pytest.approx(0.05)


@pytest.mark.slow
def test_an_ensemble_of_optima(model: gendsl.Model) -> None:
    fit = _fit(model, "optima")
    said = fit.attributes
    assert kind_of_draws(said) is DrawKind.OPTIMA and not said["is_exact"]
    assert np.abs(_mu(fit) - MEAN).max() < 0.5 * SD
    assert "an ensemble of 3 optima" in label_of(said)
    assert fit["log_likelihood"]["y"].sizes["row"] == len(Y)


def test_too_few_rows_for_noise(model: gendsl.Model) -> None:
    with pytest.raises(UsageError, match="G0772"):
        _fit(model, "few")


def test_what_is_refused_before_anything_runs(model: gendsl.Model) -> None:
    plan = settings_of(model.program, "langevin", {})
    with pytest.raises(UsageError, match="does not keep the posterior"):
        check_has_kernel(plan)


def test_warnings() -> None:
    said = {"method": "sgld", "variance_inflation": 0.4}
    (long,) = judge_gradients(said)
    assert long.code == "G0771" and "40%" in long.message
    assert not list(judge_gradients({**said, "variance_inflation": 0.05}))
    (far,) = judge_optima({"method": "ensemble", "problems": ["1 of 3 ended far"]})
    assert far.code == "G0723"


@pytest.mark.slow
def test_hamiltonian_chains_in_minibatches(model: gendsl.Model) -> None:
    fit = _fit(model, "hamilton")
    _check_moments(fit, fit.attributes["variance_inflation"])


@pytest.mark.slow
def test_chains_in_cycles_end_at_the_posterior(model: gendsl.Model) -> None:
    """Each draw ends a cycle whose second half is heated: the mean is right, the spread about."""
    fit = _fit(model, "cycles")
    mu = _mu(fit)
    assert abs(mu.mean() - MEAN) < 4.5 * 2.0 * SD / np.sqrt(mu.size)
    assert 0.6 * SD < mu.std() < 1.2 * SD


@pytest.mark.slow
def test_superchains_climb_together(model: gendsl.Model) -> None:
    fit = _fit(model, "shared")
    assert "gradient_noise" in fit.attributes and fit.attributes["gradient_noise"] == 0.0


@pytest.mark.slow
def test_long_steps_are_warned_of(model: gendsl.Model) -> None:
    fit = _fit(model, "long")
    codes = {d.code for d in judge(fit.summary(), fit["sample_stats"], fit.attributes)}
    assert "G0771" in codes


@pytest.mark.slow
def test_maximum_likelihood(model: gendsl.Model) -> None:
    mu = _mu(_fit(model, "likely"))
    assert np.abs(mu - Y.mean()).max() < 1e-3 < abs(Y.mean() - MEAN)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["averaged", "fitted", "apart"])
def test_normals_from_minibatches(model: gendsl.Model, name: str) -> None:
    fit = _fit(model, name)
    assert abs(_mu(fit).mean() - MEAN) < 0.5 * SD
    assert _mu(fit).std() == pytest.approx(SD, rel=0.4 if name == "averaged" else 0.1)
    assert fit.attributes["pareto_k"] < 0.7 and not fit.attributes["is_exact"]


LAYERS = """\
model layers {
  dim row, feature
  dim unit = 4
  data x[row, feature] : real
  data y[row] : real
  W[feature, unit] ~ Normal(0, 1)
  w[unit] ~ Normal(0, 1)
  b ~ Normal(0, 1)
  h[row, unit] = tanh(x @ W)
  y[row] ~ Normal(h @ w + b, 0.3)
}
infer last   = laplace(w, b, draws = 4000)
infer blocks = laplace(covariance = kronecker, starts = 2, draws = 100)
infer plain  = laplace(covariance = diagonal, starts = 2, draws = 100)
"""
_RNG = np.random.default_rng(6)
XS = _RNG.normal(size=(40, 2))
YS = np.sin(XS[:, 0]) + 0.3 * _RNG.normal(size=40)


@pytest.mark.slow
def test_a_last_layer_in_closed_form() -> None:
    """The posterior of a linear model in what the layer before it computes, by hand.

    Each of five variances has |z| < 4.5, which fails by chance in fewer than one case of 10,000.
    """
    fit = gendsl.compile(LAYERS).infer({"x": XS, "y": YS}, name="last", seed=2)
    posterior = fit["posterior"]
    assert np.ptp(np.asarray(posterior["W"]), axis=(0, 1)).max() == 0.0
    inputs = np.tanh(XS @ np.asarray(posterior["W"])[0, 0])
    features = np.column_stack([inputs, np.ones(len(YS))])
    precision = features.T @ features / 0.09 + np.eye(5)
    mean = np.linalg.solve(precision, features.T @ YS / 0.09)
    drawn = np.column_stack([np.asarray(posterior["w"])[0], np.asarray(posterior["b"])[0]])
    apart = (drawn - mean) / np.sqrt(np.diag(np.linalg.inv(precision)))
    assert np.abs(apart.mean(axis=0)).max() < 4.5 / np.sqrt(len(drawn))
    assert np.abs((apart**2).mean(axis=0) - 1.0).max() < 4.5 * np.sqrt(2.0 / len(drawn))
    assert fit.attributes["standing"] == ["W"] and "log_evidence" not in fit.attributes
    assert "laplace with `W` at the mode" in label_of(fit.attributes)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["blocks", "plain"])
def test_the_information_of_a_network_is_positive(name: str) -> None:
    fit = gendsl.compile(LAYERS).infer({"x": XS, "y": YS}, name=name, seed=2)
    assert fit.attributes["over"] == "row" and not fit.attributes["is_exact"]
    assert not [p for p in fit.attributes["problems"] if "maximum" in p]
    assert np.isfinite(np.asarray(fit["log_likelihood"]["y"])).all()


def test_the_information_of_a_factor_is_refused() -> None:
    text = LAYERS.replace("  y[row] ~", "  factor -0.1 * square(b)\n  y[row] ~")
    with pytest.raises(UsageError, match="G0773"):
        gendsl.compile(text).infer({"x": XS, "y": YS}, name="blocks", seed=2)
