"""Nearest neighbours against dense formulas (Rasmussen & Williams 2006, eq. 2.23-2.24 and 2.30).

With as many neighbours as points nothing is left out: densities, slopes and predictions are those
of the whole covariance. With fewer, each entry is given the few before it, by the definition.
"""

import jax
import numpy as np
import pytest
import torch
from backend_cases.agreement import transformed
from backend_cases.compiled import resolved
from numpyro import distributions as dist

from gendsl.backends import numpyro, pyro
from gendsl.backends.numpyro.bases.neighbours import nearest_before as by_jax
from gendsl.backends.pyro.bases.neighbours import nearest_before as by_torch
from gendsl.data import bind, raw_of
from gendsl.data.host_neighbours import before_in_order, farthest, nearest_before
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.resolve.random_functions import vecchia

_RNG = np.random.default_rng(5)
N = 21
DATA = {
    "x": _RNG.uniform(0, 3, (N, 2)), "g": _RNG.uniform(0, 3, (4, 2)),
    "h": _RNG.uniform(0, 3, (2, 2)), "y": _RNG.normal(size=N), "s": _RNG.uniform(0.2, 0.5, N),
}  # fmt: skip
DATA["x"][3] = DATA["x"][8]  # two points are one
LINE = {name: value[:, 0] if value.ndim == 2 else value for name, value in DATA.items()}
T = 0.3
T64 = torch.tensor(T, dtype=torch.float64)


def model(neighbours, observed="y[row] ~ Normal(2 * f(x) + 1, s)", col="", more=""):
    return f"""model m {{
  dim row, grid, other{", col" if col else ""}
  data x[row{col}] : real
  data g[grid{col}] : real
  data h[other{col}] : real
  data y[row] : real
  data s[row] : real > 0
  t ~ Normal(0, 1)
  f ~ GP(mean = 0.5, kernel = exp(t) * Matern32(0.8), approx = vecchia(neighbours = {neighbours}))
  {observed}
  predict at[grid] = f(g)
  predict later[other] = f(h)
  {more}
}}
"""


def bound_to(text, data, backend):
    program = resolved(text)
    found = bind(program, raw_of(data))
    return backend.lower(transformed(program, found)).bind(found)


def kernel(t, x, y):
    x, y = (torch.as_tensor(z.reshape(len(z), -1)) for z in (x, y))
    squared = ((x[:, None] - y) ** 2).sum(-1)
    r = torch.sqrt(3 * torch.clamp(squared, min=1e-30)) / 0.8
    return torch.exp(t) * (1 + r) * torch.exp(-r)


def covariance(t, data):
    return 4 * kernel(t, data["x"], data["x"]) + torch.diag(torch.as_tensor(data["s"]) ** 2)


def evidence(t, data):
    normal = torch.distributions.MultivariateNormal(
        torch.full((N,), 2.0).double(), covariance(t, data)
    )
    return normal.log_prob(torch.tensor(data["y"]))


def likelihood(density, backend):
    """The log density of the data, and its slope in t."""
    if backend is numpyro:
        both = jax.jit(jax.value_and_grad(lambda p: density.log_likelihood(density.data, p)))
        found, slope = both(np.array([T]))
        return float(found), float(slope[0])
    position = torch.tensor([T], dtype=torch.float64, requires_grad=True)
    found = density.log_likelihood(density.data, position)
    [slope] = torch.autograd.grad(found, position)
    return float(found.detach()), float(slope[0])


@pytest.mark.parametrize("backend", [numpyro, pyro])
@pytest.mark.parametrize(("data", "col"), [(LINE, ""), (DATA, ", col")])
def test_all_neighbours_give_the_dense_density_and_its_slope(backend, data, col):
    t = torch.tensor(T, dtype=torch.float64, requires_grad=True)
    wanted = evidence(t, data)
    [slope] = torch.autograd.grad(wanted, t)
    found, slope_found = likelihood(bound_to(model(N - 1, col=col), data, backend), backend)
    assert abs(found - float(wanted.detach())) <= 1e-9
    assert abs(slope_found - float(slope)) <= 1e-9


