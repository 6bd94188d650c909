"""Tasks of `pfn` blocks: their joint law is the model's, given inputs and what is required.

The model is written a second time with its inputs as latents, and drawn by `model.simulate`; numpy
leaves out what is not to be kept. Statistics of both samples of tasks are compared by two-sample
Kolmogorov tests. Each test rejects a right sampler with probability RATE at most (Bonferroni over
its statistics); its twin, a second model with one statement changed, is to be rejected.
"""

from dataclasses import dataclass, replace

import jax
import numpy as np
import pytest
from scipy.stats import ks_2samp

import gendsl
from gendsl.ir.verify import verify
from gendsl.transforms.drawn_jointly import drawn_jointly

RATE = 1e-6
ROWS = 4

LINEAR = """
model tasks {
  dim row
  dim col = 1..2
  data X[row, col] : real
  data t[row] : real > 0
  data y[row] : real
  s ~ LogNormal(0, 0.5)
  b[col] ~ Normal(0, 1)
  y[row] ~ StudentT(4, X @ b + log(t), s)
}
pfn amortised {
  prior   = tasks
  predict y, s given X, t
  rows    = 4..8
  inputs  = X ~ Normal(0, 1), t ~ Normal(0, 1)
  require y < 4
}
"""

GP = """
model tasks {
  dim row
  dim col = 2
  data X[row, col] : real
  data y[row] : real
  len ~ Gamma(3, 3)
  noise ~ LogUniform(0.01, 1)
  f ~ GP(mean = 0, kernel = RBF(len))
  y[row] ~ Normal(f(X), noise)
}
pfn amortised {
  prior   = tasks
  predict y, len given X
  rows    = 4..8
  inputs  = X ~ Normal(0, 1)
}
"""

BNN = """
model tasks {
  dim row
  data x[row] : real
  data y[row] : real
  sigma ~ LogNormal(-1, 0.5)
  f ~ BNN(layers = [5], activation = tanh, weight = Normal(0, 1), bias = Normal(0, 1))
  y[row] ~ Normal(f(x), sigma)
}
pfn amortised {
  prior   = tasks
  predict y, sigma given x
  rows    = 4..8
  inputs  = x ~ Normal(0, 1)
}
"""

MIXTURE = """
model tasks {
  dim row
  dim k = 2
  data x[row] : real
  data y[row] : real
  w[k] ~ Dirichlet(2)
  mu[k] ~ Normal(0, 3)
  z[row] : k ~ Categorical(w)
  y[row] ~ Normal(mu[z] + x, 0.5)
}
pfn amortised {
  prior   = tasks
  predict y, mu given x
  rows    = 4..8
  inputs  = x ~ Normal(0, 1)
}
"""

MIXED = """
model tasks {
  dim row
  dim group = 3
  data g[row] : group
  data x[row] : real
  data y[row] : real
  tau ~ LogNormal(0, 0.5)
  alpha[group] ~ Normal(0, tau)
  b ~ Normal(0, 1)
  y[row] ~ Normal(alpha[g] + b * x, 0.3)
}
pfn amortised {
  prior   = tasks
  predict y, tau given x, g
  rows    = 4..8
  inputs  = g ~ Categorical([0.2, 0.3, 0.5]), x ~ Normal(0, 1)
}
"""

ODE = """
model tasks {
  dim row
  data t[row] : real >= 0
  data y[row] : real > 0
  r ~ LogNormal(0, 0.3)
  ode growth {
    d/dt(n) = r * n * (1 - n / 2)
    n(0) = 0.2
  }
  y[row] ~ LogNormal(log(n(t)), 0.1)
}
pfn amortised {
  prior   = tasks
  predict y, r given t
  rows    = 4..8
  inputs  = t ~ Uniform(0, 4)
}
"""


@dataclass(frozen=True)
class Case:
    """A text, what becomes of its declarations in the second model, and its twin's change."""

    text: str
    inputs: dict[str, str]
    latent: str
    unconstrained: object
    wrong: tuple[str, str]
    column: int = 0
    draws: int = 1500


CASES = {
    "linear": Case(
        LINEAR,
        {
            "data X[row, col] : real": "X[row, col] ~ Normal(0, 1)",
            "data t[row] : real > 0": "t[row] : real > 0 ~ Normal(0, 1)",
        },
        "s",
        np.log,
        ("StudentT(4,", "StudentT(1.5,"),
        column=1,  # after `t`, as its own number of columns has a range
    ),
    "gp": Case(
        GP, {"data X[row, col] : real": "X[row, col] ~ Normal(0, 1)"}, "len", np.log,
        ("Gamma(3, 3)", "Gamma(3, 5)"),
    ),
    "bnn": Case(
        BNN, {"data x[row] : real": "x[row] ~ Normal(0, 1)"}, "sigma", np.log,
        ("weight = Normal(0, 1)", "weight = Normal(0, 0.5)"),
    ),
    "mixture": Case(
        MIXTURE, {"data x[row] : real": "x[row] ~ Normal(0, 1)"}, "mu", np.asarray,
        ("Dirichlet(2)", "Dirichlet(0.2)"),
    ),
    "mixed": Case(
        MIXED,
        {
            "data x[row] : real": "x[row] ~ Normal(0, 1)",
            "data g[row] : group": "g[row] : group ~ Categorical([0.2, 0.3, 0.5])",
        },
        "tau",
        np.log,
        ("[0.2, 0.3, 0.5]", "[0.98, 0.01, 0.01]"),
    ),
    "ode": Case(
        ODE, {"data t[row] : real >= 0": "t[row] ~ Uniform(0, 4)"}, "r", np.log,
        ("(1 - n / 2)", "(1 - n / 2.4)"),
    ),
}  # fmt: skip


