"""Approximate processes: each tends to the exact one, whose formulas are NumPy's here.

Evidence and predictions are compared with those by the inverse of the covariance (Rasmussen &
Williams 2006, eq. 2.23-2.24 and 2.30), whose kernels are written out here.
"""

from dataclasses import replace
from types import MappingProxyType

import jax
import numpy as np
import pytest
import torch
from backend_cases.agreement import check_agreement, transformed
from backend_cases.compiled import resolved
from numpyro import distributions as dist
from scipy import stats
from test_pyro_minibatch import latents_of, log_density

import gendsl
from gendsl.backends import numpyro, pyro
from gendsl.data import bind, raw_of
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.resolve.random_functions import inducing, kernels

NOISE = 0.3
_RNG = np.random.default_rng(7)
X, GRID = _RNG.uniform(0, 4, 30), np.array([0.5, 1.7, 3.1])
Y = np.sin(X) + NOISE * _RNG.normal(size=30)
DATA = {"x": X, "y": Y, "g": GRID}
KERNEL = "1.3^2 * RBF(0.8)"


def k(x, y):
    return 1.69 * np.exp(-((x[:, None] - y) ** 2) / 2 / 0.64)


def model(approx, kernel=KERNEL):
    return f"""model m {{
  dim row, grid
  data x[row] : real
  data g[grid] : real
  data y[row] : real
  t ~ Normal(0, 1)
  f ~ GP(mean = 0.5, kernel = {kernel}, approx = {approx})
  y[row] ~ Normal(f(x), {NOISE})
  predict at[grid] = f(g)
}}
"""


def program_of(text, data):
    program = resolved(text)
    found = bind(program, raw_of(data))
    return transformed(program, found), found


def densities(text, data=DATA):
    program, found = program_of(text, data)
    return numpyro.lower(program).bind(found), pyro.lower(program).bind(found)


def exact():
    """The log evidence, and the mean and the covariance at the new points."""
    s = k(X, X) + NOISE**2 * np.eye(30)
    gain = k(GRID, X) @ np.linalg.inv(s)
    evidence = (
        -(Y - 0.5) @ np.linalg.solve(s, Y - 0.5) / 2 - np.linalg.slogdet(2 * np.pi * s)[1] / 2
    )
    return evidence, 0.5 + gain @ (Y - 0.5), k(GRID, GRID) - gain @ k(X, GRID)


def errors(approx):
    """By how much the log density of the data is too high, in both backends."""
    ours, theirs = densities(model(approx))
    at = np.zeros(1)
    own = float(ours.log_density(ours.data, at))
    assert own == pytest.approx(float(theirs.log_density(theirs.data, torch.tensor(at))), abs=1e-9)
    return own - exact()[0] - dist.Normal(0, 1).log_prob(0.0)


def test_waves_tend_to_the_exact_evidence():
    found = [abs(errors(f"hilbert(m = {m}, L = {L})")) for m, L in ((10, 1.5), (60, 3))]
    assert 1e-6 < found[0] <= 0.5 and found[1] <= 1e-9


def test_a_wrong_spectral_density_does_not(monkeypatch):
    row = kernels.KERNELS["RBF"]
    line, space = row.spectrum
    wrong = replace(row, spectrum=(line.replace("2 * pi", "3 * pi"), space))
    table = MappingProxyType({**kernels.KERNELS, "RBF": wrong})
    monkeypatch.setattr(kernels, "KERNELS", table)
    assert abs(errors("hilbert(m = 60, L = 3)")) > 1e-2


def test_inducing_points_bound_the_exact_evidence_and_tend_to_it():
    """Titsias (2009), eq. 9, by the inverse of K_uu; the exact value where all are chosen."""
    scaled = (X - X.mean()) / X.std()
    chosen = [int((scaled**2).argmin())]
    while len(chosen) < 4:
        chosen.append(int(((scaled[:, None] - scaled[chosen]) ** 2).min(1).argmax()))
    z = X[chosen]
    low = k(X, z) @ np.linalg.solve(k(z, z), k(z, X))
    known = stats.multivariate_normal(np.zeros(30), low + NOISE**2 * np.eye(30)).logpdf(Y - 0.5)
    bound = known - (30 * 1.69 - np.trace(low)) / 2 / NOISE**2
    few, every = float(errors("inducing(m = 4)")), float(errors("inducing(m = 30)"))
    assert few < -1 and abs(every) <= 1e-6
    assert few == pytest.approx(bound - exact()[0], abs=1e-6)


