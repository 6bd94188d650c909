"""Exact processes against formulas written apart from them: evidence, predictions, values.

The kernels' formulas are NumPy's here, the conditionals are by the inverse of the covariance
(Rasmussen & Williams 2006, eq. 2.23-2.24 and 2.30). The tolerance is 1e-9; that of covariances is
relative to the variance before conditioning, as the jitter is.
"""

import jax
import numpy as np
import pytest
import torch
from backend_cases.agreement import transformed
from backend_cases.compiled import bound, resolved
from backend_cases.drawn_from import drawn_from

from gendsl.backends import numpyro, pyro

NOISE = 0.3
_RNG = np.random.default_rng(7)
X, Y, GRID = _RNG.normal(size=12), _RNG.normal(size=12), _RNG.normal(size=4)
X2, GRID2 = _RNG.normal(size=(12, 2)), _RNG.normal(size=(4, 2))
LENGTHS = np.array([0.7, 1.9])


def d(x, y):
    return x[:, None] - y[None, :]


def matern(r, order):
    return {
        1: np.exp(-r),
        3: (1 + np.sqrt(3) * r) * np.exp(-np.sqrt(3) * r),
        5: (1 + np.sqrt(5) * r + 5 * r**2 / 3) * np.exp(-np.sqrt(5) * r),
    }[order]


def scaled(x, y):
    return np.sqrt(((x[:, None] / LENGTHS - y[None] / LENGTHS) ** 2).sum(-1))


KERNELS = {
    "1.3^2 * RBF(0.8)": lambda x, y: 1.69 * np.exp(-(d(x, y) ** 2) / 2 / 0.64),
    "Matern12(0.8)": lambda x, y: matern(abs(d(x, y)) / 0.8, 1),
    "Matern32(0.8) / 2": lambda x, y: matern(abs(d(x, y)) / 0.8, 3) / 2,
    "Matern52(0.8)": lambda x, y: matern(abs(d(x, y)) / 0.8, 5),
    "RationalQuadratic(0.8, alpha = 1.7)": lambda x, y: (1 + d(x, y) ** 2 / 3.4 / 0.64) ** -1.7,
    "Periodic(period = 2, len = 0.7)": lambda x, y: np.exp(
        -2 * np.sin(np.pi * d(x, y) / 2) ** 2 / 0.49
    ),
    "Cosine(2)": lambda x, y: np.cos(np.pi * d(x, y)),
    "Linear(0.9, centre = 1) + Constant(0.4)": lambda x, y: 0.81 * np.outer(x - 1, y - 1) + 0.16,
    "Polynomial(2, offset = 0.5)": lambda x, y: (np.outer(x, y) + 0.5) ** 2,
    "RBF(1) + White(0.2)": lambda x, y: (
        np.exp(-(d(x, y) ** 2) / 2) + 0.04 * (np.eye(len(x)) if x is y else 0)
    ),
    "own * Linear(1)": lambda x, y: np.exp(-abs(d(x, y))) * np.outer(x, y),
    "Matern52(len) + RBF(1.1)": lambda x, y: (
        matern(scaled(x, y), 5) + np.exp(-((x[:, None] - y[None]) ** 2).sum(-1) / 2 / 1.21)
    ),
}


def model(kernel, is_collapsed=True):
    """A regression with a fixed kernel; the one latent has no part in it."""
    dims = (", col", "col, ") if "len" in kernel.replace("len =", "") else ("", "")
    lengths = f"data len[{dims[1][:-2]}] : real > 0" if dims[0] else ""
    way = "" if is_collapsed else ", approx = exact(collapse = false)"
    return f"""model m {{
  dim row, grid{", col" if dims[0] else ""}
  data x[row{dims[0]}] : real
  data g[grid{dims[0]}] : real
  data y[row] : real
  {lengths}
  kernel own(a, b) = exp(-abs(a - b))
  t ~ Normal(0, 1)
  f ~ GP(mean = 0.5, kernel = {kernel}{way})
  y[row] ~ Normal(f(x), {NOISE})
  predict at[grid] = f(g)
}}
"""


def given(kernel):
    is_flat = "len" not in kernel.replace("len =", "")
    data = {"x": X if is_flat else X2, "g": GRID if is_flat else GRID2, "y": Y}
    sizes = {"row": 12, "grid": 4, "row.twin": 12, "grid.twin": 4, "row.given": 12, "col": 2}
    return bound(data if is_flat else data | {"len": LENGTHS}, sizes)


def expected(kernel):
    """The log evidence, and the mean and the covariance at the new points."""
    k = KERNELS[kernel]
    arrays = given(kernel).arrays
    x, g = arrays["x"], arrays["g"]
    s = k(x, x) + NOISE**2 * np.eye(12)
    inverse, across = np.linalg.inv(s), k(x, g)
    evidence = -(Y - 0.5) @ inverse @ (Y - 0.5) / 2 - np.linalg.slogdet(2 * np.pi * s)[1] / 2
    mean = 0.5 + across.T @ inverse @ (Y - 0.5)
    return evidence, mean, k(g, g) - across.T @ inverse @ across


