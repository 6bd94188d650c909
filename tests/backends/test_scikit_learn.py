"""Exact processes against scikit-learn and tinygp: evidence, predictions of f and of y.

Every kernel that scikit-learn has, with fixed parameters. The tolerance is 1e-9; that of variances
is relative to the variance before conditioning, as the jitter is.
"""

import jax
import numpy as np
import pytest
import torch
from backend_cases.agreement import transformed
from backend_cases.compiled import bound, resolved

from gendsl.backends import numpyro, pyro

gaussian_process = pytest.importorskip("sklearn.gaussian_process")
of = gaussian_process.kernels

NOISE = 0.3
_RNG = np.random.default_rng(11)
LINE, LINE_NEW = _RNG.normal(size=(15, 1)), _RNG.normal(size=(5, 1))
PLANE, PLANE_NEW = _RNG.normal(size=(15, 2)), _RNG.normal(size=(5, 2))
Y = _RNG.normal(size=15)
LENGTHS = np.array([0.7, 1.9])

ON_A_LINE = {
    "RBF(0.8)": lambda: of.RBF(0.8),
    "Matern12(0.8)": lambda: of.Matern(0.8, nu=0.5),
    "Matern32(0.8)": lambda: of.Matern(0.8, nu=1.5),
    "Matern52(0.8)": lambda: of.Matern(0.8, nu=2.5),
    "RationalQuadratic(0.8, alpha = 1.7)": lambda: of.RationalQuadratic(0.8, alpha=1.7),
    "Periodic(period = 2, len = 0.7)": lambda: of.ExpSineSquared(0.7, periodicity=2),
    "Linear(1) + Constant(0.4)": lambda: of.DotProduct(0.4),
    "Polynomial(2, offset = 0.5)": lambda: of.Exponentiation(of.DotProduct(np.sqrt(0.5)), 2),
    "RBF(1) + White(0.7)": lambda: of.RBF(1) + of.WhiteKernel(0.49),
    "Constant(1.3) * RBF(1.2)": lambda: of.ConstantKernel(1.69) * of.RBF(1.2),
    "1.3^2 * RBF(2) * Periodic(1, 0.9) + Matern32(0.3)": lambda: (
        of.ConstantKernel(1.69) * of.RBF(2) * of.ExpSineSquared(0.9, 1) + of.Matern(0.3, nu=1.5)
    ),
    "laplacian": lambda: of.PairwiseKernel(gamma=1.5, metric="laplacian"),
}
ON_A_PLANE = {
    "RBF(len)": lambda: of.RBF(LENGTHS),
    "Matern52(len)": lambda: of.Matern(LENGTHS, nu=2.5),
    "Matern12(0.8) + 0.5 * RBF(len)": lambda: (
        of.Matern(0.8, nu=0.5) + of.ConstantKernel(0.5) * of.RBF(LENGTHS)
    ),
}


def model(kernel, is_flat):
    """A regression with a fixed kernel; the one latent has no part in it."""
    col = "" if is_flat else ", col"
    return f"""model m {{
  dim row, grid{col}
  data x[row{col}] : real
  data g[grid{col}] : real
  data y[row] : real
  {"" if is_flat else "data len[col] : real > 0"}
  kernel laplacian(a, b) = exp(-1.5 * abs(a - b))
  t ~ Normal(0, 1)
  f ~ GP(kernel = {kernel})
  y[row] ~ Normal(f(x), {NOISE})
  predict y_new[grid] ~ Normal(f(g), {NOISE})
}}
"""


def given(is_flat):
    sizes = {"row": 15, "grid": 5, "row.twin": 15, "grid.twin": 5, "row.given": 15}
    if is_flat:
        return bound({"x": LINE[:, 0], "g": LINE_NEW[:, 0], "y": Y}, sizes)
    return bound({"x": PLANE, "g": PLANE_NEW, "y": Y, "len": LENGTHS}, sizes | {"col": 2})


