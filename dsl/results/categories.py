"""Arrays whose entries are members of a dimension: positions, that say of which one they are.

`index_of` names the dimension and `states` its labels, where it has any; a file keeps both.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gendsl.results.groups import SAMPLE_DIMS, coordinate

if TYPE_CHECKING:
    from gendsl.results.labelled import AnyArray

_DIM, _LABELS = "index_of", "states"


def category_attributes(dim: str, labels: Sequence[Hashable] | None) -> dict[str, Any]:
    """Return what an array of positions along a dimension says of itself."""
    if labels is None:
        return {_DIM: dim}
    return {_DIM: dim, _LABELS: [str(label) for label in coordinate(len(labels), labels)]}


def is_category(array: AnyArray) -> bool:
    """Whether the entries are members of a dimension."""
    return _DIM in array.attrs


def state_labels(array: AnyArray) -> tuple[str, ...] | None:
    """Return the labels of the members, if they have any."""
    labels = array.attrs.get(_LABELS)
    if labels is None:
        return None
    # NetCDF makes a text of a list with one
    return (labels,) if isinstance(labels, str) else tuple(map(str, labels))


def named(positions: NDArray[Any], labels: Sequence[str] | None) -> NDArray[np.object_]:
    """Return labels in the place of positions, or positions as text."""
    flat = positions.astype(int).ravel()
    names = [str(p) if labels is None else labels[p] for p in flat]
    return np.array(names, dtype=object).reshape(positions.shape)


@dataclass(frozen=True, slots=True)
class CategorySummary:
    """Of each entry the most frequent state, and its share of the draws."""

    name: str
    coordinates: tuple[tuple[tuple[str, Any], ...], ...]
    modes: tuple[str, ...]
    probabilities: NDArray[np.float64]


def summarise_category(name: str, array: AnyArray) -> CategorySummary:
    """Summarise draws [chain, draw, ...] of positions; of equally frequent states the first."""
    array = array.transpose(*SAMPLE_DIMS, ...)
    dims = [str(dim) for dim in array.dims[2:]]
    values = np.asarray(array.values).reshape(-1, int(np.prod(array.shape[2:])))
    best = np.zeros(values.shape[1])
    modes = np.zeros(values.shape[1], int)
    for state in range(int(values.max(initial=-1)) + 1):
        share = (values == state).mean(axis=0)
        modes = np.where(share > best, state, modes)
        best = np.maximum(share, best)
    members = [
        array[dim].values if dim in array.coords else range(array.sizes[dim]) for dim in dims
    ]
    entries = tuple(tuple(zip(dims, entry, strict=True)) for entry in product(*members))
    return CategorySummary(name, entries, tuple(named(modes, state_labels(array))), best)
