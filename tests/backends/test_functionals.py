"""Slopes and integrals of random functions against JAX's derivatives and quadrature."""

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from backend_cases.agreement import transformed
from backend_cases.compiled import bound, resolved
from backend_cases.drawn_from import drawn_from

from gendsl.backends import numpyro, pyro

_RNG = np.random.default_rng(2)
X, Y, GRID = _RNG.uniform(0, 3, 7), _RNG.normal(size=7), _RNG.uniform(0, 3, 3)
START, STOP = _RNG.uniform(-1, 1, 7), _RNG.uniform(1, 3, 7)


def matern(t, order):
    r = abs(t) * np.sqrt(order) / 0.8
    return ((1 + r) if order == 3 else (1 + r + r**2 / 3)) * jnp.exp(-r)


def smooth(t):
    """The stationary part that has slopes."""
    rbf = jnp.exp(-(t**2) / 2 / 0.49)
    return (
        matern(t, 3) + 2.25 * matern(t, 5) + (1 + t**2 / 3.4 / 0.64) ** -1.7
        + jnp.exp(-2 * jnp.sin(jnp.pi * t / 2) ** 2 / 0.81) * rbf
        + sum(
            w * jnp.exp(-2 * jnp.pi**2 * s**2 * t**2) * jnp.cos(2 * jnp.pi * m * t)
            for w, m, s in ((0.7, 0.3, 0.2), (1.1, -0.4, 0.3))
        )
    )  # fmt: skip


def whole(t):
    """The stationary part that has integrals."""
    rest = 0.16 + jnp.cos(jnp.pi * t)
    return jnp.exp(-(t**2) / 2 / 0.49) + jnp.exp(-abs(t) / 0.8) + matern(t, 3) + matern(t, 5) + rest


SLOPES = (
    "Matern32(0.8) + 1.5^2 * Matern52(0.8) + RationalQuadratic(0.8, alpha = 1.7)"
    " + Periodic(2, 0.9) * RBF(0.7) + SpectralMixture[q](w, mu, sd) + Linear(0.9, centre = 1)"
)
INTEGRALS = (
    "RBF(0.7) + Matern12(0.8) + Matern32(0.8) + Matern52(0.8) + Constant(0.4) + Cosine(2)"
    " + Linear(0.9, centre = 1)"
)


def nodes(*ends):
    """Points and weights of Gauss-Legendre pieces between the ends, in order."""
    x, w = np.polynomial.legendre.leggauss(30)
    pieces = list(pairwise(ends))
    points = np.concatenate([(b - a) / 2 * x + (a + b) / 2 for a, b in pieces])
    return points, np.concatenate([(b - a) / 2 * w for a, b in pieces])


def between(a, b, *kinks):
    return (a, *sorted(k for k in kinks if a < k < b), b)


def integral(h, a, b, y):
    """Of h(x - y) over x."""
    points, weights = nodes(*between(a, b, y))
    return weights @ np.asarray(h(points - y))


def integrals(h, a, b, c, d):
    """Of h(x - y) over x and y."""
    points, weights = nodes(*between(c, d, a, b))
    return weights @ np.array([integral(h, a, b, y) for y in points])


def model(kernel, observed, predicted):
    return f"""model m {{
  dim row, grid, q
  data x[row] : real
  data stop[row] : real
  data g[grid] : real
  data y[row] : real
  data w[q] : real > 0
  data mu[q] : real
  data sd[q] : real > 0
  t ~ Normal(0, 1)
  f ~ GP(mean = 0.5, kernel = {kernel})
  y[row] ~ Normal({observed}, 0.3)
  predict at[grid] = {predicted}
}}
"""


