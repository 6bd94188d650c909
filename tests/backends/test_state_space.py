"""Functions as chains of states, against formulas for all pairs of points, written apart from them.

The references are NumPy's and torch's dense ones (Rasmussen & Williams 2006, eq. 2.23-2.24, 2.30).
Points are out of order, some of them are equal.
"""

import jax
import numpy as np
import pytest
import torch
from backend_cases.agreement import transformed
from backend_cases.compiled import bound, resolved

from gendsl.analysis.lint import unused_dims
from gendsl.backends import numpyro, pyro
from gendsl.data.evaluate import Environment, evaluate
from gendsl.ir.expr import Const, Op, Size
from gendsl.ir.program import Equation
from gendsl.ir.walk import defined_names

_RNG = np.random.default_rng(11)
N = 23
X, G, H = _RNG.uniform(0, 4, N), _RNG.uniform(0, 5, 6), _RNG.uniform(0, 4, 3)
X[5], X[7], G[2], H[1] = X[9], X[9], X[3], G[0]
Y, NOISE = _RNG.normal(size=N), _RNG.uniform(0.2, 0.6, N)


def d(x, y):
    return abs(x[:, None] - y[None, :])


def matern32(x, y, length):
    r = 3**0.5 * d(x, y) / length
    return (1 + r) * np.exp(-r)


def matern52(x, y, length):
    r = 5**0.5 * d(x, y) / length
    return (1 + r + r**2 / 3) * np.exp(-r)


KERNELS = {
    "Matern12(0.8)": lambda x, y: np.exp(-d(x, y) / 0.8),
    "2.5 * Matern32(0.8)": lambda x, y: 2.5 * matern32(x, y, 0.8),
    "Matern52(0.8)": lambda x, y: matern52(x, y, 0.8),
    "Cosine(1.7)": lambda x, y: np.cos(2 * np.pi * d(x, y) / 1.7),
    "Constant(0.7)": lambda x, y: 0.49 + 0 * d(x, y),
    "Wiener(0.7)": lambda x, y: 0.49 * np.minimum(x[:, None], y[None]),
    "White(0.7)": lambda x, y: 0.49 * np.eye(len(x)),
    "Matern52(0.8) + Constant(0.7) + 0.5 * Cosine(3)": lambda x, y: (
        matern52(x, y, 0.8) + 0.49 + 0.5 * np.cos(2 * np.pi * d(x, y) / 3)
    ),
    "Matern32(0.8) * Cosine(1.7) * Wiener(0.7) + Matern12(2)": lambda x, y: (
        matern32(x, y, 0.8) * np.cos(2 * np.pi * d(x, y) / 1.7)
        * 0.49 * np.minimum(x[:, None], y[None]) + np.exp(-d(x, y) / 2)
    ),
}  # fmt: skip


def model(kernel, observed="y[row] ~ Normal(2 * f(x) + 1, s)", way="state_space", more=""):
    return f"""model m {{
  dim row, grid, other
  data x[row] : real
  data g[grid] : real
  data h[other] : real
  data y[row] : real
  data s[row] : real > 0
  t ~ Normal(0, 1)
  f ~ GP(mean = 0.5, kernel = {kernel}, approx = {way})
  {observed}
  predict at[grid] = f(g)
  {more}
}}
"""


def given(program):
    """The data, with the size of every dimension."""
    dims = {dim.name: dim for dim in program.dimensions}

    def value(expr):
        match expr:
            case Const(number):
                return number
            case Size(dim):
                return size(dim)
            case Op("+", (left, right)):
                return value(left) + value(right)

    def size(name):
        if dims[name].like is not None:
            return size(dims[name].like)
        return {"row": N, "grid": 6, "other": 3}.get(name) or value(dims[name].size)

    data = {"x": X, "g": G, "h": H, "y": Y, "s": NOISE}
    return bound(data, {name: size(name) for name in dims})


def lowered(text, backend):
    program = resolved(text)
    data = given(program)
    return backend.lower(transformed(program, data)).bind(data)


def evaluated(text):
    """What a program computes of data alone, by name."""
    program = resolved(text)
    data = given(program)
    env = Environment(dict(data.arrays), data.sizes)
    arrays = dict(env.arrays)
    for node in program.nodes:
        if isinstance(node, Equation) and not set(defined_names(node)) & arrays.keys():
            value = evaluate(node.value, Environment(arrays, data.sizes))
            lines = [data.sizes[dim] if dim in node.value.dims else 1 for dim in node.dims]
            shape = [data.sizes[dim] for dim in node.dims]
            arrays[node.name] = np.broadcast_to(value.reshape(lines), shape)
    return arrays


