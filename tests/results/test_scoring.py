"""Log predictive densities of new observations, against what the draws say by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import logsumexp
from scipy.stats import norm

import gendsl

CURVE = """\
model curve {
  dim row, grid
  data x[row] : real
  data y[row] : real
  data z[grid] : real
  amp ~ HalfNormal(1)
  s ~ HalfNormal(0.5)
  f ~ GP(kernel = amp^2 * RBF(1))
  y[row] ~ Normal(f(x), s)
  predict twice[grid] = 2 * f(z)
  predict y_new[grid] ~ Normal(f(z), s)
}
infer main = laplace(draws = 300)
"""
SERIES = """\
model series {
  dim day : ordered
  data y[day] : real
  phi ~ Normal(0, 0.5)
  s ~ HalfNormal(1)
  y[day = first] ~ Normal(0, 1)
  y[day] ~ Normal(phi * y[day - 1], s)
}
"""
GAPS = """\
model gaps {
  dim row
  data y[row] : real?
  mu ~ Normal(0, 1)
  y[row] ~ Normal(mu, 1)
}
infer main = laplace(draws = 50)
"""


TWO = """\
model two {
  dim row, item
  data x[row] : real
  data w[row] : real > 0
  data n[row] : int >= 0
  f ~ GP(kernel = RBF(1))
  n[row] ~ Poisson(w * exp(f(x)))
  data y[item] : real
  excess ~ HalfNormal(1)
  y[item] ~ Uniform(0, 1 + excess)
}
infer main = nuts(chains = 1, warmup = 5, draws = 10)
"""


def draws(fit: gendsl.Fit, name: str) -> NDArray[np.float64]:
    values = np.asarray(fit.posterior[name].values)
    return values.reshape(-1, *values.shape[2:])


def test_a_score_is_the_log_of_the_mean_density_over_draws(fit: gendsl.Fit) -> None:
    new = {"county_of": ["C", "A", "A"], "floor": [0.0, 1.0, 0.0], "y": [4.1, -1.5, 2.0]}
    found = fit.score(new)
    level = draws(fit, "alpha")[:, [2, 0, 0]] + draws(fit, "slope")[:, None] * [0.0, 1.0, 0.0]
    log = norm.logpdf(new["y"], level, draws(fit, "sigma")[:, None])
    np.testing.assert_allclose(found.elpd_i, logsumexp(log, axis=0) - np.log(len(log)), rtol=1e-10)
    assert found.labels == ("y[house=0]", "y[house=1]", "y[house=2]")
    assert found.num_draws == 400 and "elpd_score" in str(found)
    again = fit.score({name: new[name] for name in ("county_of", "floor")}, "y", new["y"], draws=50)
    assert again.num_draws == 50 and again.fingerprint == found.fingerprint
    table = gendsl.compare({"all": found, "some": again})
    assert {model.name for model in table.models} == {"all", "some"}


@pytest.fixture(scope="module")
def curve() -> gendsl.Fit:
    x = np.concatenate([np.linspace(-3, -1, 12), np.linspace(1, 3, 12)])
    y = np.sin(x) + 0.1 * np.random.default_rng(3).standard_normal(24)
    return gendsl.compile(CURVE).infer({"x": x, "y": y, "z": [0.0]}, seed=1)


@pytest.mark.slow
def test_a_function_that_is_integrated_out_is_scored_at_new_points(curve: gendsl.Fit) -> None:
    """Given a draw of the parameters f(z) is normal, and so the mean of its density is known.

    With f ~ N(m, v) and p = N(y; f, s), E p = N(y; m, v + s^2) and E p^2 = N(y; m, v + s^2 / 2) /
    (2 s sqrt(pi)). Three means leave a band of 5 standard errors with probability 2e-6; the density
    at the mean of f, which leaves v out, is far outside in the gap.
    """
    z, seen = np.array([-2.0, 0.0, 2.5]), np.array([-0.9, 0.5, 0.6])
    x, y = (np.asarray(curve[g][n]) for g, n in (("constant_data", "x"), ("observed_data", "y")))
    amp, s = (draws(curve, n)[:, None, None] for n in ("amp", "s"))

    def kernel(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
        return amp**2 * np.exp(-0.5 * np.square(a[:, None] - b))

    weights = np.linalg.solve(kernel(x, x) + s**2 * np.eye(24), kernel(x, z))
    m = np.einsum("drz,r->dz", weights, y)
    v = amp[..., 0] ** 2 - np.einsum("drz,drz->dz", weights, kernel(x, z))
    s = s[..., 0]
    mean = norm.pdf(seen, m, np.sqrt(v + s**2))
    square = norm.pdf(seen, m, np.sqrt(v + s**2 / 2)) / (2 * s * np.sqrt(np.pi))
    error = np.sqrt((square - mean**2).sum(axis=0)) / len(s)
    found = np.exp(curve.score({"z": z}, "y_new", seen, seed=2).elpd_i)
    assert (np.abs(found - mean.mean(axis=0)) < 5 * error).all()
    plug_in = norm.pdf(seen, m, s).mean(axis=0)
    assert abs(plug_in[1] - mean[:, 1].mean()) > 5 * error[1]


@pytest.mark.slow
def test_entries_of_a_series_are_given_those_before_them() -> None:
    y = np.random.default_rng(4).standard_normal(20)
    model = gendsl.compile(SERIES)
    fit = model.infer({"day": list(range(20)), "y": y}, seed=1, chains=2, warmup=200, draws=100)
    found = fit.score({"day": [20, 21], "y": [0.5, 1.0]})
    assert found.labels == ("y[day=20]", "y[day=21]")
    at = draws(fit, "phi")[:, None] * [y[-1], 0.5]
    log = norm.logpdf([0.5, 1.0], at, draws(fit, "s")[:, None])
    np.testing.assert_allclose(found.elpd_i, logsumexp(log, axis=0) - np.log(len(log)), rtol=1e-10)


def test_what_was_inferred_is_no_observation() -> None:
    fit = gendsl.compile(GAPS).infer({"y": [1.0, np.nan, 2.0]}, seed=1)
    found = fit.score()
    assert found.labels == ("y[row=0]", "y[row=2]")
    log = norm.logpdf([1.0, 2.0], draws(fit, "mu")[:, None], 1.0)
    np.testing.assert_allclose(found.elpd_i, logsumexp(log, axis=0) - np.log(len(log)), rtol=1e-10)


def test_a_score_of_what_was_fitted_says_so(fit: gendsl.Fit, radon_data: dict[str, object]) -> None:
    said = "those that were fitted, which flatters the model"
    own = fit.score(draws=20)
    assert own.is_in_sample and said in str(own) and own.to_dict()["is_in_sample"] is True
    again = fit.score({n: radon_data[n] for n in ("county_of", "floor", "y")}, draws=20)
    assert again.is_in_sample
    new = {"county_of": ["C", "A"], "floor": [0.0, 1.0], "y": [4.1, -1.5]}
    other = fit.score(new, draws=20)
    assert not other.is_in_sample and said not in str(other)


@pytest.fixture(scope="module")
def two() -> gendsl.Fit:
    data = {"x": [0.0, 1.0, 2.0], "w": [1.0, 1.0, 1.0], "n": [1, 0, 2], "y": [0.1, 0.5, 0.9]}
    return gendsl.compile(TWO).infer(data, seed=1)


def test_observations_of_density_0_are_named(two: gendsl.Fit) -> None:
    with pytest.warns(UserWarning, match="G0850.*2 of 4 observations are impossible"):
        found = two.score({"y": [0.2, -1.0, 0.3, 9.0]}, "y")
    named = "`y[item=1]`, `y[item=3]`"
    assert f"2 of 4 observations are impossible, of density 0: {named}" in str(found)
    (warning,) = found.warnings()
    assert warning.code == "G0850" and warning.notes == (named,)


def test_names_that_the_model_lacks_are_warned_of(fit: gendsl.Fit) -> None:
    table = {"county_of": ["C"], "floor": [0.0], "y": [4.1], "house_number": [7]}
    assert [note.code for note in fit.score(table, draws=5).notes] == ["G0630"]
    with pytest.warns(UserWarning, match=r"G0849.*`hose` is not used(.|\n)*dimension `house`"):
        fit.predict({"hose": [7], "county_of": ["C"], "floor": [0.0]}, draws=5)
    refused("G0854", r"nothing of the new data(.|\n)*mean `floor`", fit.predict, {"flor": [0.0]})
    refused("G0854", "data of `radon` are", fit.score, {"storey": [0.0, 1.0], "other": 1})


def test_what_is_not_given_comes_before_points_that_cannot_move(two: gendsl.Fit) -> None:
    x, w, n = {"x": [0.5]}, {"w": [1.0]}, {"n": [1]}
    refused("G0601", "`w` is declared as data", two.score, {**x, **n}, "n")
    refused("G0848", "no `n` to score", two.score, {**x, **w}, "n")
    refused("G0779", "no others can be in their place", two.score, {**x, **w, **n}, "n")


def refused(code: str, match: str, call: object, *arguments: object) -> None:
    with pytest.raises(gendsl.DiagnosticError, match=match) as error:
        call(*arguments)  # type: ignore[operator]
    assert [d.code for d in error.value.diagnostics] == [code]


def test_what_has_no_density_is_refused(curve: gendsl.Fit) -> None:
    z = {"z": [0.0, 1.0]}
    refused("G0838", "new function", curve.score, {"x": [0.0], "y": [1.0]})
    refused("G0806", "no statement draws `twice`", curve.score, z, "twice", [0.0, 1.0])
    refused("G0848", "not said what was observed of `y_new`", curve.score, z, "y_new")
    refused("G0848", "takes 2 numbers over `grid`, and 3", curve.score, z, "y_new", [0.0] * 3)


def test_new_rows_need_their_observations(fit: gendsl.Fit) -> None:
    refused("G0848", "no `y` to score", fit.score, {"county_of": ["A"], "floor": [0.0]})
