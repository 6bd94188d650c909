"""Where a statement does not hold it adds nothing to the density, nor to the gradient."""

import jax
import numpy as np
import pytest

import gendsl
from gendsl.api.lowering import lower, transform
from gendsl.api.runtime import computing
from gendsl.backends.registry import BACKENDS
from gendsl.diagnostics.source import Source
from gendsl.ir.program import Equation, Sample
from gendsl.pipeline import front
from gendsl.transforms.guard import guard

HEADER = """model m {
  dim row
  dim k = {low, mid, high}
  data x[row] : real
  data n[row] : int
  data ok[row] : bool
  data y[row] : int
  data z[row] : real
  data c[row] : k
  a ~ Normal(0, 1)
  b ~ Normal(0, 1)
"""

ALL = {
    "x": np.array([2.0, 0.0, 0.5, 0.0]),
    "n": np.array([3, -1, 4, -1]),
    "ok": np.array([True, False, True, False]),
    "y": np.array([1, 0, 2, -9]),
    "z": np.array([0.3, 0.0, 0.8, -99.0]),
    "c": np.array([0, 1, 2, 1]),
}
SEEN = {name: array[ALL["ok"]] for name, array in ALL.items()}

STATEMENTS = {
    "mean 0": "y[row] ~ Poisson(exp(a) * x) where ok",
    "mean 0, saved": "mu[row] = exp(a) * x\ny[row] ~ NegativeBinomial(mu, exp(b)) where ok",
    "log of 0": "let mu[row] = a + b * log(x)\ny[row] ~ Poisson(log_rate = mu) where ok",
    "log of 0, latent": "z[row] ~ Normal(log(exp(a) * x), exp(b)) where ok",
    "division by 0": "let s[row] = exp(a) / x\nz[row] ~ Normal(s, s) where ok",
    "overflow": "mu[row] = exp(a / if(ok, x, 1e-9) + 1 / if(ok, x, 1e-9))"
    "\ny[row] ~ Poisson(mu) where ok",
    "root and power": "z[row] ~ Normal(sqrt(x * a ^ 2) + x ^ b, exp(a)) where ok",
    "two names deep": "let l[row] = log(x)\nlet m[row] = a * l\nz[row] ~ Normal(m, 1) where x > 0",
    "scale 0": "z[row] ~ Normal(a, x * exp(b)) where ok",
    "value outside": "z[row] ~ Gamma(exp(a), exp(b) * x) where z > 0 and z < 1",
    "bad count": "y[row] ~ Binomial(n, inv_logit(a * x)) where n >= 0",
    "moving ends": "z[row] ~ Uniform(-exp(a), exp(b) * 9 * x) where ok",
    "weights 0": "let u[k] = [1, exp(a), 2]\nlet p[row, k] = u * x / (x * (3 + exp(a)))"
    "\nc[row] ~ Categorical(p) where ok",
    "inner": "y[row] ~ ZeroInflated(x / 3, Poisson(x * exp(a))) where ok",
    "a mixture": "let w[k] = [0.2, 0.5, 0.3]\nlet u[k] = [a, b, 1]"
    "\nz[row] ~ Mixture(w, Normal(u / x, exp(a) * x)) where ok",
    "censored": "z[row] ~ Censored(Weibull(exp(a), exp(b) * x), upper = 0.5 * x) where ok",
    "a factor": "factor log(x) * log(exp(a) * x + b * x) where ok",
    "reduced": "let u[k] = [a, b, 1]\nz[row] ~ Normal(sum[k](u * log(x * u ^ 2)), 1) where ok",
    "not named": "z[row] ~ Normal(log(x + 0 * a), 1) where x * exp(a) > 0",
}


def at(data, text, transforms=None):
    """The log density at a position, and its gradient."""
    model = gendsl.compile(HEADER + text + "\n}")
    program = model.program
    with computing():
        bound = model.bind(data)
        if transforms is None:
            program = transform(program, sizes=bound.sizes)
        for apply in transforms or ():
            program = apply(program, bound.sizes)
        density = lower(program).bind(bound)
        both = jax.value_and_grad(density.log_density, argnums=1)
        value, slope = jax.jit(both)(density.data, np.array([0.4, -0.3]))
        return float(value), np.asarray(slope)


@pytest.mark.sweep(2)
@pytest.mark.parametrize("text", STATEMENTS.values(), ids=STATEMENTS)
def test_the_density_is_that_of_the_entries_where_it_holds(text):
    value, slope = at(ALL, text)
    wanted, wanted_slope = at(SEEN, text)
    assert np.isfinite(wanted)
    assert value == pytest.approx(wanted, rel=1e-12)
    np.testing.assert_allclose(slope, wanted_slope, rtol=1e-10)


@pytest.mark.parametrize("name", ["log of 0", "division by 0", "scale 0", "a factor"])
def test_without_it_there_is_no_gradient(name):
    """The same comparison fails for the program that masks alone."""
    others = [apply for apply in BACKENDS["numpyro"].transforms if apply is not guard]
    assert np.isnan(at(ALL, STATEMENTS[name], others)[1]).any()


@pytest.mark.sweep(3)
@pytest.mark.parametrize("name", STATEMENTS)
def test_entries_where_it_holds_are_computed_as_before(name):
    text = STATEMENTS[name]
    others = [apply for apply in BACKENDS["numpyro"].transforms if apply is not guard]
    assert at(SEEN, text)[0] == pytest.approx(at(SEEN, text, others)[0], rel=1e-13)


def program_of(statements):
    return front(Source("m.gen", HEADER + statements + "\n}"))[0]


def test_what_holds_everywhere_stays():
    program = program_of("let l[row] = log(x)\ny[row] ~ Poisson(exp(a + l))")
    assert guard(program) is program


def test_constants_and_what_is_the_same_at_every_entry_stay():
    program = program_of("z[row] ~ Normal(log(exp(a)), exp(b)) where ok")
    assert guard(program).nodes == program.nodes


def test_equal_conditions_have_one_name():
    program = guard(
        program_of("z[row] ~ Normal(x, 1) where x > 0\ny[row] ~ Poisson(x) where x > 0")
    )
    names = [n.name for n in program.nodes if isinstance(n, Equation)]
    assert len(names) == 1
    wheres = [n.where.name for n in program.nodes if isinstance(n, Sample) and n.where is not None]
    assert wheres == names * 2


def test_saved_quantities_keep_their_values():
    model = gendsl.compile(HEADER + "mu[row] = log(exp(a) * x)\nz[row] ~ Normal(mu, 1) where ok\n}")
    with computing():
        bound = model.bind(ALL)
        density = lower(transform(model.program, sizes=bound.sizes)).bind(bound)
        mu = density.constrain(density.data, np.array([0.4, -0.3]))["mu"]
    np.testing.assert_allclose(mu, [0.4 + np.log(2), -np.inf, 0.4 - np.log(2), -np.inf])


def test_a_state_that_is_summed_out():
    text = """w[row] ~ Bernoulli(0.3)
  z[row] ~ Normal(if(w == 1, a, b) * log(x), if(w == 1, 1, 2) * x) where ok"""
    value, slope = at(ALL, text)
    wanted, wanted_slope = at(SEEN, text)
    assert value == pytest.approx(wanted, rel=1e-12)
    np.testing.assert_allclose(slope, wanted_slope, rtol=1e-10)
