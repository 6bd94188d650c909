"""Kernels made of kernels, and those of wide networks, against formulas written apart from them.

Each is held against the log evidence of a regression in NumPy, for both backends, to 1e-9. The
layers of networks are by quadrature or by the arc cosine, not by the table's formulas.
"""

from functools import cache

import jax
import numpy as np
import pytest
import torch
from backend_cases.agreement import transformed
from backend_cases.compiled import bound, resolved

from gendsl.backends import numpyro, pyro

_RNG = np.random.default_rng(11)
X, Y = _RNG.uniform(0.2, 3, size=9), _RNG.normal(size=9)
X2 = _RNG.normal(size=(9, 3))
W, MU, S = np.array([0.7, 1.3]), np.array([0.4, -1.1]), np.array([0.3, 0.8])
LENGTHS = np.array([0.6, 1.4, 2.2])


def d(x):
    return x[:, None] - x[None, :]


def rbf(x, length=1.0):
    return np.exp(-(d(x) ** 2) / 2 / length**2)


def expit(x):
    return 1 / (1 + np.exp(-x))


def quadrature(activation, k):
    """E[a(u) a(v)] for each entry of a covariance, by the trapezoidal rule in both."""
    nodes = np.arange(-9, 9.05, 0.1)
    weights = np.exp(-(nodes**2) / 2)
    weights = weights / weights.sum()
    found = np.empty_like(k)
    for i in range(len(k)):
        for j in range(len(k)):
            u = np.sqrt(k[i, i]) * nodes[:, None] + 0 * nodes
            rest = np.sqrt(max(k[j, j] - k[i, j] ** 2 / k[i, i], 0))
            v = k[i, j] / np.sqrt(k[i, i]) * nodes[:, None] + rest * nodes
            found[i, j] = weights @ (activation(u) * activation(v)) @ weights
    return found


def ramp(k, order):
    """Cho & Saul (2009), eq. 4-7, halved: E[max(u, 0)^n max(v, 0)^n]."""
    norm = np.sqrt(np.outer(k.diagonal(), k.diagonal()))
    angle = np.arccos(np.clip(k / norm, -1, 1))
    np.fill_diagonal(angle, 0)
    j = [
        np.pi - angle,
        np.sin(angle) + (np.pi - angle) * np.cos(angle),
        3 * np.sin(angle) * np.cos(angle) + (np.pi - angle) * (1 + 2 * np.cos(angle) ** 2),
    ][order]
    return norm**order * j / (2 * np.pi)


def erf(x):
    from scipy import special

    return special.erf(x)


def gelu(x):
    return x * (1 + erf(x / np.sqrt(2))) / 2


LAYERS = {
    "relu": lambda k: ramp(k, 1),
    "erf": lambda k: quadrature(erf, k),
    "gelu": lambda k: quadrature(gelu, k),
}


@cache
def network(depth, activation, weight=1.0, bias=1.0, skip=False):
    """Lee et al. (2018), sec. 2, with the identity added where there is a skip."""
    k = bias**2 + weight**2 * X2 @ X2.T / 3
    for _ in range(depth):
        layer = bias**2 + weight**2 * LAYERS[activation](k)
        k = k + layer if skip else layer
    return k


LINE = {
    "SpectralMixture[q](w, mu, sd)": lambda: sum(
        w * np.exp(-2 * np.pi**2 * d(X) ** 2 * s**2) * np.cos(2 * np.pi * d(X) * m)
        for w, m, s in zip(W, MU, S, strict=True)
    ),
    "2^2 * sum[q](w * Cosine(2) * RBF(sd))": lambda: (
        4 * sum(w * np.cos(np.pi * d(X)) * rbf(X, s) for w, s in zip(W, S, strict=True))
    ),
    "warped + noisy": lambda: rbf(np.log(X), 0.7) * np.outer(X, X) + 0.09 * np.eye(9),
    "Changepoint(RBF(0.5), 3 * RBF(2) + Linear(1), at = 1.5, width = 0.2)": lambda: (
        np.outer(expit(5 * (1.5 - X)), expit(5 * (1.5 - X))) * rbf(X, 0.5)
        + np.outer(expit(5 * (X - 1.5)), expit(5 * (X - 1.5))) * (3 * rbf(X, 2) + np.outer(X, X))
    ),
}
PLANE = {
    "NNGP(3, weight_scale = 1.3, bias_scale = 0.4)": lambda: network(3, "relu", 1.3, 0.4),
    "NNGP(2, activation = erf) + NNGP(2, activation = gelu, skip = true)": lambda: (
        network(2, "erf") + network(2, "gelu", skip=True)
    ),
    "ArcCosine(0) + ArcCosine(1, 0.8) + ArcCosine(2, bias_scale = 0.5)": lambda: sum(
        2 * ramp(b**2 + w**2 * X2 @ X2.T, n) for n, w, b in ((0, 1, 1), (1, 0.8, 1), (2, 1, 0.5))
    ),
    "RBF(0.9)[col = age] * RBF(len)[chosen] + additive": lambda: (
        rbf(X2[:, 0], 0.9) * rbf(X2[:, 1], 0.6) * rbf(X2[:, 2], 1.4)
        + sum(rbf(X2[:, c], length) for c, length in enumerate(LENGTHS))
        + rbf(X2 @ LENGTHS)
    ),
}


