"""The factor that the linter offers is the log of the derivative, up to a constant."""

import numpy as np
import pytest

from gendsl.analysis.jacobians import LOG_DERIVATIVES
from gendsl.data.evaluate import Environment, evaluate
from gendsl.diagnostics.source import Source
from gendsl.frontend.parse import parse
from gendsl.pipeline import check, front

POINTS = np.array([0.15, 0.3, 0.55, 0.8])
STEP = 1e-6
SCORED = [
    *(f"{name}(x)" for name in LOG_DERIVATIVES),
    *("exp(2 * x + 1)", "log(3 * x)", "x ^ 3", "(x + 1) ^ 0.5", "1 / x", "2 / (x + 1)"),
]


def offered(expr: str) -> str:
    text = f"model m {{\n data y : real\n x ~ Normal(0, 1)\n observe {expr} ~ Normal(0, 1)\n"
    text += " y ~ Normal(x, 1)\n}"
    (found,) = [d for d in check(Source("m.gen", text)) if d.code == "G0508"]
    assert found.help is not None
    return next(part for part in found.help.split("`") if part.startswith("factor "))


def value_of(expr: str, x: np.ndarray) -> np.ndarray:
    text = f"model m {{\n dim i\n data x[i] : real\n s ~ Normal(0, 1)\n r[i] = {expr} + 0 * s\n}}"
    source = Source("m.gen", text)
    assert parse(source)
    program, _ = front(source)
    node = next(n for n in program.nodes if n.name == "r")
    environment = Environment({"x": x, "s": np.asarray(0.0)}, {"i": len(x)})
    return evaluate(node.value, environment)


@pytest.mark.parametrize("expr", SCORED)
def test_the_offer_is_the_log_of_the_derivative(expr):
    slope = (value_of(expr, POINTS + STEP) - value_of(expr, POINTS - STEP)) / (2 * STEP)
    given = value_of(offered(expr).removeprefix("factor "), POINTS)
    difference = given - np.log(np.abs(slope))
    np.testing.assert_allclose(difference, difference[0], atol=1e-6)


@pytest.mark.parametrize("expr", ["x * y", "sin(x) + x", "log(x) * x"])
def test_what_has_no_known_derivative_is_left_to_the_user(expr):
    text = f"model m {{\n x ~ Normal(0, 1)\n y ~ Normal(0, 1)\n observe {expr} ~ Normal(y, 1)\n}}"
    (found,) = [d for d in check(Source("m.gen", text)) if d.code == "G0508"]
    assert found.help is not None and "log(abs(...))" in found.help


def test_a_factor_of_the_same_latents_is_taken_to_be_the_jacobian():
    text = "model m {\n x : real > 0 ~ Flat()\n observe log(x) ~ Normal(0, 1)\n factor -log(x)\n}"
    assert not [d for d in check(Source("m.gen", text)) if d.code == "G0508"]
