"""Functions that vary together against the covariance of all their values, written out in NumPy."""

import jax
import numpy as np
import pytest
import torch
from backend_cases.agreement import transformed
from backend_cases.compiled import bound, resolved
from backend_cases.drawn_from import drawn_from

from gendsl.backends import numpyro, pyro

_RNG = np.random.default_rng(3)
X, Y, GRID = _RNG.normal(size=10), _RNG.normal(size=10), _RNG.normal(size=4)
OF, GRID_OF = np.array([0, 1, 2, 0, 1, 2, 0, 1, 1, 2]), np.array([2, 0, 1, 1])
LOADINGS = _RNG.normal(size=(3, 2))
B = LOADINGS @ LOADINGS.T + np.diag([0.3, 0.2, 0.5])
C = np.array([[1.0, 0.6, -0.2], [0.6, 2.0, 0.1], [-0.2, 0.1, 0.8]])
NOISE = np.array([0.3, 0.5, 0.4])


def kernel(x, of_x, y, of_y):
    r = np.abs(x[:, None] - y) * np.sqrt(3) / 2
    smooth = np.exp(-((x[:, None] - y) ** 2) / 2 / 0.49)
    return smooth * B[np.ix_(of_x, of_y)] + (1 + r) * np.exp(-r) * C[np.ix_(of_x, of_y)]


def model(predicted="f[grid_of](g)", observed="y[row] ~ Normal(f[output_of](x), noise[output_of])"):
    return f"""model m {{
  dim row, grid
  dim output = {{a, b, c}}
  dim factor = 2
  dim other like output
  data x[row] : real
  data g[grid] : real
  data output_of[row] : output
  data grid_of[grid] : output
  data y[row] : real
  data n[row] : int >= 0
  data w[output, factor] : real
  data own[output] : real
  data C[output, other] : real
  data noise[output] : real > 0
  let B[output, other] = sum[factor](w * w[output = other]) + diag[output, other](own)
  t ~ Normal(0, 1)
  f[output] ~ GP(kernel = RBF(0.7) * Coregion(B) + Matern32(2) * Coregion(C))
  {observed}
  predict at[grid] = {predicted}
}}
"""


def given():
    arrays = {
        "x": X, "g": GRID, "y": Y, "output_of": OF, "grid_of": GRID_OF, "w": LOADINGS,
        "own": np.array([0.3, 0.2, 0.5]), "C": C, "noise": NOISE, "n": np.arange(10),
    }  # fmt: skip
    sizes = {"row": 10, "grid": 4, "row.twin": 10, "grid.twin": 4, "row.given": 10}
    return bound(arrays, sizes | {"output": 3, "other": 3, "factor": 2})


@pytest.mark.parametrize(
    ("predicted", "of"), [("f[grid_of](g)", GRID_OF), ("f[b](g)", np.full(4, 1))]
)
def test_evidence_and_predictions_are_those_of_the_formulas(predicted, of):
    data = given()
    program = transformed(resolved(model(predicted)), data)
    ours, theirs = numpyro.lower(program).bind(data), pyro.lower(program).bind(data)
    position = np.zeros(ours.size)
    s = kernel(X, OF, X, OF) + np.diag(NOISE[OF] ** 2)
    evidence = -Y @ np.linalg.solve(s, Y) / 2 - np.linalg.slogdet(2 * np.pi * s)[1] / 2
    assert abs(float(ours.log_likelihood(ours.data, position)) - evidence) <= 1e-9
    found = theirs.log_likelihood(theirs.data, torch.tensor(position))
    assert abs(float(found) - evidence) <= 1e-9
    across = kernel(X, OF, GRID, of)
    mean = across.T @ np.linalg.solve(s, Y)
    covariance = kernel(GRID, of, GRID, of) - across.T @ np.linalg.solve(s, across)
    drawn = drawn_from(ours, position, 4)
    assert np.abs(drawn.loc - mean).max() <= 1e-9
    assert np.abs(drawn.covariance_matrix - covariance).max() <= 1e-9 * covariance.max()


def test_inferred_values_have_the_covariance():
    data = given()
    text = model(observed="n[row] ~ Poisson(log_rate = f[output_of](x))")
    density = numpyro.lower(transformed(resolved(text), data)).bind(data)
    values = jax.jacobian(lambda p: density.constrain(density.data, p)["f[output_of](x)"])
    factor = jax.jit(values)(np.zeros(density.size))
    assert np.abs(factor @ factor.T - kernel(X, OF, X, OF)).max() <= 1e-8


def test_slopes_of_members_have_the_covariance_of_the_members():
    """cov(f_o'(x), f_p'(y)) is B[o, p] times that of the slopes of one function."""
    text = model("f[grid_of](g)", "y[row] ~ Normal(derivative[f, output_of](x), noise[output_of])")
    data = given()
    density = pyro.lower(transformed(resolved(text), data)).bind(data)
    t = X[:, None] - X
    rbf = np.exp(-(t**2) / 2 / 0.49) * (1 - t**2 / 0.49) / 0.49
    scale = np.sqrt(3) / 2
    rough = scale**2 * (1 - scale * abs(t)) * np.exp(-scale * abs(t))
    spread = rbf * B[np.ix_(OF, OF)] + rough * C[np.ix_(OF, OF)] + np.diag(NOISE[OF] ** 2)
    wanted = -Y @ np.linalg.solve(spread, Y) / 2 - np.linalg.slogdet(2 * np.pi * spread)[1] / 2
    at = torch.zeros(density.size, dtype=torch.float64)
    assert abs(float(density.log_likelihood(density.data, at)) - wanted) <= 1e-9