def model(kernel, header=""):
    shape = "row, col" if kernel in PLANE or header else "row"
    return f"""model m {{
  dim row, q, part
  dim col = {{age, height, weight}}
  data x[{shape}] : real
  data y[row] : real
  data w[q] : real > 0
  data mu[q] : real
  data sd[q] : real > 0
  data chosen[part] : col
  data len[part] : real > 0
  data size[col] : real > 0
  kernel base = RBF(0.7)
  kernel noise = White(0.3)
  kernel warped(a, b) = a * b * base(log(a), log(b))
  kernel noisy(a, b) = noise(2 * a, 2 * b) + noise(a + 1, b)
  kernel unit = RBF(1)
  kernel additive(a, b) = sum[col](unit(a / size, b / size)) + unit(a @ size, b @ size)
  {header or "t ~ Normal(0, 1)"}
  f ~ GP(kernel = {kernel})
  y[row] ~ Normal(f(x), 0.5)
}}
"""


def given(kernel, x=None):
    arrays = {"w": W, "mu": MU, "sd": S, "chosen": np.array([1, 2]), "len": LENGTHS[:2]}
    x = (X2 if kernel in PLANE else X) if x is None else x
    sizes = {"row": 9, "row.twin": 9, "q": 2, "part": 2, "col": 3}
    return bound(arrays | {"x": x, "y": Y, "size": LENGTHS}, sizes)


def evidence(k):
    s = k + 0.25 * np.eye(9)
    return -Y @ np.linalg.solve(s, Y) / 2 - np.linalg.slogdet(2 * np.pi * s)[1] / 2


@pytest.mark.parametrize("kernel", [*LINE, *PLANE])
def test_evidence_is_that_of_the_formula(kernel):
    data = given(kernel)
    program = transformed(resolved(model(kernel)), data)
    ours, theirs = numpyro.lower(program).bind(data), pyro.lower(program).bind(data)
    position = np.zeros(ours.size)
    wanted = evidence({**LINE, **PLANE}[kernel]())
    assert abs(float(ours.log_likelihood(ours.data, position)) - wanted) <= 1e-9
    assert abs(float(theirs.log_likelihood(theirs.data, torch.tensor(position))) - wanted) <= 1e-9


@pytest.mark.parametrize("kernel", ["NNGP(2, relu, ws, bs)", "ArcCosine(1, ws, bs)"])
def test_slopes_exist_where_points_are_one(kernel):
    """Both backends against central differences, at points of which two are one."""
    header = "ws ~ LogNormal(0, 1)\n  bs ~ LogNormal(0, 1)"
    twice = np.vstack([X2[:8], X2[:1]])
    data = given(kernel, twice)
    program = transformed(resolved(model(kernel, header)), data)
    ours, theirs = numpyro.lower(program).bind(data), pyro.lower(program).bind(data)
    position = np.array([0.2, -0.3])

    density = jax.jit(lambda p: ours.log_density(ours.data, p))

    def value(at):
        return float(density(at))

    steps = 1e-5 * np.eye(2)
    wanted = [(value(position + step) - value(position - step)) / 2e-5 for step in steps]
    found = jax.jit(jax.grad(density))(position)
    assert np.abs(found - np.array(wanted)).max() <= 1e-6
    at = torch.tensor(position, requires_grad=True)
    theirs.log_density(theirs.data, at).backward()
    assert np.abs(at.grad.numpy() - np.array(wanted)).max() <= 1e-6


def finite(depth, activation, skip, width, count):
    """Covariances of wide layers of random networks: their mean, and its standard error."""
    rng, points, made = np.random.default_rng(5), X2[:4].T, []
    for _ in range(count):
        h = rng.normal(size=(width, 3)) @ points / np.sqrt(3) + rng.normal(size=(width, 1))
        for _ in range(depth - 1):
            new = rng.normal(size=(width, width)) @ activation(h) / np.sqrt(width)
            h = new + rng.normal(size=(width, 1)) + (h if skip else 0)
        last = 1 + activation(h).T @ activation(h) / width
        made.append(last + (h.T @ h / width if skip else 0))
    return np.mean(made, axis=0), np.std(made, axis=0) / np.sqrt(count)


@pytest.mark.parametrize(
    ("depth", "name", "activation", "skip"),
    [
        (3, "relu", lambda u: np.maximum(u, 0), False),
        (2, "erf", erf, False),
        (2, "gelu", gelu, True),
    ],
)
def test_a_wide_finite_network_has_the_covariance(depth, name, activation, skip):
    """500 networks of 64 units a layer; what is left of the width is below the error of the mean.

    Ten entries of three networks at 5.5 standard errors have a false-alarm rate of 2e-6 together.
    The kernel of one layer less is caught by the same bound.
    """
    mean, error = finite(depth, activation, skip, 64, 500)
    apart, less = (
        np.abs((mean - network(n, name, skip=skip)[:4, :4]) / error) for n in (depth, depth - 1)
    )
    assert apart.max() <= 5.5
    assert less.max() > 5.5
