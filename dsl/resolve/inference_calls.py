"""Values of settings that are calls: schedules of temperatures, and flows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gendsl.resolve.inference_piece import (
    Kind,
    Setting,
    count,
    real,
)


@dataclass(frozen=True, slots=True)
class CallRow:
    """The value of a setting that is a call: a schedule of temperatures, or a flow."""

    name: str
    help: str
    settings: tuple[Setting, ...]


SCHEDULES: Mapping[str, CallRow] = MappingProxyType(
    {
        row.name: row
        for row in (
            CallRow(
                "adaptive",
                "the next temperature keeps a share of the effective sample size",
                (real("ess", 0.75, 0.01, 0.99, "the share that is kept"),),
            ),
            CallRow(
                "powers",
                "temperatures (i / steps)^power",
                (
                    count("steps", 20, 1, "temperatures", 10_000),
                    real("power", 3.0, 0.1, 20.0, "above 1: small steps first"),
                ),
            ),
        )
    }
)
"""The schedules by name."""

FLOWS: Mapping[str, CallRow] = MappingProxyType(
    {
        "flow": CallRow(
            "flow",
            "a bijection made of rational-quadratic splines behind an affine map",
            (
                Setting(
                    "kind",
                    Kind.CHOICE,
                    "coupling",
                    0,
                    0,
                    "what bends a coordinate: the other half of them, or all before it",
                    ("coupling", "autoregressive"),
                ),
                count("layers", 6, 1, "one behind the other", 100),
                count("bins", 8, 2, "pieces of each spline", 100),
                count("width", 32, 1, "of the networks that bend the splines", 10_000),
            ),
        )
    }
)
"""What a flow is made of, by the name of its call."""
