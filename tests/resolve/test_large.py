"""Large and deep models: read in reasonable time, or refused with a reason."""

from time import process_time

import pytest

from gendsl.diagnostics.source import Source
from gendsl.pipeline import check, front

ORDINARY = """\
model ordinary {
  dim row, county, feature
  dim time : ordered
  dim k = 3
  data X[row, feature] : real
  data county_of[row] : county
  data y[row] : real
  data n[row] : int >= 0
  data z[time] : real
  mu ~ Normal(0, 1)
  tau ~ HalfNormal(1)
  alpha[county] ~ Normal(mu, tau)
  beta[feature] ~ Normal(0, 1)
  sigma ~ HalfNormal(1)
  w[k] ~ Dirichlet(1)
  m[k] : ordered ~ Normal(0, 5)
  eta[row] = alpha[county_of] + X @ beta
  y[row] ~ Normal(eta, sigma)
  n[row] ~ Poisson(log_rate = 0.1 * eta + log(2))
  phi ~ Uniform(-1, 1)
  x[time = first] ~ Normal(0, 1)
  x[time] ~ Normal(phi * x[time - 1], 1)
  z[time] ~ Mixture(w, Normal(m + x, 1))
  total = sum[county](alpha) / size(county)
  predict y_new[row] ~ Normal(eta, sigma)
  predict worst = max[county](alpha)
  let half = total / 2
  q = half + mean[row](eta)
}
"""


def model(*lines):
    return Source("large.gen", "\n".join(["model m {", "data y : real", *lines, "}", ""]))


def seconds(source):
    start = process_time()
    front(source)
    return process_time() - start


def test_an_ordinary_model_takes_milliseconds():
    source = Source("ordinary.gen", ORDINARY)
    assert check(source) == ()
    assert min(seconds(source) for _ in range(5)) < 0.1


@pytest.mark.parametrize("is_reversed", [False, True])
def test_two_thousand_statements(is_reversed):
    chain = [f"x{i} = x{i - 1} * 0.5 + x{i // 2}" for i in range(1, 2000)]
    lines = ["x0 ~ Normal(0, 1)", *chain, "y ~ Normal(x1999, 1)"]
    source = model(*(reversed(lines) if is_reversed else lines))
    assert seconds(source) < 20


def test_two_hundred_dimensions():
    lines = [
        line
        for i in range(200)
        for line in (
            f"dim d{i}",
            f"data y{i}[d{i}] : real",
            f"a{i}[d{i}] ~ Normal(0, 1)",
            f"y{i}[d{i}] ~ Normal(a{i}, 1)",
        )
    ]
    assert seconds(model(*lines, "y ~ Normal(0, 1)")) < 10


def test_a_long_cycle_is_named_by_its_beginning():
    lines = [f"x{i} = x{(i + 1) % 500} + 1" for i in range(500)]
    (found,) = check(model(*lines, "y ~ Normal(x0, 1)"))
    assert found.message == (
        "these are defined by each other: `x0` → `x1` → `x2` → `x3` → `x4` → ... → `x0`"
    )


def test_the_deepest_expression_that_parses():
    deep = "(1 + " * 100 + "y" + ")" * 100
    assert seconds(model(f"q = {deep}", "y ~ Normal(0, 1)")) < 5


def test_functions_in_deep_arguments_that_are_deep_themselves():
    body = "tanh(" * 100 + "x" + ")" * 100
    text = (
        f"def f(x) = {body}\nmodel m {{\ndata y : real\ny ~ Normal({'f(' * 9}1{')' * 9}, 1)\n}}\n"
    )
    assert [d.code for d in check(Source("t.gen", text))] == ["G0413"]
