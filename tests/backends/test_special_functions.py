"""Special functions in the generated program: scipy's values, and the slopes of those values."""

import jax
import numpy as np
import pytest
from backend_cases.compiled import bound, compiled
from backend_cases.function_calls import NAMES, TEXT

from gendsl.data.evaluate import Environment, evaluate
from gendsl.ir.functions import FUNCTIONS

STEP = 1e-6
FLAT = {"floor", "ceil", "round", "trunc", "sign"}


@pytest.fixture(scope="module")
def program():
    return compiled(TEXT)


@pytest.fixture(scope="module")
def found(program):
    """Each function's value and its slopes along x, y and z, all at 0."""
    with jax.enable_x64(True):
        density = program.bind(bound({}, {}))
        start = density.unconstrain(density.data, {"x": 0.0, "y": 0.0, "z": 0.0})
        values = jax.jit(density.constrain)(density.data, start)
        slopes = jax.jit(jax.jacrev(lambda p: density.constrain(density.data, p)))(start)
        order = [site.name for site in density.sites]
        return values, slopes, order


def on_host(program, name: str, x: tuple[float, float, float]) -> float:
    node = next(n for n in program.program.nodes if n.name == f"r_{name}")
    arrays = {k: np.asarray(v) for k, v in zip("xyz", x, strict=True)}
    return float(evaluate(node.value, Environment(arrays, {})))


@pytest.mark.sweep(3)
@pytest.mark.parametrize("name", NAMES)
def test_values_are_the_hosts(program, found, name):
    wanted = on_host(program, name, (0.0, 0.0, 0.0))
    np.testing.assert_allclose(found[0][f"r_{name}"], wanted, rtol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_slopes_are_those_of_the_hosts_values(program, found, name):
    _, slopes, order = found
    for i, x in enumerate("xyz"[: FUNCTIONS[name].arity[0]]):
        up, down = [0.0] * 3, [0.0] * 3
        up[i], down[i] = STEP, -STEP
        wanted = (on_host(program, name, up) - on_host(program, name, down)) / (2 * STEP)
        slope = slopes[f"r_{name}"][order.index(x)]
        np.testing.assert_allclose(slope, wanted, rtol=2e-6, atol=1e-8)
    assert name not in FLAT or slope == 0


def test_stable_logarithms_keep_their_digits():
    """log(1 - exp(x)) where exp(x) is nearly 1 or nearly 0, and differences of huge numbers."""
    text = """model m {
      dim k = 2
      data x[k] : real
      data y[k] : real
      a[k] = log1m_exp(x)
      b[k] = log_diff_exp(y, y - 1)
      s ~ Normal(0, 1)
    }"""
    x, y = np.array([-1e-20, -600.0]), np.array([1e3, -1e3])
    density = compiled(text).bind(bound({"x": x, "y": y}, {"k": 2}))
    values = density.constrain(density.data, jax.numpy.zeros(1))
    np.testing.assert_allclose(values["a"], [np.log(1e-20), -np.exp(-600.0)], rtol=1e-12)
    np.testing.assert_allclose(values["b"], y + np.log1p(-np.exp(-1.0)), rtol=1e-12)


def test_reductions_of_a_dimension():
    text = """model m {
      dim row
      dim k
      data X[row, k] : real
      v[k] = var[row](X)
      med[row] = median[k](X)
      n[k] = norm[row](X)
      l[row, k] = log_softmax[k](X)
      o[row, k] = sort[k](X)
      best[row] = X[k = argmax[k](X)]
      worst[k] = X[row = argmin[row](X)]
      s ~ Normal(0, 1)
    }"""
    X = np.random.default_rng(3).normal(size=(5, 4))
    density = compiled(text).bind(bound({"X": X}, {"row": 5, "k": 4}))
    found = density.constrain(density.data, jax.numpy.zeros(1))
    wanted = {
        "v": X.var(0, ddof=1),
        "med": np.median(X, 1),
        "n": np.linalg.norm(X, axis=0),
        "l": X - np.log(np.exp(X).sum(1, keepdims=True)),
        "o": np.sort(X, 1),
        "best": X.max(1),
        "worst": X.min(0),
    }
    for name, value in wanted.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-12)