def check(kernel, observed, predicted, x, spread, across, mean, at):
    """Evidence, in both backends, and the mean of predictions."""
    arrays = {"x": x, "stop": STOP, "g": GRID, "y": Y}
    arrays |= {"w": np.array([0.7, 1.1]), "mu": np.array([0.3, -0.4]), "sd": np.array([0.2, 0.3])}
    sizes = {"row": 7, "grid": 3, "row.twin": 7, "grid.twin": 3, "row.given": 7, "q": 2}
    data = bound(arrays, sizes)
    program = transformed(resolved(model(kernel, observed, predicted)), data)
    ours, theirs = numpyro.lower(program).bind(data), pyro.lower(program).bind(data)
    position = np.zeros(ours.size)
    s, rest = spread + 0.09 * np.eye(7), Y - mean
    evidence = -rest @ np.linalg.solve(s, rest) / 2 - np.linalg.slogdet(2 * np.pi * s)[1] / 2
    assert abs(float(ours.log_likelihood(ours.data, position)) - evidence) <= 1e-9
    found = theirs.log_likelihood(theirs.data, torch.tensor(position))
    assert abs(float(found) - evidence) <= 1e-9
    wanted = at + across.T @ np.linalg.solve(s, rest)
    assert np.abs(drawn_from(ours, position, 3).loc - wanted).max() <= 1e-9


@pytest.mark.slow
def test_slopes_inform_the_function():
    """At 0 the derivatives are those a step of 1e-12 away: Matérn's have a kink in the formula."""
    first, second = jax.vmap(jax.grad(smooth)), jax.vmap(jax.grad(jax.grad(smooth)))
    apart = (X[:, None] - X + 1e-12 * np.eye(7)).ravel()
    spread = -np.asarray(second(apart)).reshape(7, 7) + 0.81
    across = np.asarray(first((X[:, None] - GRID).ravel())).reshape(7, 3) + 0.81 * (GRID - 1)
    check(SLOPES, "derivative[f](x)", "f(g)", X, spread, across, 0.0, 0.5)


@pytest.mark.slow
def test_integrals_inform_the_function():
    spread, across = np.empty((7, 7)), np.empty((7, 3))
    ramps = ((STOP - 1) ** 2 - (START - 1) ** 2) / 2
    for i in range(7):
        for j in range(7):
            spread[i, j] = integrals(whole, START[i], STOP[i], START[j], STOP[j])
        for j in range(3):
            across[i, j] = integral(whole, START[i], STOP[i], GRID[j])
    spread += 0.81 * np.outer(ramps, ramps)
    across += 0.81 * np.outer(ramps, GRID - 1)
    check(
        INTEGRALS, "integral[f](x, stop)", "f(g)", START, spread, across, 0.5 * (STOP - START), 0.5
    )


@pytest.mark.slow
def test_slopes_inform_integrals():
    """The covariance of f'(x) and of the integral from 0 to g is h(x) - h(x - g)."""
    observed = "derivative[f](x)"
    kernel = "RBF(0.7) + Matern52(0.8)"

    def h(t):
        return jnp.exp(-(t**2) / 2 / 0.49) + matern(t, 5)

    second = jax.vmap(jax.grad(jax.grad(h)))
    spread = -np.asarray(second((X[:, None] - X + 1e-12 * np.eye(7)).ravel())).reshape(7, 7)
    across = np.asarray(h(X))[:, None] - np.asarray(h(X[:, None] - GRID))
    check(kernel, observed, "integral[f](0, g)", X, spread, across, 0.0, 0.5 * GRID)


@pytest.mark.slow
@pytest.mark.parametrize("asked", ["derivative[f](0.5)", "integral[f](0, 1)"])
def test_what_is_asked_at_one_point_is_one_number(asked):
    text = model("RBF(1)", "f(x)", "f(g)").replace(
        "predict at[grid] = f(g)", f"predict at = {asked}"
    )
    arrays = {"x": X, "y": Y}
    sizes = {"row": 7, "row.twin": 7, "row.given": 7, "f.1": 1, "f.1.twin": 1}
    data = bound(arrays, sizes)
    density = numpyro.lower(transformed(resolved(text), data)).bind(data)
    drawn = density.generate(jax.random.key(0), density.data, np.zeros(density.size))
    assert np.shape(drawn["at"]) == () and np.isfinite(drawn["at"])
