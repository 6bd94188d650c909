"""What a wide layer makes of the covariance of its inputs: E[a(u) a(v)] for normal u and v.

With u and v of variances `xx` and `yy` and of covariance `xy`, both of mean 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Activation:
    """The formula of E[a(u) a(v)], and `one` of E[a(u)^2]; both may use what `names` gives.

    The angle between two points is atan2(root, xy), root being sqrt(xx * yy - xy^2): unlike
    acos(xy / sqrt(xx * yy)) it has a slope where the points are one, as the root of no less than
    a tiny number has. A step needs the angle itself to all digits, and a root without
    cancellation, by `apart`, the variance of u - v: with m = (xx + yy) / 2,
    xx * yy - xy^2 = m * apart - (apart^2 + (xx - yy)^2) / 4.
    """

    name: str
    of: str
    both: str
    one: str
    source: str
    names: tuple[tuple[str, str], ...] = ()


_CHO = "Cho & Saul (2009), eq. 1-7"
_ROOT = (("root", "sqrt(max(xx * yy - xy^2, 1e-36))"),)

ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {
        row.name: row
        for row in (
            Activation(
                "step", "u > 0", "(pi - atan2(root, xy)) / (2 * pi)", "0.5", _CHO,
                ((
                    "root",
                    "sqrt(max((xx + yy) / 2 * apart - (apart^2 + (xx - yy)^2) / 4, 1e-36))",
                ),),
            ),
            Activation(
                "relu", "max(u, 0)", "(root + (pi - atan2(root, xy)) * xy) / (2 * pi)",
                "0.5 * xx", _CHO, _ROOT,
            ),
            Activation(
                "squared_relu", "max(u, 0)^2",
                "(3 * root * xy + (pi - atan2(root, xy)) * (xx * yy + 2 * xy^2)) / (2 * pi)",
                "1.5 * xx^2", _CHO, _ROOT,
            ),
            Activation(
                "erf", "erf(u)", "2 / pi * asin(2 * xy / sqrt((1 + 2 * xx) * (1 + 2 * yy)))",
                "2 / pi * asin(2 * xx / (1 + 2 * xx))",
                "Williams (1998), Computation with Infinite Neural Networks, eq. 11",
            ),
            Activation(
                "gelu", "u * Phi(u)",
                "xy / 4 + (xy * asin(xy / sqrt(spread))"
                " + (xy^2 + xx * yy * rest) / (spread * sqrt(rest))) / (2 * pi)",
                "xx / 4 + (xx * asin(xx / (1 + xx)) + 2 * xx^2 / ((1 + xx) * sqrt(1 + 2 * xx)))"
                " / (2 * pi)",
                "Tsuchida et al. (2021), Avoiding Kernel Fixed Points",
                (("spread", "(1 + xx) * (1 + yy)"), ("rest", "spread - xy^2")),
            ),
        )
    }
)  # fmt: skip
"""Activations by name."""

BY_ORDER: Mapping[str, str] = MappingProxyType({"0": "step", "1": "relu", "2": "squared_relu"})
"""The activation of a layer of the arc-cosine kernel: a ramp to the power of its order."""
