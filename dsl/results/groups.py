"""Groups of labelled arrays in ArviZ's schema: one xarray `Dataset` for draws, statistics or data."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from xarray import Dataset

Labels = Mapping[str, tuple[Hashable, ...] | None]

SAMPLE_DIMS = ("chain", "draw")
"""The leading dimensions of anything drawn."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """An array and the names of its axes, without those of chain and draw."""

    dims: tuple[str, ...]
    values: NDArray[Any]


def drawn(quantities: Mapping[str, Quantity], labels: Labels) -> Dataset:
    """Make a group of draws: every array is [chain, draw, *dims]."""
    return _dataset(quantities, labels, SAMPLE_DIMS)


def given(quantities: Mapping[str, Quantity], labels: Labels) -> Dataset:
    """Make a group of data: every array is [*dims]."""
    return _dataset(quantities, labels, ())


def axis_name(dim: str) -> str:
    """Return the axis name of a dimension: a model's own `chain` or `draw` gets an underscore."""
    return f"{dim}_" if dim in SAMPLE_DIMS else dim


def _dataset(
    quantities: Mapping[str, Quantity], labels: Labels, leading: tuple[str, ...]
) -> Dataset:
    from xarray import Dataset

    variables = {
        name: ((*leading, *map(axis_name, quantity.dims)), quantity.values)
        for name, quantity in quantities.items()
    }
    sizes = {
        dim: size
        for dims, values in variables.values()
        for dim, size in zip(dims, np.shape(values), strict=True)
    }
    by_axis = {axis_name(dim): members for dim, members in labels.items()}
    coordinates = {
        dim: coordinate(size, by_axis.get(dim)) for dim, size in sizes.items() if dim not in variables
    }
    return Dataset(variables, coordinates)


def coordinate(size: int, labels: Sequence[Hashable] | None) -> NDArray[Any]:
    """Return the labels as an array, or positions from 0 where there are none."""
    if labels is None:
        return np.arange(size)
    values = np.array(labels, dtype=object)
    kinds = {type(label) for label in labels}
    if all(issubclass(kind, (bool, np.bool_)) for kind in kinds):
        return values.astype(bool)
    if all(issubclass(kind, (int, np.integer)) for kind in kinds):
        return values.astype(np.int64)
    if all(issubclass(kind, (int, float, np.integer, np.floating)) for kind in kinds):
        return values.astype(np.float64)
    if all(issubclass(kind, np.datetime64) for kind in kinds):
        return values.astype("datetime64[ns]")
    return np.array([str(label) for label in labels], dtype=object)