@pytest.mark.sweep(2)
@pytest.mark.parametrize("kernel", KERNELS)
def test_evidence_and_predictions_are_those_of_the_formulas(kernel):
    data = given(kernel)
    program = transformed(resolved(model(kernel)), data)
    evidence, mean, covariance = expected(kernel)
    ours, theirs = numpyro.lower(program).bind(data), pyro.lower(program).bind(data)
    position = np.zeros(ours.size)
    assert abs(float(ours.log_likelihood(ours.data, position)) - evidence) <= 1e-9
    found = theirs.log_likelihood(theirs.data, torch.tensor(position))
    assert abs(float(found) - evidence) <= 1e-9
    draws = drawn_from(ours, position, 4)
    assert np.abs(draws.loc - mean).max() <= 1e-9
    grid = data.arrays["g"]
    variance = max(1.0, KERNELS[kernel](grid, grid).diagonal().mean())
    assert np.abs(draws.covariance_matrix - covariance).max() <= 1e-9 * variance


def test_noise_of_a_kernel_is_at_the_points_of_the_data_what_it_was_there():
    """`White` is a part of the function's values: at the same points it is the data's."""
    kernel = "RBF(1) + White(0.7)"
    text = model(kernel).replace("predict at[grid] = f(g)", "predict at[row] = f(x)")
    data = given("RBF(1) + White(0.2)")
    density = numpyro.lower(transformed(resolved(text), data)).bind(data)
    k = np.exp(-(d(X, X) ** 2) / 2) + 0.49 * np.eye(12)
    gain = k @ np.linalg.inv(k + NOISE**2 * np.eye(12))
    draws = drawn_from(density, np.zeros(density.size), 12)
    assert np.abs(draws.loc - 0.5 - gain @ (Y - 0.5)).max() <= 1e-9
    assert np.abs(draws.covariance_matrix - (k - gain @ k)).max() <= 1e-9


def test_equations_between_it_and_the_data_change_nothing():
    direct = model("RBF(1)").replace("Normal(f(x), 0.3)", "Normal(t + 2 * f(x), 0.3)")
    through = model("RBF(1)").replace(
        "y[row] ~ Normal(f(x), 0.3)",
        "let m[row] = 2 * f(x)\n  mu[row] = t + m\n  y[row] ~ Normal(mu, 0.3)",
    )
    data = given("1.3^2 * RBF(0.8)")
    both = [numpyro.lower(transformed(resolved(t), data)).bind(data) for t in (direct, through)]
    position = np.array([0.4])
    one, other = (float(d.log_likelihood(d.data, position)) for d in both)
    assert abs(one - other) <= 1e-12 * abs(one)
    drawn = both[1].generate(jax.random.key(0), both[1].data, position)
    assert np.abs(drawn["mu"] - 0.4 - 2 * drawn["f(x)"]).max() <= 1e-12


def test_it_is_integrated_out_of_an_expression_of_data_too():
    """`observe 2 * y - 1`: the evidence and the predictions of data that were so before."""
    text = model("RBF(1)").replace("y[row] ~", "observe 2 * y - 1 ~")
    data = given("1.3^2 * RBF(0.8)")
    before = bound(dict(data.arrays) | {"y": 2 * Y - 1}, dict(data.sizes))
    position, found = np.zeros(1), []
    for program, values in ((text, data), (model("RBF(1)"), before)):
        written = transformed(resolved(program), values)
        assert written.functions[0].form == "collapsed"
        ours, theirs = (backend.lower(written).bind(values) for backend in (numpyro, pyro))
        densities = [float(ours.log_likelihood(ours.data, position))]
        densities.append(float(theirs.log_likelihood(theirs.data, torch.tensor(position))))
        found.append((*densities, drawn_from(ours, position, 4).loc))
    for one, other in zip(*found, strict=True):
        assert np.abs(one - other).max() <= 1e-9


def test_inferred_values_have_the_kernel_as_their_covariance():
    kernel = "1.3^2 * RBF(0.8)"
    data = given(kernel)
    program = transformed(resolved(model(kernel, is_collapsed=False)), data)
    density = numpyro.lower(program).bind(data)
    factor = jax.jacobian(lambda p: density.constrain(density.data, p)["f(x)"])(
        np.zeros(density.size)
    )
    covariance = factor @ factor.T
    assert np.abs(covariance - KERNELS[kernel](X, X)).max() <= 1e-9
    # in the posterior of the values, both forms predict alike: by the law of total expectation
    # at the mean of the values given y, the mean of the predictions is that of the other form
    inside = next(s for s in density.sites if s.name.endswith(".white"))
    part = np.asarray(factor)[:, inside.start : inside.stop]
    s = part @ part.T + NOISE**2 * np.eye(12)
    position = np.zeros(density.size)
    position[inside.start : inside.stop] = part.T @ np.linalg.solve(s, Y - 0.5)
    assert np.abs(drawn_from(density, position, 4).loc - expected(kernel)[1]).max() <= 1e-8


