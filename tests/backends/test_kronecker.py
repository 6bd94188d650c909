"""Functions on grids against dense formulas (Rasmussen & Williams 2006, eq. 2.23-2.24 and 2.30).

The covariance of all values is the Kronecker product of those of the sides. Densities, slopes and
predictions are those of this matrix, written out whole.
"""

import jax
import numpy as np
import pytest
import torch
from backend_cases.agreement import transformed
from backend_cases.compiled import resolved

from gendsl.backends import numpyro, pyro
from gendsl.backends.numpyro.distributions.grid_normal import GridNormal as ByJax
from gendsl.backends.pyro.distributions.grid_normal import GridNormal as ByTorch
from gendsl.data import bind, raw_of
from gendsl.resolve.random_functions import kronecker

_RNG = np.random.default_rng(8)
N, M = 7, 9
DATA = {
    "x": _RNG.uniform(0, 3, N), "z": _RNG.uniform(0, 3, (M, 2)), "g": _RNG.uniform(0, 3, 3),
    "h": _RNG.uniform(0, 3, (2, 2)), "y": _RNG.normal(size=(N, M)), "m": _RNG.normal(size=(N, M)),
}  # fmt: skip
DATA["x"][3], DATA["z"][4] = DATA["x"][5], DATA["z"][6]  # eigenvalues of 0, twice
T, S = 0.3, 0.4

TEXT = """model m {
  dim row
  dim col
  dim axis
  dim new
  dim other
  data x[row] : real
  data z[col, axis] : real
  data g[new] : real
  data h[other, axis] : real
  data m[row, col] : real
  data y[row, col] : real
  t ~ Normal(0, 1)
  s ~ HalfNormal(1)
  f ~ GP(mean = 0.5, kernel = exp(t) * RBF(exp(t)) * Constant(1.2) * Matern32(0.8 + s),
         approx = kronecker)
  OBSERVED
  MORE
}
"""
GAUSSIAN = "y[row, col] ~ Normal(2 * f(x, z) + m, s)"
PREDICTIONS = """predict at[new, col] = f(g, z)
  predict later[other, row] = f(x, h)
  predict both[new, other] = f(g, h)
  predict again[row, col] = f(x, z)
  predict one[other] = f(0.7, h)"""


def model(observed=GAUSSIAN, more=""):
    return TEXT.replace("OBSERVED", observed).replace("MORE", more)


def bound_to(text, backend):
    program = resolved(text)
    found = bind(program, raw_of(DATA))
    return backend.lower(transformed(program, found)).bind(found)


def first(t, x, y):
    gap = torch.as_tensor(x)[:, None] - torch.as_tensor(y)
    return 1.44 * torch.exp(t - gap**2 / torch.exp(t) ** 2 / 2)


def second(s, x, y):
    squared = ((torch.as_tensor(x)[:, None] - torch.as_tensor(y)) ** 2).sum(-1)
    r = torch.sqrt(3 * torch.clamp(squared, min=1e-30)) / (0.8 + s)
    return (1 + r) * torch.exp(-r)


def covariance(t, s):
    own = torch.kron(first(t, DATA["x"], DATA["x"]), second(s, DATA["z"], DATA["z"]))
    return 4 * own + s**2 * torch.eye(N * M, dtype=torch.float64)


def evidence(t, s):
    mean = torch.as_tensor(1.0 + DATA["m"]).flatten()
    normal = torch.distributions.MultivariateNormal(mean, covariance(t, s))
    return normal.log_prob(torch.as_tensor(DATA["y"]).flatten())


POSITION = np.array([T, np.log(S)])


def likelihood(density, backend):
    """The log density of the data, and its slopes in t and log s."""
    if backend is numpyro:
        both = jax.jit(jax.value_and_grad(lambda p: density.log_likelihood(density.data, p)))
        found, slope = both(POSITION)
        return float(found), np.asarray(slope)
    position = torch.tensor(POSITION, requires_grad=True)
    found = density.log_likelihood(density.data, position)
    [slope] = torch.autograd.grad(found, position)
    return float(found.detach()), slope.numpy()


def wanted():
    position = torch.tensor(POSITION, requires_grad=True)
    value = evidence(position[0], torch.exp(position[1]))
    [slope] = torch.autograd.grad(value, position)
    return float(value.detach()), slope.numpy()


def agrees(backend, text):
    (found, slope), (value, direction) = likelihood(bound_to(text, backend), backend), wanted()
    return abs(found - value) <= 1e-9 and np.abs(slope - direction).max() <= 1e-9


@pytest.mark.parametrize("backend", [numpyro, pyro])
def test_the_density_and_its_slopes_are_those_of_the_dense_matrix(backend):
    assert agrees(backend, model())


def test_the_data_may_have_the_sides_in_the_other_order(monkeypatch):
    monkeypatch.setitem(DATA, "y", DATA["y"].T)
    text = model().replace("y[row, col]", "y[col, row]")
    found = likelihood(bound_to(text, pyro), pyro)
    monkeypatch.undo()
    assert abs(found[0] - wanted()[0]) <= 1e-9


def test_a_twin_without_the_constant_is_seen(monkeypatch):
    monkeypatch.setattr(kronecker, "factors", lambda *a: _twin(*a))
    assert not agrees(pyro, model())


