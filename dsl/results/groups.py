"""Groups of labelled arrays in ArviZ's schema: an xarray `Dataset` of draws or of data."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gendsl.results.labelled import Group

if TYPE_CHECKING:
    from xarray import Dataset

Labels = Mapping[str, tuple[Hashable, ...] | None]

SAMPLE_DIMS = ("chain", "draw")
"""The leading dimensions of anything drawn."""


INTERNAL = MappingProxyType({"internal": 1})
"""What an array says of itself that the compiler made: a summary of all leaves it out."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """An array and the names of its axes, without those of chain and draw.

    `starts` are the positions at which it begins along dimensions of which it is a part;
    `attributes` are what the array says of itself.
    """

    dims: tuple[str, ...]
    values: NDArray[Any]
    starts: Mapping[str, int] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)


def drawn(quantities: Mapping[str, Quantity], labels: Labels) -> Dataset:
    """Make a group of draws: every array is [chain, draw, *dims]."""
    return drawn_group(quantities, labels).to_dataset()


def drawn_group(quantities: Mapping[str, Quantity], labels: Labels) -> Group:
    """Make the same group without xarray."""
    return _group(quantities, labels, SAMPLE_DIMS)


def leading_with(leading: str, quantities: Mapping[str, Quantity], labels: Labels) -> Dataset:
    """Make a group whose arrays are all [leading, *dims]."""
    return _group(quantities, labels, (leading,)).to_dataset()


def given(quantities: Mapping[str, Quantity], labels: Labels) -> Dataset:
    """Make a group of data: every array is [*dims]."""
    return given_group(quantities, labels).to_dataset()


def given_group(quantities: Mapping[str, Quantity], labels: Labels) -> Group:
    """Make the same group without xarray."""
    return _group(quantities, labels, ())


def axis_name(dim: str) -> str:
    """Return the axis name of a dimension: a model's own `chain` or `draw` gets an underscore."""
    return f"{dim}_" if dim in SAMPLE_DIMS else dim


def _group(quantities: Mapping[str, Quantity], labels: Labels, leading: tuple[str, ...]) -> Group:
    parts: dict[str, set[tuple[int, int]]] = {}
    for quantity in quantities.values():
        for dim, part in _parts(quantity, len(leading)):
            parts.setdefault(dim, set()).add(part)

    def axis(name: str, dim: str) -> str:
        own = f"{dim}_" if dim in leading else axis_name(dim)
        return own if len(parts[dim]) == 1 else f"{name}_{dim}"

    variables = {}
    coordinates = {}
    for name, quantity in quantities.items():
        axes = [axis(name, dim) for dim in quantity.dims]
        variables[name] = ((*leading, *axes), quantity.values, dict(quantity.attributes))
        for (dim, (start, size)), along in zip(_parts(quantity, len(leading)), axes, strict=True):
            members = labels.get(dim)
            kept = None if members is None else members[start : start + size]
            coordinates[along] = coordinate(size, kept, start)
    for along in leading:
        coordinates[along] = np.arange(_length(quantities, leading.index(along)))
    return Group(variables, {k: v for k, v in coordinates.items() if k not in variables})


def _parts(quantity: Quantity, skipped: int) -> list[tuple[str, tuple[int, int]]]:
    shape = np.shape(quantity.values)[skipped:]
    return [
        (dim, (quantity.starts.get(dim, 0), size))
        for dim, size in zip(quantity.dims, shape, strict=True)
    ]


def _length(quantities: Mapping[str, Quantity], axis: int) -> int:
    return next((q.values.shape[axis] for q in quantities.values()), 0)


def coordinate(size: int, labels: Sequence[Hashable] | None, start: int = 0) -> NDArray[Any]:
    """Return the labels as an array, or positions from `start` where there are none."""
    if labels is None:
        return np.arange(start, start + size)
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
