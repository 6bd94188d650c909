"""The past of observed series: what a fit has of data that other statements read.

`y[day] ~ Normal(phi * y[day - 1], s)` goes on from the last `y` that was fitted, whether or not new
data give more of it. Beyond that entries are drawn, one after the other, by the backend.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gendsl.api.shapes import scored_data
from gendsl.ir.bound import BoundData
from gendsl.ir.expr import Ref
from gendsl.ir.program import Data, Program, Sample
from gendsl.ir.walk import is_prediction, names_of, parts

Mask = NDArray[np.bool_]
Array = NDArray[Any]


def read_by_others(program: Program) -> frozenset[str]:
    """The observed data that statements read which are no predictions, their own among them."""
    read: set[str] = set()
    for node in program.nodes:
        for part in parts(node) if not is_prediction(node) else ():
            if isinstance(part, Sample) and isinstance(part.value, Ref):
                read |= names_of(replace(part, value=None))
            else:
                read |= names_of(part)
    return scored_data(program) & read


def moved_dims(datum: Data, along: Set[str], old: BoundData, new: BoundData) -> list[str]:
    """The other dimensions of data that have not the members of the fit."""
    others = {*datum.dims, *((datum.type.dim,) if datum.type.dim is not None else ())} - along
    return [
        d for d in others if (old.sizes[d], old.labels.get(d)) != (new.sizes[d], new.labels.get(d))
    ]


def with_the_past(
    program: Program, bound: BoundData, old: BoundData, read: Set[str], along: Set[str]
) -> tuple[BoundData, dict[str, Mask]]:
    """The data with the fit's entries of what new data do not give, and where these are.

    After them the last one stands for entries to be drawn.
    """
    arrays: dict[str, Array] = {**bound.arrays}
    missing, kept = dict(bound.missing), {}
    for datum in program.data:
        name = datum.name
        if name in bound.arrays or name not in read or name not in old.arrays:
            continue
        if not along & set(datum.dims):
            continue
        places = _places(datum, along, bound, old)
        arrays[name] = _extended(places.of(old.arrays[name]), datum, bound, mode="edge")
        kept[name] = _extended(places.are_known, datum, bound, mode="constant")
        if name in old.missing:
            gaps = places.of(old.missing[name]) & places.are_known
            missing[name] = _extended(gaps, datum, bound, mode="constant")
    ordered = {d.name: arrays[d.name] for d in program.data if d.name in arrays}
    absent = bound.absent - kept.keys()
    return replace(bound, arrays=ordered, missing=missing, absent=absent), kept


class _Places(NamedTuple):
    """Where a fit has the entries of data: by axis, and which of them it has."""

    by_axis: tuple[NDArray[np.int64], ...]
    are_known: Mask

    def of(self, values: Any) -> Array:
        """Its values there, and any others where it has none."""
        return np.asarray(values)[np.ix_(*self.by_axis)]


def _places(datum: Data, along: Set[str], bound: BoundData, old: BoundData) -> _Places:
    """Those of the members of the new data, by label; along what runs on, all of the fit's."""
    by_axis, are_known = [], np.ones((1,) * len(datum.dims), np.bool_)
    for axis, dim in enumerate(datum.dims):
        size = old.sizes[dim]
        found: NDArray[np.int64] = np.arange(size if dim in along else bound.sizes[dim])
        labels, before = bound.labels.get(dim), old.labels.get(dim)
        if dim not in along and labels is not None and before is not None:
            place = {label: i for i, label in enumerate(before)}
            found = np.array([place.get(label, -1) for label in labels], np.int64)
        is_known = (found >= 0) & (found < size)
        are_known = are_known & np.expand_dims(
            is_known, [other for other in range(len(datum.dims)) if other != axis]
        )
        by_axis.append(np.where(is_known, found, 0))
    return _Places(tuple(by_axis), are_known)


def entries_of_the_fit(datum: Data, bound: BoundData, old: BoundData) -> Mask:
    """Which entries of data, the fit's positions first, are those that were fitted."""
    before = np.ones(np.shape(old.arrays[datum.name]), np.bool_)
    return _extended(before, datum, bound, mode="constant")


def _extended(values: Array, datum: Data, bound: BoundData, *, mode: Any) -> Array:
    """The array with more entries after its own, as `numpy.pad` makes them."""
    more = [(0, bound.sizes[d] - n) for d, n in zip(datum.dims, values.shape, strict=True)]
    return np.pad(values, more, mode=mode)