def compared(x, y, theta):
    """What the joint law of an input, targets and a latent shows: numbers for each task."""
    spread = (y - y.mean(1, keepdims=True)).std(1)
    apart = x[:, 0] - x[:, 1]
    return {
        "input": x[:, 0],
        "target": y[:, 0],
        "latent": theta,
        "difference": y[:, 0] - y[:, 1],
        "spread": spread,
        "latent and spread": np.log(spread) - theta,
        "where near": np.where(np.abs(apart) < 0.5, y[:, 0] - y[:, 1], 0.0),
        "where far": np.where(np.abs(apart) > 1.0, (y[:, 0] - y[:, 1]) * np.sign(apart), 0.0),
    }


def of_sampler(case):
    """The statistics of tasks of the block."""
    model = gendsl.compile(case.text)
    sampler = model.pfns["amortised"].sampler(case.draws, ROWS)
    tasks = jax.tree.map(np.asarray, sampler(jax.random.key(1)))
    assert tasks.valid.all()
    assert tasks.x.dtype == tasks.y.dtype == tasks.latents.dtype == np.float32
    return compared(tasks.x[:, :, case.column], tasks.y, tasks.latents[:, 0])


def of_simulation(case, change=("", ""), **sizes):
    """The statistics of draws of the second model, those that are kept."""
    text = case.text.partition("pfn amortised")[0]
    for declared, drawn in case.inputs.items():
        assert declared in text
        text = text.replace(declared, drawn)
    assert change[0] in text
    model = gendsl.compile(text.replace(*change) if change[0] else text)
    drawn = model.simulate(sizes={"row": ROWS, **sizes}, draws=2 * case.draws, seed=3)
    prior = {name: np.asarray(v.values)[0] for name, v in drawn["prior"].items()}
    y = np.asarray(drawn["prior_predictive"]["y"].values)[0]
    name = next(iter(case.inputs)).split()[1].partition("[")[0]
    x = prior[name].reshape(len(y), ROWS, -1)[:, :, 0]
    theta = case.unconstrained(prior[case.latent].reshape(len(y), -1)[:, 0])
    kept = (y < 4).all(1) if "require" in case.text else np.full(len(y), True)
    return compared(x[kept], y[kept], theta[kept])


def smallest(first, second):
    """The smallest of the tests' p values, times their number."""
    values = [ks_2samp(first[name], second[name]).pvalue for name in first]
    return min(values) * len(values)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_the_joint_law_is_that_of_the_model(name):
    case = CASES[name]
    sizes = {}
    if name == "linear":  # one size of its range: others are other models
        case = replace(case, text=case.text.replace("1..2", "2..2"))
        sizes = {"col": 2}
    tasks = of_sampler(case)
    assert smallest(tasks, of_simulation(case, **sizes)) > RATE
    assert smallest(tasks, of_simulation(case, case.wrong, **sizes)) < RATE


LENGTHS = """
model tasks {
  dim row
  dim col = 1..2
  data X[row, col] : real
  data t : real > 0
  data y[row] : bool
  slope ~ Normal(0, t)
  y[row] ~ Bernoulli(logit = slope * sum[col](X) / size(col))
}
pfn amortised {
  prior   = tasks
  predict y, slope given X, t
  rows    = 2..6
  inputs  = X ~ Uniform(1, 2), t ~ LogUniform(0.1, 10)
  require slope > 0
  train   = adam(batch = 7)
}
"""


def test_columns_padding_and_what_is_required():
    model = gendsl.compile(LENGTHS)
    block = model.pfns["amortised"]
    assert verify(drawn_jointly(block.pfn)).data == ()
    assert block.network["head"]["kind"] == "categorical"
    sampler = block.sampler()
    assert (sampler.batch, sampler.rows, sampler.columns) == (7, 6, 3)
    drawn = [jax.tree.map(np.asarray, sampler(jax.random.key(seed))) for seed in range(10)]
    assert {tuple(d.columns) for d in drawn} == {(n,) * 7 for n in (2, 3)}
    for tasks in drawn:
        there = tasks.columns[0]
        assert tasks.x.shape == (7, 6, 3)
        # `t` comes first: its place does not depend on how many columns follow.
        assert (tasks.x[:, :, 0] == tasks.x[:, :1, 0]).all()
        assert ((tasks.x[:, :, 1:there] >= 1) & (tasks.x[:, :, 1:there] <= 2)).all()
        assert (tasks.x[:, :, there:] == 0).all()
        assert set(np.unique(tasks.y)) <= {0.0, 1.0}
        assert tasks.valid.all() and (tasks.latents > 0).all()
    # The same inside compiled code, in single precision as here.
    key = jax.random.key(3)
    inside = jax.jit(lambda key: sampler(key).x * 2)(key)
    np.testing.assert_array_equal(inside, drawn[3].x * 2)
    # Half of the draws have a positive slope: 5 standard errors of 700 draws.
    assert abs(sampler.acceptance_rate(700) - 0.5) < 5 * 0.5 / 700**0.5


def test_a_requirement_that_never_holds_is_an_error_and_no_endless_loop():
    text = LENGTHS.replace("slope > 0", "slope > 1e6").replace("1..2", "2..2")
    sampler = gendsl.compile(text).pfns["amortised"].sampler(2, 2)
    assert not np.asarray(sampler(jax.random.key(0)).valid).any()
    with pytest.raises(gendsl.DiagnosticError) as found:
        sampler.acceptance_rate(10)
    assert found.value.diagnostics[0].code == "G1014"
