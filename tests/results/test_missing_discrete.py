"""Missing discrete data: summed over where other statements read them, and drawn back."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray
from scipy import stats

import gendsl
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.results import convergence

LABELLED = """\
model labelled {
  dim time : ordered
  dim state = {calm, wild}
  dim next like state
  data y[time] : real
  data z[time] : state?
  stay ~ Beta(9, 1)
  let P[state, next] = if(pos(state) == pos(next), stay, 1 - stay)
  z[time = first] ~ Categorical(P[state = "calm"])
  z[time] ~ Categorical(P[z[time - 1]])
  y[time] ~ Normal(if(z == "wild", 2, 0), 1)
}
"""

COUNTS = """\
model counts {
  dim row
  data is_old[row] : bool?
  data visits[row] : int?
  data y[row] : real
  p ~ Beta(2, 2)
  rate ~ Beta(2, 2)
  is_old[row] ~ Bernoulli(p)
  visits[row] ~ Binomial(3, rate)
  y[row] ~ Normal(visits + 2 * is_old, 1)
}
"""

KEPT = """\
model kept {
  dim time : ordered
  dim state = {calm, wild}
  dim next like state
  data P[state, next] : simplex
  data y[time] : real
  data z[time] : state?
  z[time = first] ~ Categorical([0.5, 0.5])
  z[time] ~ Categorical(P[z[time - 1]])
  y[time] ~ Normal(if(z == "wild", 2, 0), 1)
}
infer main = gibbs(z.missing, draws = 4000)
infer whole = gibbs(draws = 50)
"""

SORTED = """\
model sorted {
  dim row
  dim state = {low, high}
  data m[state] : real
  data z[row] : state
  data y[row] : real
  w[state] ~ Dirichlet(2)
  z[row] ~ Categorical(w)
  y[row] ~ Normal(m[z], 1)
}
"""

STATES = ("calm", "wild")
Y = np.array([0.3, 1.9, 1.1, -0.4, 0.9, 2.2, 1.6, 0.1])
Z: list[str | None] = ["calm", None, None, "calm", None, "wild", None, None]
GAPS = [i for i, z in enumerate(Z) if z is None]
ALARM = 1e-6


@pytest.fixture(scope="module")
def fit() -> gendsl.Fit:
    model = gendsl.compile(LABELLED)
    return model.infer({"y": Y, "z": Z}, seed=1, chains=2, warmup=200, draws=500)


def test_the_density_is_the_sum_over_what_is_missing() -> None:
    model = gendsl.compile(LABELLED)
    terms = []
    for filled in product(STATES, repeat=len(GAPS)):
        z: list[Any] = list(Z)
        for place, state in zip(GAPS, filled, strict=True):
            z[place] = state
        terms.append(model.log_density({"stay": 0.8}, {"y": Y, "z": z}))
    found = model.log_density({"stay": 0.8}, {"y": Y, "z": Z})
    assert found == pytest.approx(np.logaddexp.reduce(terms), rel=1e-12)
    assert found > max(terms)


@pytest.mark.slow
def test_counts_and_truth_values_may_be_missing_together() -> None:
    model = gendsl.compile(COUNTS)
    y = [2.5, 0.3, 4.0]
    given = {"p": 0.4, "rate": 0.6}
    terms = [
        model.log_density(given, {"y": y, "is_old": [old, False, True], "visits": [n, m, 3]})
        for old, n, m in product((False, True), range(4), range(4))
    ]
    found = model.log_density(
        given, {"y": y, "is_old": [None, False, True], "visits": [None, None, 3]}
    )
    assert found == pytest.approx(np.logaddexp.reduce(terms), rel=1e-12)


@pytest.mark.slow
def test_missing_states_are_drawn_from_their_posterior(fit: gendsl.Fit) -> None:
    drawn = fit.posterior["z.missing"]
    assert list(drawn["z.missing_at"].values) == [f"time={i}" for i in GAPS]
    assert drawn.attrs == {"index_of": "state", "states": list(STATES)}
    probabilities = fit.probabilities("z")
    known = [i for i, z in enumerate(Z) if z is not None]
    np.testing.assert_allclose(
        probabilities.values[known, 1], [Z[i] == "wild" for i in known], atol=1e-12
    )
    p = probabilities.values[GAPS, 1]
    count, trials = drawn.values.sum(axis=(0, 1)), drawn.shape[0] * drawn.shape[1]

    def least(p: np.ndarray) -> float:
        tails = stats.binom.cdf(count, trials, p), stats.binom.sf(count - 1, trials, p)
        return float(np.minimum(*tails).min())

    assert least(p) > ALARM / (2 * len(p))
    assert least(1 - p) < ALARM / (2 * len(p))


@pytest.mark.slow
def test_the_most_probable_states_keep_the_known_ones(fit: gendsl.Fit) -> None:
    best = fit.most_probable("z").values
    assert all(STATES[best[i]] == z for i, z in enumerate(Z) if z is not None)


def test_replicates_and_predictions_start_from_the_drawn_states(fit: gendsl.Fit) -> None:
    replicate = fit.posterior_predictive["z"]
    assert set(np.unique(replicate)) <= {0, 1} and replicate.sizes["time"] == len(Z)
    assert "state" in fit.posterior_predictive["z"].attrs["index_of"]
    predicted = fit.predict(seed=1).predictions["y"]
    assert predicted.sizes["time"] == len(Z) and np.isfinite(predicted).all()


def test_a_file_keeps_the_missing_states(fit: gendsl.Fit, tmp_path: Path) -> None:
    fit.save(tmp_path / "fit.nc")
    loaded = gendsl.load(tmp_path / "fit.nc")
    xarray.testing.assert_identical(loaded.posterior["z.missing"], fit.posterior["z.missing"])
    np.testing.assert_allclose(loaded.probabilities("z"), fit.probabilities("z"))
    assert "z.missing[time=1]" in str(loaded.summary())


def test_info_says_that_missing_states_are_summed_out() -> None:
    text = str(gendsl.compile(LABELLED).info())
    assert "z[time] where missing  2 values  forward algorithm over time  4 x time terms" in text


@pytest.mark.slow
def test_gibbs_keeps_missing_states_as_coordinates() -> None:
    """Against the exact probabilities; with 4 chains |z| < 5 for 5 states fails below 3e-6."""
    known = {"P": [[0.7, 0.3], [0.4, 0.6]], "y": Y}
    fit = gendsl.compile(KEPT).infer({**known, "z": Z}, seed=1)
    assert fit.attributes["draws_are"] == "chains"
    exact = fit.probabilities("z").values[GAPS, 1]
    states = fit.posterior["z.missing"].values.astype(float)
    error = np.sqrt(exact * (1 - exact) / convergence.ess_bulk(states))
    assert np.abs((states.mean((0, 1)) - exact) / error).max() < 5
    assert np.abs((states.mean((0, 1)) - 0.5) / error).max() > 5


def test_without_gaps_there_is_nothing_to_keep_or_to_infer() -> None:
    known = {"P": [[0.7, 0.3], [0.4, 0.6]], "y": Y[:2]}
    with pytest.raises(DiagnosticError, match="G0704"):
        gendsl.compile(KEPT).infer({**known, "z": ["calm", "wild"]}, name="whole")


def test_observed_categories_that_others_read_are_drawn_from_the_prior() -> None:
    drawn = gendsl.compile(SORTED).simulate({"m": [-50, 50]}, sizes={"row": 3}, draws=40, seed=1)
    predictive = drawn["prior_predictive"]
    assert set(np.unique(predictive["z"])) == {0, 1}
    assert ((predictive["y"] > 0) == (predictive["z"] == 1)).all()