def _twin(expressions, function, process):
    from gendsl.resolve.random_functions.grid_factors import factors

    one, two = factors(expressions, function, process)
    return one.kernel, two


def linear_in_noise(density, monkeypatch, names, count):
    """Mean and covariance of what is generated: it is linear in the noise it is drawn by."""

    def drawn(unit):
        left = [unit]

        def sample(self, sample_shape=()):
            n = self.batch_shape.numel()
            found, left[0] = left[0][:n], left[0][n:]
            return found.reshape(self.batch_shape)

        for cls in (density.module.dist.Normal, torch.distributions.Normal):
            monkeypatch.setattr(cls, "rsample", sample)
            monkeypatch.setattr(cls, "sample", sample)
        made = density.generate(0, density.data, torch.as_tensor(POSITION))
        assert not len(left[0])
        return torch.cat([made[name].flatten() for name in names])

    mean = drawn(torch.zeros(count).double())
    factor = torch.stack([drawn(row) for row in torch.eye(count).double()]) - mean
    return mean, factor.T @ factor


def test_predictions_are_one_function_given_the_data(monkeypatch):
    density = bound_to(model(more=PREDICTIONS), pyro)
    names = ("at", "later", "both", "again", "one")
    count = N * M + (N + 3 + 1) * (M + 2)  # of the noise, and of all points
    mean, spread = linear_in_noise(density, monkeypatch, names, count)
    x, z, g, h = (DATA[name] for name in "xzgh")
    pairs = [(g, z), (x, h), (g, h), (x, z), (np.array([0.7]), h)]
    t, s = torch.tensor(T, dtype=torch.float64), torch.tensor(S, dtype=torch.float64)

    def between(left, right):
        return torch.kron(first(t, left[0], right[0]), second(s, left[1], right[1]))

    def order(block, shape):  # `later` is [other, row]
        return block.reshape(shape).transpose(0, 1).flatten()

    place = [torch.arange(len(a) * len(b)) for a, b in pairs]
    place[1] = order(place[1], (N, 2))
    across = torch.cat([between(p, (x, z))[i] for p, i in zip(pairs, place, strict=True)])
    prior = torch.cat([
        torch.cat([between(p, q)[i][:, j] for q, j in zip(pairs, place, strict=True)], 1)
        for p, i in zip(pairs, place, strict=True)
    ])  # fmt: skip
    gain = 2 * across @ torch.linalg.inv(covariance(t, s))
    residual = torch.as_tensor(DATA["y"] - 1.0 - DATA["m"]).flatten()
    assert (mean - 0.5 - gain @ residual).abs().max() <= 1e-9
    assert (spread - (prior - 2 * gain @ across.T)).abs().max() <= 1e-9


def test_inferred_values_have_the_covariance_of_the_product():
    text = model("y[row, col] ~ Laplace(f(x, z), s)\n  factor sum[new, other](f(g, h))")
    density, other = (bound_to(text, backend) for backend in (pyro, numpyro))

    def values(position):
        made = density.constrain(density.data, position)
        return torch.cat([made["f(x, z)"].flatten(), made["f(g, h)"].flatten()])

    start = torch.zeros(density.size).double()
    factor = torch.autograd.functional.jacobian(values, start).numpy()
    whites = [s for s in density.sites if ".white" in s.name]
    factor = np.concatenate([factor[:, s.start : s.stop] for s in whites], -1)
    zero, one = torch.zeros(()).double(), torch.ones(()).double()
    pairs = [(DATA["x"], DATA["z"]), (DATA["g"], DATA["h"])]
    wanted = np.block([
        [torch.kron(first(zero, p[0], q[0]), second(one, p[1], q[1])).numpy() for q in pairs]
        for p in pairs
    ])  # fmt: skip
    assert np.abs(factor @ factor.T - wanted).max() <= 1e-9
    position = _RNG.normal(size=density.size)
    made = jax.jit(other.constrain)(other.data, position)
    both = np.concatenate([np.ravel(made["f(x, z)"]), np.ravel(made["f(g, h)"])])
    assert np.abs(both - values(torch.as_tensor(position)).numpy()).max() <= 1e-9


@pytest.mark.parametrize("family", [ByJax, ByTorch])
def test_simulated_data_have_the_covariance(family, monkeypatch):
    t, s = torch.tensor(T, dtype=torch.float64), torch.tensor(S, dtype=torch.float64)
    sides = (4 * first(t, DATA["x"], DATA["x"]), second(s, DATA["z"], DATA["z"]))
    drawn = family(0.0, *(sides if family is ByTorch else map(np.asarray, sides)), S)
    columns = []
    for unit in np.eye(N * M).reshape(-1, N, M):
        monkeypatch.setattr(jax.random, "normal", lambda key, shape, unit=unit: unit)
        noise = torch.as_tensor(unit)
        monkeypatch.setattr(torch.Tensor, "normal_", lambda self, noise=noise: self.copy_(noise))
        sample = drawn.rsample() if family is ByTorch else drawn.sample(None)
        columns.append(np.ravel(np.asarray(sample)))
    factor = np.stack(columns)
    assert np.abs(factor.T @ factor - covariance(t, s).numpy()).max() <= 1e-9