def test_a_slope_exists_where_points_are_one():
    text = model("Matern32(len)").replace("data len[col] : real > 0", "len[col] ~ Gamma(5, 5)")
    data = given("RBF(len)")
    data = bound({n: a for n, a in data.arrays.items() if n != "len"}, data.sizes)
    program = transformed(resolved(text), data)
    density = numpyro.lower(program).bind(data)
    slope = jax.grad(lambda p: density.log_density(density.data, p))(np.zeros(density.size))
    assert np.isfinite(slope).all() and np.abs(slope).max() > 0


def test_two_predictions_share_what_they_compute_of_a_function():
    """`base + f(g)` is computed once for both, after the values that it needs."""
    text = model("1.3^2 * RBF(0.8)").replace(
        "predict at[grid] = f(g)",
        "predict rate[grid] = exp(t + f(g))\n  predict n[grid] ~ Poisson(log_rate = t + f(g))",
    )
    data = given("1.3^2 * RBF(0.8)")
    program = transformed(resolved(text), data)
    assert numpyro.source_of(program).count("t + f_g") == 1
    ours, theirs = numpyro.lower(program).bind(data), pyro.lower(program).bind(data)
    position = np.zeros(ours.size)
    drawn = ours.generate(jax.random.key(0), ours.data, position)
    assert drawn["rate"].shape == drawn["n"].shape == (4,)
    assert np.abs(np.log(drawn["rate"]) - drawn["f(g)"]).max() <= 1e-9
    drawn = theirs.generate(0, theirs.data, torch.tensor(position))
    assert (torch.log(drawn["rate"]) - drawn["f(g)"]).abs().max() <= 1e-9


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"minibatch": "row"}, "the random function `f` couples all its points"),
        ({"parameters": ["f"]}, "it is a random function"),
    ],
)
@pytest.mark.parametrize("is_collapsed", [True, False])
def test_a_module_takes_neither_a_part_of_the_points_nor_the_function(asked, said, is_collapsed):
    import gendsl
    from gendsl.api.failure import UsageError
    from gendsl.diagnostics.diagnostic import DiagnosticError

    text = model("t^2 * RBF(0.8)", is_collapsed)
    with pytest.raises((DiagnosticError, UsageError)) as failure:
        gendsl.compile(text).as_module({"x": X, "y": Y, "g": GRID}, **asked)
    assert said in str(failure.value) and "f ~ GP" in str(failure.value)


@pytest.mark.slow
def test_draws_of_inferred_values_have_the_moments_of_the_formulas():
    """NUTS against the exact posterior of the values, whose mean is K (K + s^2)^-1 (y - m) + m.

    4,000 draws, of which 1,000 at least are effective: an error of 5 / sqrt(1,000) posterior
    standard deviations in one of 12 values has a false-alarm rate of 7e-6. A kernel of half the
    length, whose posterior is another, is caught by the same bound.
    """
    import gendsl

    kernel = "1.3^2 * RBF(0.8)"
    fit = gendsl.compile(model(kernel, is_collapsed=False)).infer(
        {"x": X, "y": Y, "g": GRID}, seed=3, chains=4, warmup=500, draws=1000
    )
    values = np.asarray(fit.posterior["f(x)"]).reshape(-1, 12)

    def errors(length):
        k = 1.69 * np.exp(-(d(X, X) ** 2) / 2 / length**2)
        gain = k @ np.linalg.inv(k + NOISE**2 * np.eye(12))
        spread = np.sqrt((k - gain @ k).diagonal())
        return np.abs(values.mean(0) - 0.5 - gain @ (Y - 0.5)) / spread

    bound_ = 5 / np.sqrt(1000)
    assert errors(0.8).max() <= bound_
    assert errors(0.4).max() > bound_


@pytest.mark.slow
def test_counts_are_fitted_by_nuts():
    import gendsl

    text = """model counts {
  dim day, later
  data t[day] : real
  data n[day] : int >= 0
  data t_new[later] : real
  f ~ GP(mean = 1, kernel = Matern32(2))
  n[day] ~ Poisson(log_rate = f(t))
  predict g[later] = f(t_new)
}
"""
    t = np.linspace(0, 6, 10)
    data = {"t": t, "n": np.round(np.exp(1 + np.sin(t))).astype(int), "t_new": t[:2]}
    fit = gendsl.compile(text).infer(data, seed=1, chains=2, warmup=100, draws=100)
    values, later = np.asarray(fit.posterior["f(t)"]), np.asarray(fit.posterior_predictive["g"])
    assert "f(t).white" in fit.posterior and {v.name for v in fit.summary().variables} == {"f(t)"}
    again = fit.predict({"t_new": t[1:4]}, seed=0)["predictions"]["g"]
    assert np.abs(np.asarray(again) - values[..., 1:4]).max() <= 1e-3
    # at the points of the data a prediction is the function's value there, but for the jitter
    assert np.abs(later - values[..., :2]).max() <= 1e-3
