"""Derivatives and antiderivatives of stationary kernels of points on a line.

A stationary kernel is h(t) of t = x - y. With h_n its derivative of order n, or its antiderivative
where n < 0 (h_-1 odd, and h_-2 even), the covariance of what is linear in f is h_n at differences
of points: of f'(x) and f(y) it is h_1(x - y), of f'(x) and f'(y) -h_2(x - y).
Source: Rasmussen & Williams (2006), sec. 9.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_RBF = "exp(-0.5 * (t / len)^2)"
_WAVE = "2 * pi / period"
_BELL = "exp(-2 * pi^2 * scale^2 * t^2)"
_POWER = "(1 + (t / len)^2 / (2 * alpha))"

ORDERS: Mapping[str, Mapping[int, str]] = MappingProxyType(
    {
        "RBF": {
            -2: f"len^2 * {_RBF} + sqrt(pi / 2) * len * t * erf(t / (sqrt(2) * len))",
            -1: "sqrt(pi / 2) * len * erf(t / (sqrt(2) * len))",
            0: _RBF,
            1: f"-t / len^2 * {_RBF}",
            2: f"((t / len)^2 - 1) / len^2 * {_RBF}",
        },
        "Matern12": {
            -2: "len^2 * (abs(t) / len - 1 + exp(-abs(t) / len))",
            -1: "sign(t) * len * (1 - exp(-abs(t) / len))",
            0: "exp(-abs(t) / len)",
        },
        "Matern32": {
            -2: "len^2 / 3 * (2 * v - 3 + (3 + v) * exp(-v))",
            -1: "sign(t) * len / sqrt(3) * (2 - (2 + v) * exp(-v))",
            0: "(1 + v) * exp(-v)",
            1: "-3 * t / len^2 * exp(-v)",
            2: "3 * (v - 1) / len^2 * exp(-v)",
        },
        "Matern52": {
            -2: "len^2 / 5 * (8 / 3 * v - 5 + (15 + 7 * v + v^2) / 3 * exp(-v))",
            -1: "sign(t) * len / sqrt(5) * (8 - (8 + 5 * v + v^2) * exp(-v)) / 3",
            0: "(1 + v + v^2 / 3) * exp(-v)",
            1: "-5 / 3 * t / len^2 * (1 + v) * exp(-v)",
            2: "-5 / 3 * (1 + v - v^2) / len^2 * exp(-v)",
        },
        "RationalQuadratic": {
            0: f"{_POWER}^(-alpha)",
            1: f"-t / len^2 * {_POWER}^(-alpha - 1)",
            2: f"((1 + 1 / alpha) * (t / len)^2 / {_POWER} - 1) / len^2 * {_POWER}^(-alpha - 1)",
        },
        "Periodic": {
            0: f"exp((cos({_WAVE} * t) - 1) / len^2)",
            1: f"-({_WAVE}) / len^2 * sin({_WAVE} * t) * exp((cos({_WAVE} * t) - 1) / len^2)",
            2: f"({_WAVE} / len)^2 * ((sin({_WAVE} * t) / len)^2 - cos({_WAVE} * t))"
            f" * exp((cos({_WAVE} * t) - 1) / len^2)",
        },
        "Cosine": {
            -2: f"-cos({_WAVE} * t) / ({_WAVE})^2",
            -1: f"sin({_WAVE} * t) / ({_WAVE})",
            0: f"cos({_WAVE} * t)",
            1: f"-({_WAVE}) * sin({_WAVE} * t)",
            2: f"-({_WAVE})^2 * cos({_WAVE} * t)",
        },
        "SpectralMixture": {
            0: f"weight * {_BELL} * cos(2 * pi * frequency * t)",
            1: f"-weight * {_BELL} * (4 * pi^2 * scale^2 * t * cos(2 * pi * frequency * t)"
            " + 2 * pi * frequency * sin(2 * pi * frequency * t))",
            2: f"weight * {_BELL} * ((16 * pi^4 * scale^4 * t^2 - 4 * pi^2 * (scale^2 +"
            " frequency^2)) * cos(2 * pi * frequency * t) + 16 * pi^3 * scale^2 * frequency * t"
            " * sin(2 * pi * frequency * t))",
        },
        "Constant": {-2: "scale^2 * t^2 / 2", -1: "scale^2 * t", 0: "scale^2", 1: "0.0", 2: "0.0"},
    }
)  # fmt: skip
"""h_n by row and order n; in those of Matérn v is sqrt(3) or sqrt(5) times abs(t) / len."""

V: Mapping[str, str] = MappingProxyType(
    {"Matern32": "sqrt(3) * abs(t) / len", "Matern52": "sqrt(5) * abs(t) / len"}
)
"""What v is."""
