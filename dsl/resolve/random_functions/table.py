"""The table of kernels: one row each, its formula in the language itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from gendsl.diagnostics.source import Source
from gendsl.frontend import ast
from gendsl.frontend.parse import parse


@dataclass(frozen=True, slots=True)
class KernelParameter:
    """A parameter: positive unless it `is_signed`; one that `is_whole` is a number in the source.

    Without a default it has to be given.
    """

    name: str
    help: str
    default: float | int | None = None
    is_signed: bool = False
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class KernelRow:
    """The covariance of a function's values at two points, x and y.

    `each` is a formula for one coordinate of x and y; `formula` may use its sum over coordinates,
    `s`, and the root of that, `r`. `same` is 1 where x and y are one point of one statement. A row
    without `each` is of points on a line, and its formula uses x and y. `markov` is the number of
    states of its state-space form, where there is one. One that `is_from_zero` has no
    negative points.
    """

    name: str
    parameters: tuple[KernelParameter, ...]
    each: str | None
    formula: str
    help: str
    source: str
    is_stationary: bool = True
    markov: int | None = None
    is_from_zero: bool = False

    @property
    def signature(self) -> str:
        """How it is written."""
        return f"{self.name}({', '.join(map(_written, self.parameters))})"


def _written(parameter: KernelParameter) -> str:
    default = parameter.default
    return parameter.name if default is None else f"{parameter.name} = {default}"


_LEN = KernelParameter("len", "the length over which the function changes; one for each coordinate")
_SCALE = KernelParameter("scale", "the standard deviation", 1.0)
_PERIOD = KernelParameter("period", "after this length it repeats")
_SCALED = "((x - y) / len)^2"
_BOOK = "Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, "

KERNELS: Mapping[str, KernelRow] = MappingProxyType(
    {
        row.name: row
        for row in (
            KernelRow(
                "RBF", (_LEN,), _SCALED, "exp(-0.5 * s)",
                "smooth: it has all derivatives", _BOOK + "eq. 4.9",
            ),
            KernelRow(
                "Matern12", (_LEN,), _SCALED, "exp(-r)",
                "continuous and rough; on a line the Ornstein-Uhlenbeck process",
                _BOOK + "eq. 4.18", markov=1,
            ),
            KernelRow(
                "Matern32", (_LEN,), _SCALED, "(1 + sqrt(3) * r) * exp(-sqrt(3) * r)",
                "it has one derivative", _BOOK + "eq. 4.17", markov=2,
            ),
            KernelRow(
                "Matern52", (_LEN,), _SCALED,
                "(1 + sqrt(5) * r + 5 / 3 * r^2) * exp(-sqrt(5) * r)",
                "it has two derivatives", _BOOK + "eq. 4.17", markov=3,
            ),
            KernelRow(
                "RationalQuadratic",
                (_LEN, KernelParameter("alpha", "small mixes many lengths; large is `RBF`")),
                _SCALED, "(1 + s / (2 * alpha))^(-alpha)",
                "a mixture of `RBF` of many lengths", _BOOK + "eq. 4.19",
            ),
            KernelRow(
                "Periodic", (_PERIOD, _LEN), "(sin(pi * (x - y) / period) / len)^2",
                "exp(-2 * s)", "repeats itself; `len` in units of the wave", _BOOK + "eq. 4.31",
            ),
            KernelRow(
                "Cosine", (_PERIOD,), "(x - y) / period", "cos(2 * pi * s)",
                "one wave of a random phase", _BOOK + "sec. 4.2.1",
            ),
            KernelRow(
                "Linear",
                (_SCALE, KernelParameter("centre", "where it is 0", 0.0, is_signed=True)),
                "scale^2 * (x - centre) * (y - centre)", "s",
                "a straight line of random slope through `centre`", _BOOK + "sec. 4.2.2",
                is_stationary=False,
            ),
            KernelRow(
                "Polynomial",
                (
                    KernelParameter("degree", "a whole number", is_whole=True),
                    KernelParameter("offset", "how much the lower powers count", 1.0),
                ),
                "x * y", "(s + offset)^degree",
                "a polynomial with random coefficients", _BOOK + "sec. 4.2.2",
                is_stationary=False,
            ),
            KernelRow(
                "White", (_SCALE,), None, "scale^2 * same",
                "noise of its own at each point", _BOOK + "sec. 4.2.3",
            ),
            KernelRow(
                "Constant", (_SCALE,), None, "scale^2",
                "one random number: the same at all points", _BOOK + "sec. 4.2.1",
            ),
            KernelRow(
                "Wiener", (_SCALE,), None, "scale^2 * min(x, y)",
                "Brownian motion from 0 at 0; points are at least 0",
                _BOOK + "sec. 4.2.3", is_stationary=False, markov=1,
                is_from_zero=True,
            ),
        )
    }
)  # fmt: skip
"""Kernels by name."""


@cache
def formula(text: str) -> ast.Expr:
    """The tree of a formula of the table."""
    file = parse(Source("the table of kernels", f"def value() = {text}"))
    function = file.declarations[0]
    assert isinstance(function, ast.Function)
    return function.value
