"""Spectral densities of the table of kernels against the covariances, by quadrature.

With S the Fourier transform of k, the integral of S cos(w t) over the line is 2 pi k(t), and that
of S over n coordinates is (2 pi)^n k(0) (Rasmussen & Williams 2006, eq. 4.6).
"""

from math import lgamma
from operator import add, mul, sub, truediv

import numpy as np
import pytest
from scipy import integrate, special

from gendsl.frontend import ast
from gendsl.resolve.random_functions.table import KERNELS, formula

LENGTH = 0.7
ROWS = [name for name, row in KERNELS.items() if row.spectrum is not None]


FUNCTIONS = {"sqrt": np.sqrt, "exp": np.exp, "lgamma": lgamma}
OPERATORS = {"+": add, "-": sub, "*": mul, "/": truediv, "^": pow}


def value(text, **names):
    """A formula of the table, by names of its own."""

    def of(node):
        match node:
            case ast.Number(found):
                return found
            case ast.Name(name):
                return {"pi": np.pi, **names}[name]
            case ast.Unary("-", operand):
                return -of(operand)
            case ast.Binary(sign, left, right):
                return OPERATORS[sign](of(left), of(right))
            case ast.Call(function, (argument,)):
                return FUNCTIONS[function.id](of(argument.value))
        raise ValueError(node)

    return of(formula(text))


def error_on_a_line(name, formula):
    """The largest error of the covariance at some distances."""
    row = KERNELS[name]
    worst = 0.0
    for t in (0.0, 0.4, 1.3):
        whole, _ = integrate.quad(
            lambda w: value(formula, w=w, len=LENGTH), 0, np.inf, weight=None if t == 0 else "cos",
            **({} if t == 0 else {"wvar": t}),
        )  # fmt: skip
        r = t / LENGTH
        worst = max(worst, abs(whole / np.pi - value(row.formula, s=r**2, r=r)))
    return worst


@pytest.mark.parametrize("name", ROWS)
def test_a_spectral_density_on_a_line_is_that_of_the_covariance(name):
    line, space = KERNELS[name].spectrum
    assert error_on_a_line(name, line) <= 1e-7
    assert error_on_a_line(name, f"1.01 * {line}") > 1e-3
    for w in (0.0, 0.5, 3.0):
        found = value(space, u=(LENGTH * w) ** 2, n=1, volume=LENGTH)
        assert found == pytest.approx(value(line, w=w, len=LENGTH), rel=1e-12)


@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize("name", ROWS)
def test_a_spectral_density_of_several_coordinates_has_the_variance(name, n):
    _, space = KERNELS[name].spectrum
    sphere = 2 * np.pi ** (n / 2) / special.gamma(n / 2)

    def part(radius):
        at = value(space, u=(LENGTH * radius) ** 2, n=n, volume=LENGTH**n)
        return sphere * radius ** (n - 1) * at / (2 * np.pi) ** n

    assert integrate.quad(part, 0, np.inf)[0] == pytest.approx(1.0, abs=1e-6)
