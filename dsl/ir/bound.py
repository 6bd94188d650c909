"""Data that fit a program: arrays, sizes and labels, agreed with the declarations."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gendsl.diagnostics.diagnostic import Diagnostic

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def missing_site(data: str) -> str:
    """Return the name of the missing entries of data, where they are inferred."""
    return f"{data}.missing"


@dataclass(frozen=True, slots=True)
class BoundData:
    """Arrays by data name, axes in declared order.

    Reals are float64, ints and indices int64 (indices count from 0), bools bool. `labels` of a
    dimension are `None` where the data name none. `missing` has a mask (True where missing) for
    each optional array; the array itself holds a value inside its bounds there. `absent` names the
    data that were not given (allowed when simulating and predicting). `matched` says of networks
    whose priors were tuned, by name, how.
    """

    arrays: Mapping[str, NDArray[np.generic]]
    sizes: Mapping[str, int]
    labels: Mapping[str, tuple[Hashable, ...] | None]
    missing: Mapping[str, NDArray[np.bool_]]
    absent: frozenset[str]
    notes: tuple[Diagnostic, ...] = field(default=())
    matched: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