@pytest.mark.parametrize(("data", "col"), [(LINE, ""), (DATA, ", col")])
def test_few_neighbours_give_the_density_of_the_definition(data, col):
    found, _ = likelihood(bound_to(model(3, col=col), data, pyro), pyro)
    assert abs(found - by_definition(data, 3)) <= 1e-9
    assert abs(found - float(evidence(T64, data))) > 1e-5


def by_definition(data, m):
    """Each observation given the m nearest of those before it, by the whole covariance."""
    spread = covariance(T64, data).numpy()
    x, y = data["x"].reshape(N, -1), data["y"] - 2.0
    x = (x - x.mean(0)) / x.std(0)
    order = list(np.argsort(x[:, 0], kind="stable")) if x.shape[1] == 1 else list(farthest(x, N))
    total = 0.0
    for place, i in enumerate(order):
        first = order[:place][::-1] if x.shape[1] == 1 else order[:place]
        before = sorted(first, key=lambda j: ((x[i] - x[j]) ** 2).sum())[:m]
        gain = spread[i, before] @ np.linalg.pinv(spread[np.ix_(before, before)])
        left = spread[i, i] - gain @ spread[before, i]
        total -= 0.5 * ((y[i] - gain @ y[before]) ** 2 / left + np.log(2 * np.pi * left))
    return total


def predictions(density, position, monkeypatch):
    """Mean and covariance of all predictions: they are linear in the noise they are drawn by."""

    def drawn(unit):
        left = [unit]

        def sample(self, sample_shape=()):
            n = self.batch_shape.numel()
            found, left[0] = left[0][:n], left[0][n:]
            return found.reshape(self.batch_shape)

        for cls in (density.module.dist.Normal, torch.distributions.Normal):
            monkeypatch.setattr(cls, "rsample", sample)
            monkeypatch.setattr(cls, "sample", sample)
        made = density.generate(0, density.data, position)
        return torch.cat([made["at"], made["later"]])

    mean = drawn(torch.zeros(6).double())
    factor = torch.stack([drawn(row) for row in torch.eye(6).double()]) - mean
    return mean, factor.T @ factor


@pytest.mark.parametrize(("data", "col"), [(LINE, ""), (DATA, ", col")])
def test_predictions_are_one_function_given_the_data(data, col, monkeypatch):
    density = bound_to(model(N + 6, col=col), data, pyro)
    t, new = T64, np.concatenate([data["g"], data["h"]])
    mean, spread = predictions(density, t[None], monkeypatch)
    gain = 2 * kernel(t, new, data["x"]) @ torch.linalg.inv(covariance(t, data))
    wanted = kernel(t, new, new) - gain @ (2 * kernel(t, data["x"], new))
    assert (mean - 0.5 - gain @ torch.tensor(data["y"] - 2)).abs().max() <= 1e-9
    assert (spread - wanted).abs().max() <= 1e-9


@pytest.mark.slow
def test_inferred_values_have_the_covariance_of_the_kernel():
    text = model(N + 2, "y[row] ~ Laplace(f(x), s)").replace("  predict at[grid] = f(g)\n", "")
    text = text.replace("predict later[other] = f(h)", "factor sum[other](f(h))")
    density, other = (bound_to(text, LINE, backend) for backend in (pyro, numpyro))

    def values(position):
        made = density.constrain(density.data, position)
        return torch.cat([made["f(x)"], made["f(h)"]])

    start = torch.as_tensor(_RNG.normal(size=density.size)) * 0
    factor = torch.autograd.functional.jacobian(values, start).numpy()
    whites = [s for s in density.sites if s.name.endswith(".white")]
    factor = np.concatenate([factor[:, s.start : s.stop] for s in whites], -1)
    every = np.concatenate([LINE["x"], LINE["h"]])
    wanted = kernel(torch.zeros(()).double(), every, every).numpy()
    assert np.abs(factor @ factor.T - wanted).max() <= 1e-9
    position = _RNG.normal(size=density.size)
    made = jax.jit(other.constrain)(other.data, position)
    both = np.concatenate([made["f(x)"], made["f(h)"]])
    assert np.abs(both - values(torch.as_tensor(position)).numpy()).max() <= 1e-9