def test_without_its_trace_there_is_no_bound(monkeypatch):
    """The broken twin: the density of the process of low rank is above the exact one here."""
    whole = inducing.Inducing.marginal

    def marginal(self, found, is_read):
        site = whole(self, found, is_read)
        self.factors = ()
        return site

    monkeypatch.setattr(inducing.Inducing, "marginal", marginal)
    assert float(errors("inducing(m = 4)")) > 1


def predictions(approx, monkeypatch, white=0.0):
    """The values at the new points, weights at their mean, and the weights' distribution."""
    made = []

    def sample(self, key, sample_shape=()):
        made.append(self)
        return self.loc

    monkeypatch.setattr(dist.MultivariateNormal, "sample", sample)

    def standard(self, key, sample_shape=()):
        return jax.numpy.full((*sample_shape, *self.batch_shape), white)

    monkeypatch.setattr(dist.Normal, "sample", standard)
    density, _ = densities(model(approx))
    drawn = density.generate(jax.random.key(0), density.data, np.zeros(1))
    return np.asarray(drawn["at"]), made[0]


def test_predictions_by_waves_are_the_exact_ones(monkeypatch):
    found, weights = predictions("hilbert(m = 40, L = 3)", monkeypatch)
    _, mean, covariance = exact()
    assert np.abs(found - mean).max() <= 1e-7
    # the waves of Solin & Särkkä (2020), eq. 15 and 20
    centre, edge = (X.min() + X.max()) / 2, 3 * (X.max() - X.min()) / 2
    w = np.pi * np.arange(1, 41) / (2 * edge)
    waves = np.sin(w * (GRID - centre + edge)[:, None]) / np.sqrt(edge)
    features = waves * np.sqrt(1.69 * 0.8 * np.sqrt(2 * np.pi) * np.exp(-((0.8 * w) ** 2) / 2))
    spread = features @ np.asarray(weights.covariance_matrix) @ features.T
    assert np.abs(spread - covariance).max() <= 1e-7


@pytest.mark.slow
def test_predictions_by_inducing_points_are_the_exact_ones(monkeypatch):
    found, _ = predictions("inducing(m = 30)", monkeypatch)
    assert np.abs(found - exact()[1]).max() <= 1e-5
    # few points leave variance open at the new ones, which predictions have
    few, _ = predictions("inducing(m = 3)", monkeypatch)
    more, _ = predictions("inducing(m = 3)", monkeypatch, white=1.0)
    assert (more - few).max() > 0.1


def covariance_of(text, data):
    """That of the values of the function, which are linear in standard normal weights."""
    density, _ = densities(text, data)
    factor = jax.jacobian(lambda p: density.constrain(density.data, p)["f(x)"])(
        np.zeros(density.size)
    )
    return np.asarray(factor @ factor.T)


def test_parts_with_functions_of_their_own_are_exact():
    kernel = "Periodic(period = 2, len = 0.7) + 0.5 * Constant(0.4) + Linear(0.9, centre = 1)"
    d = X[:, None] - X
    wanted = np.exp(-2 * np.sin(np.pi * d / 2) ** 2 / 0.49) + 0.08
    wanted += 0.81 * np.outer(X - 1, X - 1)
    found = covariance_of(model("hilbert(m = 30)", kernel), DATA)
    assert np.abs(found - wanted).max() <= 1e-12


@pytest.mark.parametrize(
    "approx", ["hilbert(m = 24, L = 3.5, collapse = false)", "inducing(m = 25)"]
)
def test_several_coordinates_with_a_length_each(approx):
    text = model(approx.replace("m = 25", "m = 25, collapse = false"), "RBF(len)")
    text = text.replace("x[row]", "x[row, col]").replace("g[grid]", "g[grid, col]")
    text = text.replace("row, grid\n", "row, grid, col\n  data len[col] : real > 0\n")
    x = _RNG.uniform(-1, 1, (25, 2))
    x[:4] = [[-1, -1], [-1, 1], [1, -1], [1, 1]]
    lengths = np.array([0.5, 0.8])
    data = {"x": x, "y": Y[:25], "g": x[:3] / 2, "len": lengths}
    wanted = np.exp(-(((x[:, None] - x) / lengths) ** 2).sum(-1) / 2)
    assert np.abs(covariance_of(text, data) - wanted).max() <= 1e-6