def drawn_by_numpyro(density, position, patch):
    """Mean and covariance of f, then mean and scale of y given f, of the sites that are drawn."""
    from numpyro import distributions as dist

    made = []
    patch.setattr(
        dist.MultivariateNormal, "sample", lambda d, *_: made.append(d.covariance_matrix) or d.loc
    )
    patch.setattr(dist.Normal, "sample", lambda d, *_: made.append(d.scale) or d.loc)
    drawn = density.generate(jax.random.key(0), density.data, position)
    return drawn, made


def drawn_by_pyro(density, position, patch):
    from torch import distributions as dist

    made = []
    patch.setattr(
        dist.MultivariateNormal, "rsample", lambda d, *_: made.append(d.covariance_matrix) or d.loc
    )
    patch.setattr(dist.Normal, "sample", lambda d, *_: made.append(d.scale) or d.loc)
    return density.generate(0, density.data, torch.tensor(position)), made


@pytest.mark.sweep(2)
@pytest.mark.parametrize("kernel", [*ON_A_LINE, *ON_A_PLANE])
def test_evidence_and_predictions_are_those_of_scikit_learn(kernel, monkeypatch):
    is_flat = kernel in ON_A_LINE
    data = given(is_flat)
    program = transformed(resolved(model(kernel, is_flat)), data)
    theirs = gaussian_process.GaussianProcessRegressor(
        (ON_A_LINE | ON_A_PLANE)[kernel](), alpha=NOISE**2, optimizer=None
    ).fit(*((LINE, Y) if is_flat else (PLANE, Y)))
    evidence = theirs.log_marginal_likelihood()
    mean, covariance = theirs.predict(LINE_NEW if is_flat else PLANE_NEW, return_cov=True)
    size = max(1.0, theirs.kernel_.diag(theirs.X_train_).mean())

    lowered = numpyro.lower(program).bind(data)
    position = np.zeros(lowered.size)
    assert abs(float(lowered.log_likelihood(lowered.data, position)) - evidence) <= 1e-9
    _compare(*drawn_by_numpyro(lowered, position, monkeypatch), mean, covariance, size)

    lowered = pyro.lower(program).bind(data)
    found = lowered.log_likelihood(lowered.data, torch.tensor(position))
    assert abs(float(found) - evidence) <= 1e-9
    _compare(*drawn_by_pyro(lowered, position, monkeypatch), mean, covariance, size)


def _compare(drawn, made, mean, covariance, size):
    """Values are drawn at their mean: f is that of the conditional, y is f and has the noise."""
    assert np.abs(np.asarray(drawn["f(g)"]) - mean).max() <= 1e-9 * size
    assert np.abs(np.asarray(drawn["y_new"]) - mean).max() <= 1e-9 * size
    spreads = [np.asarray(m) for m in made if np.shape(m) == (5, 5)]
    assert np.abs(spreads[-1] - covariance).max() <= 1e-9 * size
    assert np.abs(np.asarray(made[-1]) ** 2 - NOISE**2).max() <= 1e-12


@pytest.mark.slow
def test_evidence_and_predictions_are_those_of_tinygp(monkeypatch):
    tinygp = pytest.importorskip("tinygp")
    kernel = "1.3^2 * Matern32(0.8) + RationalQuadratic(1.1, alpha = 1.7) + Cosine(2.5)"
    data = given(True)
    program = transformed(resolved(model(kernel, True)), data)
    lowered = numpyro.lower(program).bind(data)
    k = tinygp.kernels
    theirs = tinygp.GaussianProcess(
        1.69 * k.Matern32(0.8) + k.RationalQuadratic(scale=1.1, alpha=1.7) + k.Cosine(2.5),
        LINE[:, 0],
        diag=NOISE**2,
    )
    at = theirs.condition(Y, LINE_NEW[:, 0], diag=0.0)
    position = np.zeros(lowered.size)
    found = float(lowered.log_likelihood(lowered.data, position))
    assert abs(found - float(at.log_probability)) <= 1e-9
    drawn, made = drawn_by_numpyro(lowered, position, monkeypatch)
    _compare(drawn, made, np.asarray(at.gp.loc), np.asarray(at.gp.covariance), 3.69)
