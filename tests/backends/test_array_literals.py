"""Array literals: the generated program, the host and numpy agree on values; densities on scipy."""

import jax
import numpy as np
import pytest
from backend_cases.compiled import bound, compiled, position_of, resolved
from jax.scipy.special import logsumexp
from scipy import stats

from gendsl.backends.numpyro import lower
from gendsl.data.evaluate import Environment, evaluate
from gendsl.ir.program import Equation
from gendsl.transforms.sum_out import sum_out

HEADER = """model m {
  dim state = {well, ill, dead}
  dim next like state
  dim row
  dim k = 2
  dim time : ordered
  data x[row] : real
  data X[row, k] : real
  data w[k] : real
  data z[row] : state
  data s[time] : real
"""
x = np.array([0.5, -1.5, 2.0, 0.25])
X = np.arange(8.0).reshape(4, 2) ** 1.5 - 3
w = np.array([0.3, -0.7])
z = np.array([2, 0, 1, 1])
s = np.array([1.0, -2.0, 0.5])
DATA = {"x": x, "X": X, "w": w, "z": z, "s": s}
SIZES = {"state": 3, "next": 3, "row": 4, "k": 2, "time": 3}
LABELS = {dim: ("well", "ill", "dead") for dim in ("state", "next")}
P = np.array([[0.9, 0.1, 0.0], [0.2, 0.5, 0.3], [0.0, 0.0, 1.0]])
ROWS = "[[0.9, 0.1, 0], [0.2, 0.5, 0.3], [0, 0, 1]]"
zero, one = np.zeros(4), np.ones(4)

CASES = {
    # as many dimensions as the place has, in the order of the left side
    ROWS: ("state, next", P),
    f"{ROWS} ": ("next, state", P),
    "w * [1, 2]": ("k", w * [1, 2]),
    "2 * -[w[k = 0], 1 - w[k = 1]] / 4": ("k", np.array([-0.15, -0.85])),
    "exp([[0, 1], [2, 3], [4, 5]])": ("state, k", np.exp(np.arange(6.0).reshape(3, 2))),
    # else those that nothing beside it has
    "x * [1, 2]": ("row, k", np.outer(x, [1, 2])),
    "x * [1, 2] + 1": ("k, row", np.outer([1, 2], x) + 1),
    "x * [[1, 2], [3, 4], [5, 6]]": (
        "state, row, k",
        np.einsum("r,sk->srk", x, np.arange(1.0, 7).reshape(3, 2)),
    ),
    'if(state == "well", [0.9, 0.1, 0], if(state == "ill", [0.2, 0.5, 0.3], [0, 0, 1]))': (
        "state, next",
        P,
    ),
    "if(state == next, 1, 0) * [1, 2]": ("state, next, k", np.eye(3)[..., None] * [1, 2]),
    "if(x > 0, [1, 2], [w[k = 0], 4])": (
        "row, k",
        np.where(x[:, None] > 0, [1, 2], [0.3, 4]),
    ),
    "[1, 2, 3] * s[time = 1]": ("state", np.array([-2.0, -4, -6])),
    "X[row = 0] * [1, 2, 3]": (
        "state, k",
        np.outer([1, 2, 3], X[0]),
    ),
    # entries that vary
    "[x, 1 - x]": ("row, k", np.stack([x, 1 - x], 1)),
    "[[x, 1 - x, 0], [0, x, 1 - x], [0, 0, 1]]": (
        "row, state, next",
        np.stack([np.stack(r, -1) for r in (
            (x, 1 - x, zero), (zero, x, 1 - x), (zero, zero, one),
        )], 1),
    ),
    "[w, 2 * w, [1, 2]]": ("state, k", np.stack([w, 2 * w, [1.0, 2.0]])),
    "[w, 2 * w, 0 * w]": ("state, k", np.outer([1, 2, 0], w)),
    # inside the brackets of functions, beside `@`, as arguments, as indices
    "sum[k](x * [1, 2])": ("row", 3 * x),
    "sum[state](x * [1, 2, 3] ^ 2)": ("row", 14 * x),
    "softmax[k](x * [1, 2])": ("row, k", np.exp(np.outer(x, [1, 2]) - np.log(
        np.exp(np.outer(x, [1, 2])).sum(1, keepdims=True)))),
    "cumsum[state]([1, 2, 3])": ("state", np.array([1.0, 3, 6])),
    "X @ [1, 2]": ("row", X @ [1, 2]),
    "[1, 2] @ X": ("row", X @ [1, 2]),
    "[[1, 2], [3, 4], [5, 6]] @ w": ("state", np.arange(1.0, 7).reshape(3, 2) @ w),
    "square_of([1, 2, 3])": ("state", np.array([1.0, 4, 9])),
    "sum[j = 1..2](j * [1, 2, 3])": ("state", np.array([3.0, 6, 9])),
    "x[row = [3, 0]]": ("k", x[[3, 0]]),
}  # fmt: skip