def covariance_of(states):
    """K_ij = h' A_i ... A_j+1 P_j h of the sorted points, i at or after j."""
    h, a, p = (states[f"f(x).{name}"] for name in ("observed", "transition", "states"))
    k = np.zeros((N, N))
    for j in range(N):
        moved = p[j] @ h
        for i in range(j, N):
            moved = a[i] @ moved if i > j else moved
            k[i, j] = k[j, i] = h @ moved
    return k


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_states_of_a_kernel_have_its_covariance(kernel):
    order = np.argsort(X, kind="stable")
    text = model(kernel).replace("  predict at[grid] = f(g)\n", "")
    wanted = KERNELS[kernel](X[order], X[order])
    assert np.abs(covariance_of(evaluated(text)) - wanted).max() <= 1e-13
    other = text.replace("0.8", "0.9").replace("0.7", "0.6").replace("1.7", "1.8")
    assert np.abs(covariance_of(evaluated(other)) - wanted).max() > 1e-3


KERNEL = "exp(t) * (Matern32(0.8) + Constant(0.7))"


def kernel(t, x, y):
    """The kernel in torch, for a gradient of the reference too."""
    x, y = torch.as_tensor(x), torch.as_tensor(y)
    r = 3**0.5 * abs(x[:, None] - y) / 0.8
    return torch.exp(t) * ((1 + r) * torch.exp(-r) + 0.49)


def evidence(t):
    spread = 4 * kernel(t, X, X) + torch.diag(torch.tensor(NOISE) ** 2)
    normal = torch.distributions.MultivariateNormal(torch.full((N,), 2.0).double(), spread)
    return normal.log_prob(torch.tensor(Y))


@pytest.mark.parametrize("backend", [numpyro, pyro])
def test_evidence_and_slope_are_those_of_the_covariance(backend):
    density = lowered(model(KERNEL), backend)
    t = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    [slope] = torch.autograd.grad(evidence(t), t)
    wanted = float(evidence(t.detach()))
    if backend is numpyro:
        both = jax.jit(jax.value_and_grad(lambda p: density.log_likelihood(density.data, p)))
        found, slope_found = both(np.array([0.3]))
    else:
        position = torch.tensor([0.3], dtype=torch.float64, requires_grad=True)
        found = density.log_likelihood(density.data, position)
        [slope_found] = torch.autograd.grad(found, position)
    found = float(found if backend is numpyro else found.detach())
    assert abs(found - wanted) <= 1e-10
    assert abs(float(slope_found[0]) - float(slope)) <= 1e-10
    assert abs(float(evidence(t.detach() + 1e-6)) - found) > 1e-8


def conditional(t, points, known, values, noise):
    """Mean and covariance of f at points, given noisy values at others.

    Where the noise is a jitter, 16 digits do not do for a dense covariance.
    """
    from mpmath import mp

    with mp.workdps(40):
        k, across, own = (
            mp.matrix(part.tolist())
            for part in (
                kernel(t, known, known), kernel(t, known, points), kernel(t, points, points)
            )
        )  # fmt: skip
        inverse = mp.inverse(k + mp.diag([mp.mpf(float(s)) ** 2 for s in noise]))
        mean = across.T * inverse * mp.matrix([float(v) - 0.5 for v in values])
        spread = own - across.T * inverse * across
        size = len(points)
        rows = [[float(spread[i, j]) for j in range(size)] for i in range(size)]
        return _tensor([0.5 + float(m) for m in mean]), _tensor(rows)


def _tensor(values):
    return torch.tensor(values, dtype=torch.float64)


def drawn(density, position):
    """The distributions from which predictions are drawn, and what was drawn."""
    made = []
    cls = density.module.MarkovConditional
    before = cls.rsample

    def rsample(self, sample_shape=()):
        value = before(self, sample_shape)
        made.append((self, value))
        return value

    cls.rsample = rsample
    density.generate(0, density.data, position)
    return made


def moments(distribution):
    n, known = distribution.order.shape[0], distribution.residual.shape[0]
    zeros = torch.zeros(n, dtype=torch.float64), torch.zeros(known, dtype=torch.float64)
    mean = distribution.values(*zeros)
    columns = [
        torch.stack([distribution.values(*_one(zeros, place, i)) for i in range(len(part))]) - mean
        for place, part in enumerate(zeros)
    ]
    factor = torch.cat(columns)
    return mean, factor.T @ factor


def _one(zeros, place, i):
    changed = [part.clone() for part in zeros]
    changed[place][i] = 1.0
    return changed


def test_predictions_are_given_the_data_and_the_predictions_before():
    text = model(KERNEL, more="predict later[other] = f(h)")
    density = lowered(text, pyro)
    t = torch.tensor(0.3, dtype=torch.float64)
    [(first, values), (second, _)] = drawn(density, t[None])
    mean, spread = conditional(t, G, X, (Y - 1) / 2, NOISE / 2)
    for found, wanted in zip(moments(first), (mean, spread), strict=True):
        assert (found - wanted).abs().max() <= 1e-8
    known, both = np.concatenate([X, G]), np.concatenate([(Y - 1) / 2, values.numpy()])
    jitter = np.full(6, float(torch.sqrt(1e-10 * torch.exp(t) * 1.49)))
    mean, spread = conditional(t, H, known, both, np.concatenate([NOISE / 2, jitter]))
    for found, wanted in zip(moments(second), (mean, spread), strict=True):
        assert (found - wanted).abs().max() <= 1e-8


