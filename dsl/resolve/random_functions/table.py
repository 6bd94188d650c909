"""The table of kernels: one row each, its formula in the language itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from gendsl.diagnostics.source import Source
from gendsl.frontend import ast
from gendsl.frontend.parse import parse
from gendsl.resolve.free import free_names


@dataclass(frozen=True, slots=True)
class KernelParameter:
    """A parameter: positive unless it `is_signed`; one that `is_whole` is a number in the source.

    Without a default it has to be given. It is one of `words` where there are some, and a kernel
    of its own where it `is_kernel`.
    """

    name: str
    help: str
    default: float | int | str | None = None
    is_signed: bool = False
    is_whole: bool = False
    words: tuple[str, ...] = ()
    is_kernel: bool = False


@dataclass(frozen=True, slots=True)
class MarkovForm:
    """The first of a few states that go from point to point: x_t = A x_{t-1} + q, f_t = x_t[0].

    The formulas of A and of the states' covariance may use the parameters, the `gap` since the
    point before, the `place` of the point and `u`, a formula of the gap.
    """

    transition: tuple[tuple[str, ...], ...]
    covariance: tuple[tuple[str, ...], ...]
    u: str | None = None


@dataclass(frozen=True, slots=True)
class KernelRow:
    """The covariance of a function's values at two points, x and y.

    `each` is a formula for one coordinate of x and y; `formula` may use its sum over coordinates,
    `s`, and the root of that, `r`; `also` is another one, whose sum is `t`. `same` is 1 where x and
    y are one point of one statement. A row whose formula uses x and y is of points on a line.
    `markov` is its state-space form, where there is one. `spectrum` is the spectral density, the
    Fourier transform of the covariance: on a line at the angular frequency `w`, and in `n`
    coordinates at `u`, the sum of (len * w)^2 over them, `volume` being the product of their
    lengths. One that `is_from_zero` has no negative points; one that `is_mixture` is summed over a
    dimension; one that `is_layered` is the covariance of a wide network, made layer by layer; one
    that `is_joint` is of the members for which the function is called.
    """

    name: str
    parameters: tuple[KernelParameter, ...]
    each: str | None
    formula: str
    help: str
    source: str
    is_stationary: bool = True
    markov: MarkovForm | None = None
    is_from_zero: bool = False
    spectrum: tuple[str, str] | None = None
    also: str | None = None
    is_mixture: bool = False
    is_layered: bool = False
    is_joint: bool = False

    @property
    def signature(self) -> str:
        """How it is written."""
        brackets = "[component]" if self.is_mixture else ""
        return f"{self.name}{brackets}({', '.join(map(_written, self.parameters))})"

    @property
    def sums(self) -> tuple[str, ...]:
        """The formulas for one coordinate."""
        return tuple(text for text in (self.each, self.also) if text is not None)

    @property
    def is_on_line(self) -> bool:
        """Whether its formula uses the points themselves, which then are numbers."""
        used = {name.id for name in free_names(formula(self.formula))}
        return not used.isdisjoint({"x", "y"})


def _written(parameter: KernelParameter) -> str:
    default = parameter.default
    return parameter.name if default is None else f"{parameter.name} = {default}"


_LEN = KernelParameter("len", "the length over which the function changes; one for each coordinate")
_SCALE = KernelParameter("scale", "the standard deviation", 1.0)
_WIDE = (
    KernelParameter(
        "weight_scale", "the standard deviation of weights: times sqrt(inputs) in `NNGP`", 1.0
    ),
    KernelParameter("bias_scale", "the standard deviation of biases", 1.0),
)
_PERIOD = KernelParameter("period", "after this length it repeats")
_SCALED = "((x - y) / len)^2"
_ONE = (("1",),)
_BOOK = "Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, "


def _matern_spectrum(twice: int) -> str:
    """That of the Matérn kernel of order `twice` / 2 (Rasmussen & Williams 2006, eq. 4.15)."""
    order = f"{twice} / 2"
    return (
        f"volume * (4 * pi)^(n / 2) * exp(lgamma(({twice} + n) / 2) - lgamma({order}))"
        f" * {twice}^({order}) * ({twice} + u)^(-({twice} + n) / 2)"
    )


KERNELS: Mapping[str, KernelRow] = MappingProxyType(
    {
        row.name: row
        for row in (
            KernelRow(
                "RBF", (_LEN,), _SCALED, "exp(-0.5 * s)",
                "smooth: it has all derivatives", _BOOK + "eq. 4.9",
                spectrum=(
                    "len * sqrt(2 * pi) * exp(-0.5 * (len * w)^2)",
                    "volume * (2 * pi)^(n / 2) * exp(-0.5 * u)",
                ),
            ),
            KernelRow(
                "Matern12", (_LEN,), _SCALED, "exp(-r)",
                "continuous and rough; on a line the Ornstein-Uhlenbeck process",
                _BOOK + "eq. 4.18",
                markov=MarkovForm((("exp(-u)",),), _ONE, "gap / len"),
                spectrum=("2 * len / (1 + (len * w)^2)", _matern_spectrum(1)),
            ),
            KernelRow(
                "Matern32", (_LEN,), _SCALED, "(1 + sqrt(3) * r) * exp(-sqrt(3) * r)",
                "it has one derivative", _BOOK + "eq. 4.17",
                markov=MarkovForm(
                    (("(1 + u) * exp(-u)", "u * exp(-u)"), ("-u * exp(-u)", "(1 - u) * exp(-u)")),
                    (("1", "0"), ("0", "1")), "sqrt(3) * gap / len",
                ),
                spectrum=("12 * sqrt(3) * len / (3 + (len * w)^2)^2", _matern_spectrum(3)),
            ),
            KernelRow(
                "Matern52", (_LEN,), _SCALED,
                "(1 + sqrt(5) * r + 5 / 3 * r^2) * exp(-sqrt(5) * r)",
                "it has two derivatives", _BOOK + "eq. 4.17",
                markov=MarkovForm(
                    (
                        ("(1 + u + u^2 / 2) * exp(-u)", "(u + u^2) * exp(-u)", "u^2 / 2 * exp(-u)"),
                        (
                            "-u^2 / 2 * exp(-u)", "(1 + u - u^2) * exp(-u)",
                            "(u - u^2 / 2) * exp(-u)",
                        ),
                        (
                            "(u^2 / 2 - u) * exp(-u)", "(u^2 - 3 * u) * exp(-u)",
                            "(1 - 2 * u + u^2 / 2) * exp(-u)",
                        ),
                    ),
                    (("1", "0", "-1 / 3"), ("0", "1 / 3", "0"), ("-1 / 3", "0", "1")),
                    "sqrt(5) * gap / len",
                ),
                spectrum=(
                    "400 * sqrt(5) / 3 * len / (5 + (len * w)^2)^3", _matern_spectrum(5)
                ),
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
                markov=MarkovForm(
                    (("cos(u)", "sin(u)"), ("-sin(u)", "cos(u)")), (("1", "0"), ("0", "1")),
                    "2 * pi * gap / period",
                ),
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
                markov=MarkovForm((("0",),), (("scale^2",),)),
            ),
            KernelRow(
                "Constant", (_SCALE,), None, "scale^2",
                "one random number: the same at all points", _BOOK + "sec. 4.2.1",
                markov=MarkovForm(_ONE, (("scale^2",),)),
            ),
            KernelRow(
                "Wiener", (_SCALE,), None, "scale^2 * min(x, y)",
                "Brownian motion from 0 at 0; points are at least 0",
                _BOOK + "sec. 4.2.3", is_stationary=False,
                markov=MarkovForm(_ONE, (("scale^2 * place",),)), is_from_zero=True,
            ),
            KernelRow(
                "SpectralMixture",
                (
                    KernelParameter("weight", "the variance of each component"),
                    KernelParameter(
                        "frequency", "how often each repeats in a unit of x", is_signed=True
                    ),
                    KernelParameter("scale", "how far each one's frequencies spread"),
                ),
                "(scale * (x - y))^2", "weight * exp(-2 * pi^2 * s) * cos(2 * pi * t)",
                "a sum of waves, each repeating itself for a while: any spectrum",
                "Wilson & Adams (2013), Gaussian Process Kernels for Pattern Discovery, eq. 12, as"
                " corrected by Wilson (2015)",
                also="frequency * (x - y)", is_mixture=True,
            ),
            KernelRow(
                "Changepoint",
                (
                    KernelParameter("before", "a kernel", is_kernel=True),
                    KernelParameter("after", "a kernel", is_kernel=True),
                    KernelParameter("at", "where one takes over from the other", is_signed=True),
                    KernelParameter("width", "the length over which it does"),
                ),
                None,
                "inv_logit((at - x) / width) * inv_logit((at - y) / width) * before(x, y)"
                " + inv_logit((x - at) / width) * inv_logit((y - at) / width) * after(x, y)",
                "like one kernel's before a point on a line, like another's after it",
                "Saatçi, Turner & Rasmussen (2010), Gaussian Process Change Point Models; with"
                " weights as in GPflow's `ChangePoints`, whose steepness is 1 / width",
                is_stationary=False,
            ),
            KernelRow(
                "Coregion",
                (
                    KernelParameter(
                        "covariance", "a matrix of the functions' covariances", is_signed=True
                    ),
                ),
                None, "covariance[output_of, output_of]",
                "several functions at once: their covariance at one point",
                "Bonilla, Chai & Williams (2007), Multi-task Gaussian Process Prediction",
                is_joint=True,
            ),
            KernelRow(
                "ArcCosine",
                (
                    KernelParameter(
                        "order", "0, 1 or 2, the power of a ramp: 0 is a step",
                        words=("0", "1", "2"),
                    ),
                    *_WIDE,
                ),
                None, "2 * E[a(u) * a(v)]", "one wide layer: of steps, ramps or squared ramps",
                "Cho & Saul (2009), Kernel Methods for Deep Learning, eq. 1-7",
                is_stationary=False, is_layered=True,
            ),
            KernelRow(
                "NNGP",
                (
                    KernelParameter("depth", "how many hidden layers", is_whole=True),
                    KernelParameter(
                        "activation", "that of all layers", "relu", words=("relu", "erf", "gelu")
                    ),
                    *_WIDE,
                    KernelParameter(
                        "skip", "whether each layer is added to its input", "false",
                        words=("true", "false"),
                    ),
                ),
                None, "bias_scale^2 + weight_scale^2 * E[a(u) * a(v)]",
                "the infinitely wide network",
                "Lee et al. (2018), Deep Neural Networks as Gaussian Processes, sec. 2",
                is_stationary=False, is_layered=True,
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