@pytest.mark.slow
def test_predictions_at_the_points_of_the_data_use_these(monkeypatch):
    text = model(2 * N, more="predict again[row] = f(x)").replace("predict later[other] = f(h)", "")
    density = bound_to(text.replace("predict at[grid] = f(g)", ""), LINE, numpyro)
    monkeypatch.setattr(
        dist.Normal, "sample", lambda self, key, sample_shape=(): np.zeros(self.batch_shape)
    )
    made = jax.jit(density.generate)(jax.random.key(0), density.data, np.array([T]))
    known = torch.linalg.solve(covariance(T64, LINE), torch.tensor(LINE["y"] - 2))
    mean = 0.5 + 2 * kernel(T64, LINE["x"], LINE["x"]) @ known
    assert np.abs(made["again"] - mean.numpy()).max() <= 1e-6


def test_simulated_data_have_the_covariance(monkeypatch):
    density = bound_to(model(N - 1), LINE, pyro)
    made, cls = [], density.module.NeighbourNormal
    before = cls.log_prob
    monkeypatch.setattr(cls, "log_prob", lambda self, y: made.append(self) or before(self, y))
    density.log_density(density.data, T64[None])
    drawn, white = made[0], torch.eye(N).double()
    columns = density.module.followed(drawn.scale * white, drawn.weights, drawn.near, drawn.order)
    wanted = covariance(T64, LINE)
    assert (columns.T @ columns - wanted).abs().max() <= 1e-9


def test_a_twin_that_forgets_the_noise_of_neighbours_is_seen(monkeypatch):
    whole = vecchia.Vecchia._steps

    def broken(self, at, own, every):
        return whole(self, at, own, vecchia.replace(every, noise=vecchia.number(1e-9)))

    monkeypatch.setattr(vecchia.Vecchia, "_steps", broken)
    data = {**LINE, "x": LINE["x"] + 1e-3 * np.arange(N)}
    found, _ = likelihood(bound_to(model(N - 1), data, pyro), pyro)
    assert not abs(found - float(evidence(T64, data))) <= 1e-2


def test_neighbours_are_the_nearest_of_those_before():
    x = _RNG.normal(size=(13, 2)) * [1.0, 30.0]
    scaled = (x - x.mean(0)) / x.std(0)
    order = _RNG.permutation(9)
    found = nearest_before(x, order, 5)
    for place, i in enumerate(order):
        before = [*range(4), *(4 + order[:place])]
        near = sorted(before, key=lambda j: ((scaled[4 + i] - scaled[j]) ** 2).sum())[:5]
        assert found[i].tolist() == near + [4 + i] * (5 - len(near))
    assert (np.asarray(by_jax(x, order, 5)) == found).all()
    assert (by_torch(torch.tensor(x), torch.tensor(order), 5).numpy() == found).all()
    line = np.sort(x[:, 0])
    along = before_in_order(np.arange(13), 3)
    assert (along[3:] == nearest_before(line, np.arange(13), 3)[3:]).all()


def test_several_functions_and_noise_of_a_kernel_are_refused():
    several = """model m {
  dim row, group
  data x[row] : real
  data of[row] : group
  data y[row] : real
  f[group] ~ GP(kernel = RBF(1), approx = vecchia)
  y[row] ~ Normal(f[of](x), 1)
}
"""
    noisy = model(3).replace("Matern32(0.8)", "Matern32(0.8) + White(1)")
    for text, code in ((noisy, "G0492"), (several, "G0458")):
        with pytest.raises(DiagnosticError) as error:
            resolved(text)
        assert error.value.diagnostics[0].code == code