def test_noise_of_a_kernel_is_at_the_points_of_the_data_what_it_was_there():
    text = model("Matern32(0.8) + White(0.7)").replace("at[grid] = f(g)", "at[row] = f(x)")
    density = lowered(text, pyro)
    [(found, _)] = drawn(density, torch.zeros(1, dtype=torch.float64))
    k = matern32(X, X, 0.8) + 0.49 * np.eye(N)
    gain = k @ np.linalg.inv(k + np.diag(NOISE**2) / 4)
    mean, spread = moments(found)
    assert np.abs(mean.numpy() - 0.5 - gain @ ((Y - 1) / 2 - 0.5)).max() <= 1e-8
    assert np.abs(spread.numpy() - (k - gain @ k)).max() <= 1e-8


def test_inferred_values_at_two_places_are_of_one_function():
    text = model(KERNEL, "y[row] ~ Laplace(f(x), s)", more="factor sum[grid](f(g))")
    density = lowered(text.replace("  predict at[grid] = f(g)\n", ""), pyro)
    sites = {s.name: s for s in density.sites}
    position = torch.zeros(density.size, dtype=torch.float64)

    def values(position):
        made = density.constrain(density.data, position)
        return torch.cat([made["f(x)"], made["f(g)"]])

    factor = torch.autograd.functional.jacobian(values, position)
    whites = [s for name, s in sites.items() if name.endswith(".white")]
    parts = torch.cat([factor[:, s.start : s.stop] for s in whites], -1)
    every = np.concatenate([X, G])
    wanted = kernel(torch.zeros(()).double(), every, every)
    assert parts.shape == (N + 6, N + 6)
    assert (parts @ parts.T - wanted).abs().max() <= 1e-9
    assert (values(position) - 0.5).abs().max() <= 1e-12


def test_predictions_are_conditional_on_values_that_are_inferred():
    density = lowered(model(KERNEL, "y[row] ~ Laplace(f(x), s)"), pyro)
    position = torch.as_tensor(_RNG.normal(size=density.size)) / 3
    t = position[next(s.start for s in density.sites if s.name == "t")]
    values = density.constrain(density.data, position)["f(x)"]
    [(found, _)] = drawn(density, position)
    jitter = np.full(N, float(torch.sqrt(1e-10 * torch.exp(t) * 1.49)))
    mean, spread = conditional(t, G, X, values, jitter)
    for ours, wanted in zip(moments(found), (mean, spread), strict=True):
        assert (ours - wanted).abs().max() <= 1e-8


def test_both_backends_draw_alike_from_the_same_noise():
    """Classes and functions of both, at numbers that only this test has."""
    from gendsl.backends.numpyro.bases.markov_values import markov_values as ours
    from gendsl.backends.numpyro.distributions.markov_normal import MarkovConditional as Ours
    from gendsl.backends.pyro.bases.markov_values import markov_values as theirs
    from gendsl.backends.pyro.distributions.markov_normal import MarkovConditional as Theirs

    arrays = evaluated(model("Matern52(0.8)"))
    name = "f(g).chain"
    parts = [np.array(arrays[f"{name}.{p}"]) for p in ("order", "observed", "transition", "states")]
    white, noise = _RNG.normal(size=N + 6), _RNG.normal(size=N)
    given = (np.full(6, 0.5), Y, NOISE, np.full(N, 2.0), np.array(1e-5), *parts)
    found = jax.jit(lambda w, e: Ours(*given).values(w, e))(white, noise)
    tensors = [torch.as_tensor(x) for x in given]
    wanted = Theirs(*tensors).values(torch.as_tensor(white), torch.as_tensor(noise))
    assert np.abs(found - wanted.numpy()).max() <= 1e-8
    found = jax.jit(lambda w: ours(w, 1e-5, *parts))(white)
    wanted = theirs(torch.as_tensor(white), torch.tensor(1e-5).double(), *tensors[5:])
    assert np.abs(found - wanted.numpy()).max() <= 1e-8


@pytest.mark.parametrize(
    ("dim", "kernel", "solver"),
    [
        ("dim row = 1000", "2 * Matern52(1) + Constant(1)", "state_space"),
        ("dim row = 999", "2 * Matern52(1) + Constant(1)", "exact"),
        ("dim row = 1000", "2 * Matern52(1) + RBF(1)", "exact"),
        ("dim row", "Matern52(1)", "exact"),
    ],
)
def test_many_points_on_a_line_are_a_chain_of_states(dim, kernel, solver):
    text = f"""model m {{
  {dim}
  data x[row] : real
  data y[row] : real
  f ~ GP(kernel = {kernel})
  y[row] ~ Normal(f(x), 1)
}}
"""
    [choice] = resolved(text).functions
    assert (choice.solver, choice.form) == (solver, "collapsed")
    assert ("1000 points on a line" in choice.reason) == (solver == "state_space")


def test_no_dimension_of_a_chain_is_said_to_be_unused():
    text = """model m {
  dim row, unused
  data x[row] : real
  data y[row] : real
  f ~ GP(kernel = Matern12(1), approx = state_space)
  y[row] ~ Normal(f(x), 1)
}
"""
    said = [d.message for d in unused_dims(resolved(text))]
    assert said == ["nothing has the dimension `unused`"]
