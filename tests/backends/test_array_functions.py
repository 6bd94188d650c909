"""Functions of whole arrays: the generated program, the host and numpy agree, batches included."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from backend_cases.array_calls import CASES, DATA, HEADER, RNG, SCALED, SIZES, A, statement
from backend_cases.compiled import bound, compiled, position_of
from jax.test_util import check_grads

from gendsl.data.evaluate import Environment, evaluate
from gendsl.data.host_functions import ARRAY_FUNCTIONS as HOST
from gendsl.ir.array_functions import ARRAY_FUNCTIONS, COMPOSED
from gendsl.ir.program import Equation


@pytest.fixture(scope="module")
def program():
    lines = [statement(i, text, dims) for i, (text, (dims, _)) in enumerate(CASES.items())]
    return compiled(HEADER + "".join(lines) + "}")


@pytest.fixture(scope="module")
def values(program):
    with jax.enable_x64(True):
        density = program.bind(bound(DATA, SIZES))
        return jax.jit(density.constrain)(density.data, position_of(density))


@pytest.mark.parametrize("i", range(len(CASES)), ids=list(CASES))
def test_the_generated_program_is_numpy(values, i):
    wanted = list(CASES.values())[i][1]
    assert values[f"r{i}"].shape == np.shape(wanted)
    np.testing.assert_allclose(values[f"r{i}"], wanted, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("i", range(len(CASES)), ids=list(CASES))
def test_the_host_is_numpy(program, i):
    node = next(n for n in program.program.nodes if n.name == f"r{i}")
    assert isinstance(node, Equation)
    wanted = list(CASES.values())[i][1]
    found = evaluate(node.value, Environment(DATA, SIZES))
    places = [node.value.dims.index(d) for d in node.dims]
    np.testing.assert_allclose(found.transpose(places), wanted, rtol=1e-8, atol=1e-9)


def test_every_row_is_a_case_and_has_a_host():
    called = "".join(CASES)
    written = [name for name, row in ARRAY_FUNCTIONS.items() if not row.is_internal]
    assert all(f"{name}[" in called for name in (*written, *COMPOSED))
    assert HOST.keys() == ARRAY_FUNCTIONS.keys()


def test_gradients_are_those_of_finite_differences():
    lines = "".join(f"  factor {text}\n" for text in SCALED)
    density = compiled(HEADER + lines + "}").bind(bound(DATA, SIZES))
    total = jax.jit(lambda x: density.log_likelihood(density.data, x))
    check_grads(total, (jnp.array([0.3]),), order=1, modes=["rev"], rtol=1e-4)


def test_a_gaussian_process_by_its_covariance():
    text = """model gp {
      dim i
      dim j like i
      data x[i] : real
      data y[i] : real
      alpha ~ HalfNormal(1)
      rho ~ LogNormal(0, 1)
      sigma ~ HalfNormal(1)
      let K[i, j] = alpha^2 * exp(-0.5 * ((x - x[j]) / rho)^2) + if(i == j, sigma^2, 0)
      y[i] ~ MultiNormal(0, K)
    }"""
    x, y = RNG.normal(size=6), RNG.normal(size=6)
    density = compiled(text).bind(bound({"x": x, "y": y}, {"i": 6, "j": 6}))
    alpha, rho, sigma = 1.3, 0.7, 0.4
    position = density.unconstrain(density.data, {"alpha": alpha, "rho": rho, "sigma": sigma})
    K = alpha**2 * np.exp(-0.5 * ((x[:, None] - x) / rho) ** 2) + sigma**2 * np.eye(6)
    wanted = -0.5 * (y @ np.linalg.solve(K, y) + np.linalg.slogdet(2 * np.pi * K)[1])
    np.testing.assert_allclose(density.log_likelihood(density.data, position), wanted, rtol=1e-10)


def test_a_kronecker_process_by_two_eigen_decompositions():
    """log N(vec Y | 0, K1 x K2 + s^2 I) in the eigenvectors' basis (Saatçi 2011, ch. 5)."""
    text = """model grid {
      dim i
      dim i2 like i
      dim j
      dim j2 like j
      data K1[i, i2] : real
      data K2[j, j2] : real
      data y[i, j] : real
      sigma ~ HalfNormal(1)
      let U[i, i2] = eigenvectors[i, i2](K1)
      let V[j, j2] = eigenvectors[j, j2](K2)
      let d[i2, j2] = eigenvalues[i, i2](K1) * eigenvalues[j, j2](K2) + sigma^2
      let a[i2, j2] = sum[i, j](U * V * y)
      factor sum[i2, j2](-0.5 * a^2 / d - 0.5 * log(2 * pi * d))
    }"""
    K1, K2 = np.exp(-np.abs(np.subtract.outer(np.arange(3.0), np.arange(3)))), A / 8
    Y = RNG.normal(size=(3, 4))
    sizes = {"i": 3, "i2": 3, "j": 4, "j2": 4}
    density = compiled(text).bind(bound({"K1": K1, "K2": K2, "y": Y}, sizes))
    position = density.unconstrain(density.data, {"sigma": 0.6})
    K = np.kron(K1, K2) + 0.36 * np.eye(12)
    wanted = -0.5 * (
        Y.ravel() @ np.linalg.solve(K, Y.ravel()) + np.linalg.slogdet(2 * np.pi * K)[1]
    )
    np.testing.assert_allclose(density.log_likelihood(density.data, position), wanted, rtol=1e-9)