COUNTS = """model counts {
  dim row, grid, region
  data x[row] : real
  data region_of[row] : region
  data n[row] : int >= 0
  data g[grid] : real
  amp[region] ~ HalfNormal(1)
  len ~ Gamma(5, 5)
  f[region] ~ GP(kernel = amp^2 * Matern52(len), approx = APPROX)
  n[row] ~ Poisson(log_rate = f[region_of](x))
  predict at[grid, region] = f(g)
  predict one[region] = f(0.5)
}
"""
OF_COUNTS = {
    "x": X,
    "g": GRID,
    "n": np.arange(30) % 4,
    "region_of": np.array(["a", "b", "c"])[np.arange(30) % 3],
}


@pytest.mark.slow
@pytest.mark.parametrize("approx", ["hilbert(m = 12, L = 2)", "inducing(m = 10)"])
def test_backends_agree_on_functions_by_region(approx):
    text = COUNTS.replace("APPROX", approx)
    check_agreement(*program_of(text, OF_COUNTS), num_points=2)
    ours, theirs = densities(text, OF_COUNTS)
    at = np.zeros(ours.size)
    drawn = ours.generate(jax.random.key(0), ours.data, at)
    again = theirs.generate(0, theirs.data, torch.tensor(at))
    for found in (drawn, again):
        assert tuple(found["at"].shape) == (3, 3) and tuple(found["one"].shape) == (3,)


@pytest.mark.parametrize("approx", ["hilbert(m = 12, L = 2)", "inducing(m = 10)"])
def test_rows_may_be_read_in_minibatches(approx):
    """The mean over minibatches that part the rows is the log density of all."""
    text = COUNTS.replace("APPROX", approx)
    text = text.replace("  predict at[grid, region] = f(g)\n", "")
    text = text.replace("  predict one[region] = f(0.5)\n", "").replace(", grid", "")
    text = text.replace("  data g[grid] : real\n", "")
    data = {name: OF_COUNTS[name] for name in ("x", "n", "region_of")}
    compiled = gendsl.compile(text)
    whole, part = compiled.as_module(data), compiled.as_module(data, minibatch="row")
    values = latents_of(whole)
    found = [log_density(part, values, row=torch.arange(i, 30, 3)).item() for i in range(3)]
    assert np.mean(found) == pytest.approx(log_density(whole, values).item(), rel=1e-9)
    assert np.ptp(found) > 1e-3


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"g": GRID + 9}, "called outside of its box"),
        ({"x": 0 * X}, "all the same"),
    ],
)
def test_points_that_a_box_does_not_hold(data, said):
    with pytest.raises(DiagnosticError) as failure:
        densities(model("hilbert(m = 10)"), {**DATA, **data})
    (found,) = failure.value.diagnostics
    assert found.code == "G0642" and said in found.message


@pytest.mark.slow
@pytest.mark.parametrize("approx", ["exact", "hilbert(m = 12, L = 2)", "inducing(m = 30)"])
def test_a_fit_predicts_the_same_function_and_refuses_other_points(approx):
    text = COUNTS.replace("APPROX", approx).replace("  predict one[region] = f(0.5)\n", "")
    fit = gendsl.compile(text).infer(
        {**OF_COUNTS, "g": X[:3]}, seed=1, chains=1, warmup=20, draws=20
    )
    values = np.asarray(fit.posterior["f(x)"])[0]
    again = fit.predict({"g": X[4:6]}, seed=0)["predictions"]["at"]
    assert np.abs(np.asarray(again)[0] - np.swapaxes(values[..., 4:6], 1, 2)).max() <= 1e-3
    assert "f.weights" not in fit.posterior_predictive
    with pytest.raises(DiagnosticError) as failure:
        fit.predict({"x": X[:3], "n": [0, 1, 2], "region_of": ["a", "b", "c"]}, seed=0)
    assert failure.value.diagnostics[0].code == "G0779"