@pytest.fixture(scope="module")
def program():
    lines = [f"  r{i}[{dims}] = {text}\n" for i, (text, (dims, _)) in enumerate(CASES.items())]
    return compiled("def square_of(v) = v ^ 2\n" + HEADER + "".join(lines) + "}")


@pytest.fixture(scope="module")
def values(program):
    with jax.enable_x64(True):
        density = program.bind(bound(DATA, SIZES, LABELS))
        return jax.jit(density.constrain)(density.data, position_of(density))


@pytest.mark.parametrize("i", range(len(CASES)), ids=list(CASES))
def test_the_generated_program_is_numpy(values, i):
    wanted = list(CASES.values())[i][1]
    assert values[f"r{i}"].shape == np.shape(wanted)
    np.testing.assert_allclose(values[f"r{i}"], wanted, rtol=1e-10)


@pytest.mark.parametrize("i", range(len(CASES)), ids=list(CASES))
def test_the_host_is_numpy(program, i):
    node = next(n for n in program.program.nodes if n.name == f"r{i}")
    assert isinstance(node, Equation)
    found = evaluate(node.value, Environment(DATA, SIZES, LABELS))
    places = [node.value.dims.index(d) for d in node.dims]
    np.testing.assert_allclose(found.transpose(places), list(CASES.values())[i][1], rtol=1e-10)


def test_arguments_of_distributions():
    """Literals of what is inferred: every term of the log density, by scipy."""
    text = (
        HEADER
        + """
      p ~ Beta(2, 3)
      q[k] ~ Normal([0, 5], [1, p])
      c[state] ~ Dirichlet([1, 2, 3])
      C[row, next] ~ Dirichlet(p * [1, 2, 3])
      b[state] ~ MultiNormal(p * [1, 2, 3], covariance = [[2, p, 0], [p, 1, 0], [0, 0, 1]])
      observe w ~ Normal(q, 1)
      x[row] ~ Mixture([p, 1 - p], Normal(q, 1))
      x[row] ~ Mixture([0.2, 0.3, 0.5], [Normal(p, 1), Normal(1, 2), StudentT(3, 0, 1)])
      x[row] ~ Mixture([0.4, 0.6], Normal([0, 5 * p], [1, 2]))
      z[row] ~ OrderedLogistic(x * p, [-p, 1])
      z[row] ~ Categorical(if(x > 0, [p, 1 - p, 0] / 2 + [0, 0, 0.5], [0.2, 0.3, 0.5]))
    }"""
    )
    with jax.enable_x64(True):
        density = compiled(text).bind(bound(DATA, SIZES, LABELS))
        position = position_of(density)
        v = {n: np.asarray(a) for n, a in density.constrain(density.data, position).items()}
        found = density.log_likelihood(density.data, position)
    p, q = v["p"], v["q"]

    def mixture(weights, *parts):
        return logsumexp(np.stack(parts, 1), axis=1, b=np.asarray(weights)).sum()

    normal = stats.norm.logpdf
    away = np.array([-p, 1])[None] - (x * p)[:, None]
    below = np.concatenate([zero[:, None], 1 / (1 + np.exp(-away)), one[:, None]], 1)
    first = np.where(x[:, None] > 0, np.array([p, 1 - p, 0]) / 2 + [0, 0, 0.5], [0.2, 0.3, 0.5])
    wanted = (
        normal(w, q, 1).sum()
        + mixture([p, 1 - p], normal(x, q[0], 1), normal(x, q[1], 1))
        + mixture([0.2, 0.3, 0.5], normal(x, p, 1), normal(x, 1, 2), stats.t.logpdf(x, 3))
        + mixture([0.4, 0.6], normal(x, 0, 1), normal(x, 5 * p, 2))
        + np.log(np.diff(below)[range(4), z]).sum()
        + np.log(first[range(4), z]).sum()
    )
    np.testing.assert_allclose(found, wanted, rtol=1e-9)


