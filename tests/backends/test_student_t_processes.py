"""Student t processes against scipy's multivariate t and the conjugate formulas in NumPy."""

import jax
import numpy as np
import pytest
import torch
from backend_cases.agreement import transformed
from backend_cases.compiled import bound, resolved
from scipy import stats

from gendsl.backends import numpyro, pyro

_RNG = np.random.default_rng(4)
X, Y, GRID = _RNG.normal(size=9), 3 * _RNG.normal(size=9), _RNG.normal(size=4)
EXPLICIT = (
    "f ~ StudentTProcess(df = 5, mean = 0.5, kernel = RBF(0.8) + 0.3^2 * Linear(1))",
    "f.scale",
)
SHARED = (
    "v ~ InverseGamma(3, 2)\n  f ~ GP(mean = 0.5, kernel = v * RBF(0.8) + v * 0.3^2 * Linear(1))",
    "sqrt(v)",
)


def kernel(x, y):
    return np.exp(-((x[:, None] - y) ** 2) / 2 / 0.64) + 0.09 * np.outer(x, y)


def model(statements, scale, observed="y[row] ~ Normal(f(x), {})"):
    return f"""model m {{
  dim row, grid
  data x[row] : real
  data g[grid] : real
  data y[row] : real
  data n[row] : int >= 0
  t ~ Normal(0, 1)
  {statements}
  {observed.format("0.4 * " + scale)}
  predict at[grid] = f(g)
}}
"""


def given():
    arrays = {"x": X, "y": Y, "g": GRID, "n": np.arange(9)}
    sizes = {"row": 9, "grid": 4, "row.twin": 9, "grid.twin": 4, "row.given": 9}
    return bound(arrays, sizes)


@pytest.mark.parametrize(("written", "a", "b"), [(EXPLICIT, 2.5, 2.5), (SHARED, 3, 2)])
def test_evidence_and_predictions_are_those_of_the_formulas(written, a, b):
    data = given()
    program = transformed(resolved(model(*written)), data)
    ours, theirs = numpyro.lower(program).bind(data), pyro.lower(program).bind(data)
    assert ours.size == 1  # t alone: neither the function nor its variance is inferred
    position = np.zeros(1)
    s = kernel(X, X) + 0.16 * np.eye(9)
    evidence = stats.multivariate_t(np.full(9, 0.5), s * b / a, df=2 * a).logpdf(Y)
    assert abs(float(ours.log_likelihood(ours.data, position)) - evidence) <= 1e-9
    found = theirs.log_likelihood(theirs.data, torch.tensor(position))
    assert abs(float(found) - evidence) <= 1e-9
    variance, values = drawn(ours, position)
    quadratic = (Y - 0.5) @ np.linalg.solve(s, Y - 0.5)
    assert abs(float(variance.concentration) - (a + 4.5)) <= 1e-9
    assert abs(float(variance.rate) - (b + quadratic / 2)) <= 1e-9
    across = kernel(X, GRID)
    mean = 0.5 + across.T @ np.linalg.solve(s, Y - 0.5)
    spread = kernel(GRID, GRID) - across.T @ np.linalg.solve(s, across)
    v = variance.drawn
    assert np.abs(values.loc - mean).max() <= 1e-9
    assert np.abs(values.covariance_matrix / v - spread).max() <= 1e-9


def drawn(density, position):
    """The distributions of the variance and of the values at new points, as they are drawn from."""
    from numpyro import distributions as dist

    made = []
    before = {family: family.sample for family in (dist.InverseGamma, dist.MultivariateNormal)}

    def recording(family):
        def sample(self, key, sample_shape=()):
            self.drawn = before[family](self, key, sample_shape)
            made.append(self)
            return self.drawn

        return sample

    for family in before:
        family.sample = recording(family)
    try:
        density.generate(jax.random.key(0), density.data, position)
    finally:
        for family, sample in before.items():
            family.sample = sample
    normal = [d for d in made if isinstance(d, dist.MultivariateNormal) and d.loc.shape == (4,)]
    return next(d for d in made[::-1] if isinstance(d, dist.InverseGamma)), normal[-1]


@pytest.mark.parametrize(
    ("written", "observed"),
    [
        ((EXPLICIT[0], "1"), "y[row] ~ Normal(f(x), {})"),
        (EXPLICIT, "y[row] ~ Normal(f(x), {})\n  n[row] ~ Poisson(f.variance)"),
        (EXPLICIT, "y[row] ~ Normal(f(x), {} * f.scale)"),
        (EXPLICIT, "n[row] ~ Poisson(log_rate = f(x) / {})"),
    ],
)
def test_a_variance_that_is_not_shared_by_the_noise_is_inferred(written, observed):
    program = resolved(model(*written, observed))
    latents = [n.name for n in program.nodes if getattr(n, "role", None) == "latent"]
    assert "f.variance" in latents
    families = {n.distribution.family.name for n in program.nodes if hasattr(n, "distribution")}
    assert "MultiStudentT" not in families
