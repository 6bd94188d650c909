"""Discrete latents in a fit: draws, probabilities, paths, summaries, files, predictions."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import xarray
from scipy import stats
from typer.testing import CliRunner

import gendsl
from gendsl.api.failure import UsageError
from gendsl.cli.main import app
from gendsl.diagnostics.diagnostic import DiagnosticError

MIXTURE = """\
model mixture {
  dim row
  dim kind = {"quite low", high}
  data y[row] : real
  w[kind] ~ Dirichlet(5)
  mu ~ Normal(0, 1)
  s ~ Gamma(40, 40)
  z[row] ~ Categorical(w)
  y[row] ~ Normal(if(z == "high", mu + 3, mu), s)
  centre[row] = if(z == "high", mu + 3, mu)
  predict again[row] ~ Normal(centre, 0.001)
}
"""

CHAIN = """\
model chain {
  dim time : ordered
  dim state = {calm, wild}
  dim next like state
  data y[time] : real
  stay ~ Beta(9, 1)
  s ~ Gamma(40, 40)
  let P[state, next] = if(pos(state) == pos(next), stay, 1 - stay)
  z[time = first] ~ Categorical(P[state = "calm"])
  z[time] ~ Categorical(P[z[time - 1]])
  y[time] ~ Normal(if(z == "wild", 3, 0), s)
}
"""

SPRINKLER = """\
model sprinkler {
  data is_wet : bool
  rain ~ Bernoulli(0.2)
  sprinkler ~ Bernoulli(if(rain, 0.01, 0.4))
  is_wet ~ Bernoulli(0.05 + 0.75 * sprinkler + 0.15 * rain)
}
"""

ROWS = tuple(f"r{i}" for i in range(25))
ALARM = 1e-6
"""The false-alarm rate of each statistical test, over all of its comparisons together."""


@pytest.fixture(scope="module")
def truth() -> xarray.Dataset:
    simulated = gendsl.compile(MIXTURE).simulate(sizes={"row": len(ROWS)}, draws=1, seed=4)
    return xarray.merge([simulated.prior, simulated.prior_predictive]).isel(chain=0, draw=0)


@pytest.fixture(scope="module")
def fit(truth: xarray.Dataset) -> gendsl.Fit:
    data = {"row": ROWS, "y": truth["y"].values}
    return gendsl.compile(MIXTURE).infer(data, seed=1, chains=2, warmup=200, draws=250)


@pytest.fixture(scope="module")
def walk() -> xarray.Dataset:
    simulated = gendsl.compile(CHAIN).simulate(sizes={"time": 30}, draws=1, seed=2)
    return xarray.merge([simulated.prior, simulated.prior_predictive]).isel(chain=0, draw=0)


@pytest.fixture(scope="module")
def chain_fit(walk: xarray.Dataset) -> gendsl.Fit:
    data = {"time": range(30), "y": walk["y"].values}
    return gendsl.compile(CHAIN).infer(data, seed=1, chains=2, warmup=200, draws=250)


def agrees(draws: xarray.DataArray, probabilities: xarray.DataArray) -> bool:
    """Whether the shares of the last state among the draws are its mean probabilities.

    Given the continuous draws each z is an independent trial, so that the share's variance is at
    most p (1 - p) / n, whatever the chains' autocorrelation.
    """
    p = probabilities.values[..., -1].ravel()
    flat = draws.values.reshape(-1, p.size)
    count, trials = flat.sum(axis=0), len(flat)
    low, high = stats.binom.cdf(count, trials, p), stats.binom.sf(count - 1, trials, p)
    return bool((np.minimum(low, high) > ALARM / (2 * p.size)).all())


@pytest.mark.slow
def test_draws_of_states_are_in_the_posterior(fit: gendsl.Fit) -> None:
    z = fit.posterior["z"]
    assert z.dims == ("chain", "draw", "row") and np.issubdtype(z.dtype, np.integer)
    assert z.attrs == {"index_of": "kind", "states": ["quite low", "high"]}
    assert set(np.unique(z)) == {0, 1}
    assert fit.prior["z"].attrs == z.attrs


def test_what_depends_on_a_state_is_computed_with_it(fit: gendsl.Fit) -> None:
    expected = fit.posterior["mu"] + 3 * fit.posterior["z"]
    xarray.testing.assert_allclose(fit.posterior["centre"], expected.transpose(*expected.dims))
    again = fit.posterior_predictive["again"]
    np.testing.assert_allclose(again, fit.posterior["centre"], atol=0.01)


@pytest.mark.slow
def test_shares_of_the_draws_are_the_probabilities(fit: gendsl.Fit, chain_fit: gendsl.Fit) -> None:
    for found in (fit, chain_fit):
        probabilities = found.probabilities("z")
        np.testing.assert_allclose(probabilities.sum(probabilities.dims[-1]), 1.0)
        assert agrees(found.posterior["z"], probabilities)
        assert not agrees(1 - found.posterior["z"], probabilities)
        shuffled = found.posterior["z"].copy(data=found.posterior["z"].values[..., ::-1])
        assert not agrees(shuffled, probabilities)


def test_states_come_back_from_data_made_with_them(
    fit: gendsl.Fit, truth: xarray.Dataset, chain_fit: gendsl.Fit, walk: xarray.Dataset
) -> None:
    for found, made in ((fit, truth), (chain_fit, walk)):
        z = made["z"].values
        assert 0 < z.mean() < 1
        # states 3 standard deviations apart are told apart in 93 of 100 cases, guesses in 50
        for states in (found.most_probable("z").values, found.posterior["z"].values):
            assert (states == z).mean() > 0.75
            assert (states == z[::-1]).mean() < 0.75


def test_probabilities_are_labelled(fit: gendsl.Fit, chain_fit: gendsl.Fit) -> None:
    found = fit.probabilities("z")
    assert found.dims == ("row", "kind")
    assert list(found["kind"].values) == ["quite low", "high"]
    assert tuple(found["row"].values) == ROWS
    assert chain_fit.probabilities("z").dims == ("time", "state")


def test_the_most_probable_states_are_those_of_the_best_draw(chain_fit: gendsl.Fit) -> None:
    found = chain_fit.most_probable("z")
    assert found.dims == ("time",) and found.attrs["index_of"] == "state"
    lp = chain_fit.sample_stats["lp"]
    assert float(lp[found.attrs["chain"], found.attrs["draw"]]) == float(lp.max())
    draw = chain_fit.posterior.isel(chain=found.attrs["chain"], draw=found.attrs["draw"])
    model, data = chain_fit.model, {"y": chain_fit.observed_data["y"].values}
    given = {"stay": float(draw["stay"]), "s": float(draw["s"])}
    best = model.log_density({**given, "z": found.values}, data)
    for t in range(0, 30, 7):
        other = found.values.copy()
        other[t] = 1 - other[t]
        assert model.log_density({**given, "z": other}, data) < best


def test_the_density_without_states_is_the_sum_over_them() -> None:
    model = gendsl.compile(MIXTURE)
    data = {"y": [0.0, 1.5, 3.0]}
    given = {"w": [0.3, 0.7], "mu": 0.1, "s": 1.1}
    terms = [model.log_density({**given, "z": z}, data) for z in product((0, 1), repeat=3)]
    assert model.log_density(given, data) == pytest.approx(np.logaddexp.reduce(terms), rel=1e-12)
    for is_unconstrained in (True, False):
        one = model.log_density({**given, "z": [0, 0, 1]}, data, unconstrained=is_unconstrained)
        assert one < model.log_density(given, data, unconstrained=is_unconstrained)
    with pytest.raises(ValueError, match="no value for s"):
        model.log_density({"w": [0.3, 0.7], "mu": 0.1, "z": [0, 0, 1]}, data)


def test_the_log_likelihood_has_a_term_for_what_shares_states(
    fit: gendsl.Fit, chain_fit: gendsl.Fit
) -> None:
    terms = fit.log_likelihood["y"]
    assert terms.dims == ("chain", "draw", "row")
    p, y = fit.posterior, fit.observed_data["y"].values
    w, mu, s = (p[name].values[..., None] for name in ("w", "mu", "s"))
    expected = np.logaddexp(
        np.log(w[..., 0, :]) + stats.norm.logpdf(y, mu, s),
        np.log(w[..., 1, :]) + stats.norm.logpdf(y, mu + 3, s),
    )
    np.testing.assert_allclose(terms.values, expected, rtol=1e-9)
    assert chain_fit.log_likelihood["y"].dims == ("chain", "draw")


def test_the_summary_has_modes_in_the_place_of_means(fit: gendsl.Fit) -> None:
    summary = fit.summary()
    assert "z" not in [variable.name for variable in summary.variables]
    assert summary.categories[0].name == "z"
    text = str(summary)
    assert "probability" in text and "quite low" in text and "z: 15 more" in text
    row = next(row for row in summary.rows() if row["name"] == "z[row=r0]")
    share = (fit.posterior["z"].sel(row="r0") == (row["mode"] == "high")).mean()
    assert row["probability"] == float(share) and row["probability"] >= 0.5
    assert "mean" not in str(fit.summary("z"))


def test_states_raise_no_alarm(fit: gendsl.Fit, chain_fit: gendsl.Fit) -> None:
    for found in (fit, chain_fit):
        assert not [w for w in found.warnings() if "`z" in w.message]


@pytest.mark.parametrize("kind", [".nc", ".zarr"])
def test_a_file_keeps_states_and_what_they_are(
    chain_fit: gendsl.Fit, kind: str, tmp_path: Path
) -> None:
    path = tmp_path / f"fit{kind}"
    chain_fit.save(path)
    loaded = gendsl.load(path)
    xarray.testing.assert_identical(loaded.posterior["z"], chain_fit.posterior["z"])
    assert str(loaded.summary()) == str(chain_fit.summary())
    xarray.testing.assert_identical(loaded.probabilities("z"), chain_fit.probabilities("z"))
    xarray.testing.assert_identical(loaded.most_probable("z"), chain_fit.most_probable("z"))


def test_known_members_keep_their_states_in_predictions(fit: gendsl.Fit) -> None:
    new = fit.predict({"row": ["r3", "new", "r0"]}, seed=3).posterior["z"]
    old = fit.posterior["z"]
    np.testing.assert_array_equal(new.sel(row="r3"), old.sel(row="r3"))
    np.testing.assert_array_equal(new.sel(row="r0"), old.sel(row="r0"))
    share = fit.posterior["w"].sel(kind="high")
    count, trials = int(new.sel(row="new").sum()), new.sel(row="new").size
    # trials with the mean weight vary more than those with each draw's own
    p = float(share.mean())
    low, high = stats.binom.cdf(count, trials, p), stats.binom.sf(count - 1, trials, p)
    assert min(low, high) > ALARM / 2


def test_a_chain_is_continued_from_its_last_state(chain_fit: gendsl.Fit) -> None:
    later = chain_fit.predict({"time": range(31)}, seed=5).posterior["z"]
    old = chain_fit.posterior["z"]
    np.testing.assert_array_equal(later[..., :30], old)
    stays = (later[..., 30] == old[..., 29]).values
    p = chain_fit.posterior["stay"].values
    z = (stays.sum() - p.sum()) / np.sqrt((p * (1 - p)).sum())
    assert abs(z) < 5.0  # a false alarm in 1.7 million
    assert abs((~stays).sum() - p.sum()) / np.sqrt((p * (1 - p)).sum()) > 5.0


@pytest.mark.slow
def test_a_chain_with_a_known_start_is_recovered_and_continued() -> None:
    text = CHAIN.replace('~ Categorical(P[state = "calm"])', '= "wild"')
    model = gendsl.compile(text)
    simulated = model.simulate(sizes={"time": 30}, draws=50, seed=2)
    z = simulated.prior["z"]
    assert (z.sel(time=0) == 1).all() and z.sel(time=29).values.std() > 0
    assert z.attrs["index_of"] == "state"
    y = simulated.prior_predictive["y"].isel(chain=0, draw=0).values
    fit = model.infer({"time": range(30), "y": y}, seed=1, chains=2, warmup=200, draws=250)
    old, probabilities = fit.posterior["z"], fit.probabilities("z")
    assert (old.sel(time=0) == 1).all() and float(probabilities[0, 1]) == 1.0
    assert agrees(old.isel(time=slice(1, None)), probabilities[1:])
    best = fit.most_probable("z")
    assert int(best[0]) == 1
    later = fit.predict({"time": range(31)}, seed=5).posterior["z"]
    np.testing.assert_array_equal(later[..., :30], old)
    given = {"stay": 0.8, "s": 1.0}
    calm = np.zeros(30, int)
    calm[0] = 1
    switches = np.where(np.arange(1, 30) == 1, 0.2, 0.8)
    expected = np.log(switches).sum() + stats.norm.logpdf(y, 3 * calm, 1.0).sum()
    prior = model.log_density({**given, "z": calm}, {"y": y}) - expected
    assert prior == pytest.approx(
        stats.beta.logpdf(0.8, 9, 1) + stats.gamma.logpdf(1.0, 40, scale=1 / 40), rel=1e-9
    )


def test_a_model_without_continuous_unknowns_is_drawn_exactly() -> None:
    model = gendsl.compile(SPRINKLER)
    fit = model.infer({"is_wet": True}, seed=2, chains=2, draws=2000)
    rain, sprinkler = np.meshgrid([0, 1], [0, 1], indexing="ij")
    prior = np.where(rain, 0.2, 0.8) * np.array([[0.6, 0.4], [0.99, 0.01]])
    joint = prior * (0.05 + 0.75 * sprinkler + 0.15 * rain)
    exact = joint / joint.sum()
    assert float(fit.probabilities("rain")[1]) == pytest.approx(exact[1].sum(), rel=1e-12)
    pairs = 2 * fit.posterior["rain"].values + fit.posterior["sprinkler"].values
    counts = np.bincount(pairs.ravel(), minlength=4)
    assert stats.chisquare(counts, exact.ravel() * counts.sum()).pvalue > ALARM
    assert stats.chisquare(counts, prior.ravel() * counts.sum()).pvalue < ALARM
    assert int(fit.most_probable("rain")) == 0 and int(fit.most_probable("sprinkler")) == 1
    assert fit.warnings() == ()
    again = model.infer({"is_wet": True}, seed=2, chains=2, draws=2000)
    xarray.testing.assert_identical(again.posterior, fit.posterior)
    other = model.infer({"is_wet": True}, seed=3, chains=2, draws=2000)
    assert (other.posterior["rain"] != fit.posterior["rain"]).any()


def test_impossible_data_are_an_error() -> None:
    text = SPRINKLER.replace("0.05 + 0.75 * sprinkler + 0.15 * rain", "0 * rain * sprinkler")
    with pytest.raises(DiagnosticError, match="no values of the discrete quantities"):
        gendsl.compile(text).infer({"is_wet": True}, chains=1, draws=10)


def test_other_names_are_refused(fit: gendsl.Fit) -> None:
    for ask in (fit.probabilities, fit.most_probable):
        with pytest.raises(UsageError, match="`mu` is no discrete latent"):
            ask("mu")


def test_info_states_what_is_summed_out_and_at_what_cost() -> None:
    mixture = gendsl.compile(MIXTURE).info()
    assert "z[row]  2 values  variable elimination  2 x row terms" in str(mixture)
    chain = gendsl.compile(CHAIN).info()
    assert "z[time]  2 values  forward algorithm over time  4 x time terms" in str(chain)
    assert chain.to_dict()["summed_out"][0]["names"] == ("z[time]",)


def test_the_command_line_shows_probabilities_and_the_path(
    chain_fit: gendsl.Fit, tmp_path: Path
) -> None:
    path = str(tmp_path / "fit.nc")
    chain_fit.save(path)
    runner = CliRunner()
    shown = runner.invoke(app, ["discrete", path])
    assert shown.exit_code == 0, shown.output
    assert "calm" in shown.output and "20 of 30 rows are not shown" in shown.output
    rows = json.loads(runner.invoke(app, ["discrete", path, "--json"]).stdout)["rows"]
    expected = chain_fit.probabilities("z").values
    np.testing.assert_allclose([row["probabilities"]["wild"] for row in rows], expected[:, 1])
    best = runner.invoke(app, ["discrete", path, "--site", "z", "--most-probable", "--json"])
    values = [row["value"] for row in json.loads(best.stdout)["rows"]]
    names = np.array(["calm", "wild"])
    assert values == list(names[chain_fit.most_probable("z").values])
    wrong = runner.invoke(app, ["discrete", path, "--site", "zz"])
    assert wrong.exit_code == 2 and "`zz` is no discrete latent" in wrong.output