def test_the_priors_of_vectors_and_matrices():
    """Differences of the log prior between two positions, for constants and Jacobians apart."""
    text = """model m {
      dim k = 2
      dim l like k
      b[k] ~ MultiNormal([1, -1], covariance = [[2, 0.5], [0.5, 1]])
      a[k] ~ MultiNormal([0, 2], cholesky = [[2, 0], [0.5, 1]])
      n[k] ~ Normal([0, 5], [1, 2])
    }"""
    covariance = np.array([[2, 0.5], [0.5, 1]])
    factor = np.array([[2, 0], [0.5, 1]])

    def density_of(v):
        return (
            stats.multivariate_normal([1, -1], covariance).logpdf(v["b"])
            + stats.multivariate_normal([0, 2], factor @ factor.T).logpdf(v["a"])
            + stats.norm.logpdf(v["n"], [0, 5], [1, 2]).sum()
        )

    with jax.enable_x64(True):
        density = compiled(text).bind(bound({}, {"k": 2, "l": 2}))
        for seed in (0, 1):
            position = position_of(density, seed)
            v = density.constrain(density.data, position)
            found = density.log_prior(density.data, position)
            np.testing.assert_allclose(found, density_of(v), rtol=1e-9)


def test_a_chain_that_starts_with_a_literal():
    """The forward algorithm over all paths, with the start's probabilities written out."""
    text = """model m {
      dim time : ordered
      dim state = {a, b}
      dim next like state
      data y[time] : real
      p ~ Beta(2, 2)
      P[state, next] = [[p, 1 - p], [0.2, 0.8]]
      z[time = first] ~ Categorical([0.3, 0.7])
      z[time] ~ Categorical(P[state = z[time - 1]])
      y[time] ~ Normal(sum[state](if(state == z, 1, 0) * [0, 3]), 1)
    }"""
    y = np.array([0.5, 2.0, 3.5])
    with jax.enable_x64(True):
        program = lower(sum_out(resolved(text)))
        density = program.bind(bound({"y": y}, {"time": 3, "state": 2, "next": 2}))
        position = position_of(density)
        p = float(density.constrain(density.data, position)["p"])
        found = density.log_likelihood(density.data, position)
    step, total = np.array([[p, 1 - p], [0.2, 0.8]]), 0.0
    for path in np.ndindex(2, 2, 2):
        weight = [0.3, 0.7][path[0]] * step[path[0], path[1]] * step[path[1], path[2]]
        total += weight * stats.norm.pdf(y, 3 * np.array(path), 1).prod()
    np.testing.assert_allclose(found, np.log(total), rtol=1e-9)


def test_the_start_of_differential_equations():
    """A linear system, whose solution is known."""
    text = """model m {
      dim pool = 2
      dim time
      data t[time] : real
      data y[time] : real
      g ~ Beta(2, 2)
      ode soil {
        d/dt(C[pool]) = -C * [1, 0.5]
        C(0) = 10 * [g, 1 - g]
      }
      y[time] ~ Normal(sum[pool](C(t)), 1)
    }"""
    t, y = np.array([0.5, 2.0]), np.array([8.0, 3.0])
    with jax.enable_x64(True):
        density = compiled(text).bind(bound({"t": t, "y": y}, {"pool": 2, "time": 2}))
        position = position_of(density)
        g = float(density.constrain(density.data, position)["g"])
        found = density.log_likelihood(density.data, position)
    mean = 10 * (g * np.exp(-t) + (1 - g) * np.exp(-t / 2))
    np.testing.assert_allclose(found, stats.norm.logpdf(y, mean, 1).sum(), rtol=1e-5)
