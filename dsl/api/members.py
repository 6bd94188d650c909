"""Which members of the new data's dimensions are those of a fit."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gendsl.data.lists import tables_of_labels
from gendsl.data.raw import RawData
from gendsl.data.roots import kin_of, root_of
from gendsl.ir.bound import BoundData
from gendsl.ir.program import Program
from gendsl.results.groups import axis_name

if TYPE_CHECKING:
    from gendsl.api.fit import Fit

Positions = NDArray[np.int64]
NEW = -1


@dataclass(frozen=True, slots=True)
class Members:
    """What a fit knew of its dimensions: sizes, and labels where there were any."""

    sizes: Mapping[str, int]
    labels: Mapping[str, tuple[Hashable, ...] | None]


def members_of(fit: Fit) -> Members:
    """Read sizes and labels off a fit."""
    sizes = {str(dim): int(size) for dim, size in fit.attributes["sizes"].items()}
    labelled = set(fit.attributes["labelled_dimensions"])
    labels: dict[str, tuple[Hashable, ...] | None] = dict.fromkeys(sizes)
    for name in fit.groups:
        group = fit[name]
        for dim in labelled & set(sizes):
            axis = axis_name(dim)
            if axis in group.coords and group.sizes[axis] == sizes[dim]:
                labels[dim] = tuple(group.coords[axis].values.tolist())
    return Members(sizes, labels)


def spoken_dimensions(program: Program, raw: RawData) -> frozenset[str]:
    """Return the dimensions of which the new data say something, with those that are like them.

    Coordinates of points are not among them: their members are those of the fit.
    """
    columns = {column for table in raw.tables for column in table.columns}
    given = set(raw.arrays) | columns
    dims = {dim for datum in program.data if datum.name in given for dim in datum.dims}
    dims |= {dimension.name for dimension in program.dimensions if dimension.name in given}
    indexed = {datum.type.dim for datum in program.data if datum.name not in given}
    for table in tables_of_labels(program, raw):
        dims |= {name for name in table.columns if name not in indexed}
    # A column named like a dimension may be the index into it, when none of that name is given.
    for datum in program.data:
        if datum.name not in given and datum.type.dim in columns:
            dims |= set(datum.dims)
    roots = {root_of(program, dim) for dim in dims} - _coordinates(program)
    return frozenset(kin.name for root in roots for kin in kin_of(program, root))


def positions_in_fit(
    dim: str, program: Program, bound: BoundData, members: Members, spoken: frozenset[str]
) -> Positions:
    """Return for each member of the new dimension its position in the fit, or `NEW`.

    Labels decide. Without labels, the members are those of the fit where the new data do not speak
    of the dimension, its size is part of the model, or they are coordinates of points, which have
    an order; else all are new.
    """
    size = bound.sizes[dim]
    labels, known = bound.labels.get(dim), members.labels.get(dim)
    if labels is not None and known is not None:
        places = {label: i for i, label in enumerate(known)}
        return np.array([places.get(label, NEW) for label in labels], np.int64)
    root = program.dimension(root_of(program, dim))
    is_fixed = root.size is not None or root.labels is not None
    is_fixed |= root.name in _coordinates(program)
    if members.sizes.get(dim) == size and (is_fixed or dim not in spoken):
        return np.arange(size)
    return np.full(size, NEW)


def _coordinates(program: Program) -> frozenset[str]:
    """The dimensions whose members are the numbers that a function is called at."""
    of_networks = (n.inputs for n in program.networks if n.layers[0].kind != "Embedding")
    of_processes = (function.coordinates for function in program.functions)
    return frozenset(
        root_of(program, dim) for dims in (*of_networks, *of_processes) for dim in dims
    )


def gather(values: NDArray[Any], positions: tuple[Positions, ...]) -> NDArray[Any]:
    """Take the fit's members along the axes after the first; new ones get the first's values."""
    for axis, places in enumerate(positions, 1):
        values = np.take(values, np.maximum(places, 0), axis=axis)
    return values


def known_entries(positions: tuple[Positions, ...]) -> NDArray[np.bool_]:
    """Return which entries of an array over these dimensions are the fit's."""
    is_known = np.array(True)
    for places in positions:
        is_known = is_known[..., None] & (places != NEW)
    return is_known
