"""Covariances that rounding leaves without a factor: the fit goes on, and says so."""

import numpy as np

import gendsl

MODEL = """model m {
  dim row
  data x[row] : real
  data y[row] : real
  data z[row] : real
  len ~ LogNormal(log(5), 0.1)
  f ~ GP(kernel = RBF(len))
  g ~ GP(kernel = RBF(len))
  y[row] ~ Normal(f(x), 1e-9)
  z[row] ~ Normal(g(x), 0.5)
}
"""
X = np.linspace(0, 1, 20)


def test_a_fit_says_where_a_diagonal_was_raised_and_only_there():
    data = {"x": X, "y": np.zeros(20), "z": X}
    fit = gendsl.compile(MODEL).infer(data, seed=1, chains=1, warmup=20, draws=20)
    assert np.isfinite(fit.posterior["len"].values).all()
    assert not [n for g in fit.groups for n in fit[g] if "diagonal_added" in str(n)]
    [found] = fit.attributes["raised_diagonals"]
    assert found["name"] == "y" and 0 < found["draws"] <= found["of"] == 20
    assert 0.9e-9 < found["share"] < 1.1e-2
    [warning] = [w for w in fit.warnings() if w.code == "G0774"]
    assert f"of `y` was not positive definite to rounding at {found['draws']} of 20 draws" in (
        warning.message
    )
    assert f"{found['share']:.0e}" in warning.message
