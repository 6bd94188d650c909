"""Predictions of a random function of several coordinates, at new points alone."""

import numpy as np
import pytest

import gendsl
from gendsl.diagnostics.diagnostic import DiagnosticError

MODEL = """\
model surface {
  dim row, grid, col
  data X[row, col] : real
  data y[row] : real
  data Z[grid, col] : real
  len[col] ~ LogNormal(0, 0.5)
  s ~ HalfNormal(1)
  f ~ GP(kernel = RBF(len))
  y[row] ~ Normal(f(X), s)
  predict g[grid] = f(Z)
}
infer main = laplace(draws = 100)
"""


@pytest.mark.slow
def test_coordinates_are_those_of_the_fit():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(25, 2))
    y = np.sin(x[:, 0]) + 0.1 * rng.normal(size=25)
    fit = gendsl.compile(MODEL).infer({"X": x, "y": y, "Z": x[:3]}, seed=1)
    found = fit.predict({"Z": x[5:9]})["predictions"]["g"]
    assert found.shape[-1] == 4
    apart = np.abs(np.asarray(found).reshape(-1, 4).mean(0) - np.sin(x[5:9, 0]))
    assert apart.max() < 0.25
    with pytest.raises(DiagnosticError, match="col"):
        fit.predict({"Z": np.zeros((4, 3))})
