"""Predictions that go on from the end of a fit.

New data may give only the new positions of an ordered dimension, `day` 31 to 33 of a fit that ended
at 30. A series starts at the dimension's first position, and `pos(day)` counts from there; so the
program is run on the fit's positions and the new ones after them, and the new ones are returned.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gendsl.api.jumps import jump_among
from gendsl.api.members import Members, Positions
from gendsl.api.past import entries_of_the_fit, moved_dims, read_by_others, with_the_past
from gendsl.data.labels import DATE
from gendsl.data.roots import root_of
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.ir.bound import BoundData
from gendsl.ir.expr import Coordinate, Cumulate, LookBack, Pick, Shift
from gendsl.ir.program import Data, Equation, Program, Recurrence, Sample
from gendsl.ir.types import Kind
from gendsl.ir.walk import node_exprs, parts, walk

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Forecast:
    """The data on the fit's positions and the new ones; `places` are those to return, by dimension.

    Dimensions that are not among `places` are as in the new data. `kept` has the observed data that
    other statements read, such as those that their own past enters, and marks the fit's entries:
    what is drawn goes on from these. `notes` are remarks on the new positions.
    """

    bound: BoundData
    places: Mapping[str, Positions]
    kept: Mapping[str, NDArray[np.bool_]]
    notes: tuple[Diagnostic, ...] = ()

    def returned(self, values: Array, dims: tuple[str, ...]) -> Array:
        """Draws [..., *dims] at the positions that the new data asked for."""
        for axis, dim in enumerate(dims, values.ndim - len(dims)):
            if dim in self.places:
                values = np.take(values, self.places[dim], axis=axis)
        return values

    def put(self, values: Array, dims: tuple[str, ...]) -> Array:
        """Values [*dims] of the new data at their positions; any others stand at the fit's."""
        if not self.places.keys() & set(dims) or not values.size:
            return values
        whole = np.full([self.bound.sizes[dim] for dim in dims], values.flat[0])
        at = (self.places.get(dim, np.arange(self.bound.sizes[dim])) for dim in dims)
        whole[np.ix_(*at)] = values
        return whole

    def without_gaps_ahead(self) -> Forecast:
        """The same without missing entries after the fit's of what is drawn there anyway."""
        gaps = {n: m & self.kept[n] if n in self.kept else m for n, m in self.bound.missing.items()}
        return replace(self, bound=replace(self.bound, missing=gaps))


def forecast(
    program: Program,
    new: BoundData,
    members: Members,
    spoken: frozenset[str],
    fitted: Callable[[], BoundData],
) -> Forecast:
    """Put the fit's positions before new ones that come after them; `fitted` binds the fit's data.

    Raises:
        DiagnosticError: if new positions do not come after the fit's, or data of the fit's
            positions are not known on the other dimensions of the new data.
    """
    labels, beside = _ahead(program, new, members, spoken)
    read = read_by_others(program)
    notes = _jumps(program, new, members, {*labels, *beside})
    if not labels and not (beside and read):
        return Forecast(new, {}, _unknown(read, program, new), notes)
    kin = {d.name: root for d in program.dimensions if (root := root_of(program, d.name)) in labels}
    places = {
        dim: np.array([labels[root].index(v) for v in new.labels[root] or ()], np.int64)
        for dim, root in kin.items()
    }
    old = fitted()
    bound = _after(program, new, old, {dim: labels[root] for dim, root in kin.items()}, places)
    whole = {d.name for d in program.dimensions if root_of(program, d.name) in beside}
    along = {*kin, *whole}
    told = {
        datum.name: entries_of_the_fit(datum, bound, old)
        for datum in program.data
        if datum.name in read and datum.name in new.arrays and along & set(datum.dims)
    }
    bound = _with_the_fits(program, bound, old, frozenset(whole), told)
    bound, kept = with_the_past(program, bound, old, read, along)
    return Forecast(bound, places, {**_unknown(read, program, bound), **kept, **told}, notes)


def _jumps(
    program: Program, new: BoundData, members: Members, dims: Collection[str]
) -> tuple[Diagnostic, ...]:
    """Warnings of steps to new positions that are unlike those of the fit."""
    found: list[Diagnostic] = []
    for dim in sorted(dims):
        known = members.labels.get(dim) or ()
        strange = [label for label in new.labels.get(dim) or () if label not in set(known)]
        found += jump_among(program.dimension(dim), known, strange)
    return tuple(found)


def _with_the_fits(
    program: Program,
    bound: BoundData,
    old: BoundData,
    whole: frozenset[str],
    told: Mapping[str, NDArray[np.bool_]],
) -> BoundData:
    """The data with the fit's own values where they give all of its positions again."""
    arrays, missing = {**bound.arrays}, {**bound.missing}
    for datum in program.data:
        name = datum.name
        if name not in told or not whole & set(datum.dims):
            continue
        _check_others(datum, whole, old, bound)
        before, values = np.asarray(old.arrays[name]), np.array(arrays[name])
        front = tuple(slice(n) for n in before.shape)
        values[front] = before
        arrays[name] = values
        if name in old.missing or name in missing:
            gaps = np.array(missing.get(name, np.zeros(values.shape, np.bool_)))
            gaps[front] = old.missing.get(name, False)
            missing[name] = gaps
    return replace(bound, arrays=arrays, missing=missing)


def _ahead(
    program: Program, new: BoundData, members: Members, spoken: frozenset[str]
) -> tuple[dict[str, tuple[Hashable, ...]], frozenset[str]]:
    """The dimensions of which the new data give positions after the fit's.

    Where they give these alone, with the labels of both; and those of which they give all.
    """
    labels: dict[str, tuple[Hashable, ...]] = {}
    beside: set[str] = set()
    for dimension in program.dimensions:
        dim = root_of(program, dimension.name)
        known, given = members.labels.get(dim), new.labels.get(dim)
        if not program.dimension(dim).is_ordered or dim not in spoken:
            continue
        if known is None or given is None or set(given) <= set(known):
            continue
        if not _is_run_along(program, dim):
            continue
        if given[: len(known)] == known:
            beside.add(dim)
        else:
            labels[dim] = _joined(program, dim, known, given)
    return labels, frozenset(beside)


def _after(
    program: Program,
    new: BoundData,
    old: BoundData,
    labels: Mapping[str, tuple[Hashable, ...]],
    places: Mapping[str, Positions],
) -> BoundData:
    """The new data after the fit's, along the dimensions that have labels of both."""
    arrays: dict[str, Array] = {}
    missing: dict[str, NDArray[np.bool_]] = {}
    sizes = {**new.sizes, **{dim: len(both) for dim, both in labels.items()}}
    for datum in program.data:
        if datum.name not in new.arrays:
            continue
        values = _renumbered(datum, np.asarray(new.arrays[datum.name]), places)
        mask = new.missing.get(datum.name)
        if labels.keys() & set(datum.dims):
            _check_others(datum, frozenset(labels), old, new)
            values = _put(values, old.arrays[datum.name], datum, sizes, places)
            if mask is not None:
                before = old.missing.get(datum.name, np.zeros(np.shape(old.arrays[datum.name])))
                mask = _put(mask, before, datum, sizes, places).astype(bool)
        arrays[datum.name] = values
        if mask is not None:
            missing[datum.name] = mask
    named = {**new.labels, **labels}
    return replace(new, arrays=arrays, sizes=sizes, labels=named, missing=missing)


def _unknown(
    read: frozenset[str], program: Program, bound: BoundData
) -> dict[str, NDArray[np.bool_]]:
    """Data that others read, of which nothing is known: all of it is drawn."""
    return {
        datum.name: np.zeros([bound.sizes[dim] for dim in datum.dims], np.bool_)
        for datum in program.data
        if datum.name in read and datum.name not in bound.arrays
    }


def _is_run_along(program: Program, root: str) -> bool:
    """Whether anything depends on where along a dimension it stands."""
    kin = {d.name for d in program.dimensions if root_of(program, d.name) == root}
    for node in program.nodes:
        if isinstance(node, Recurrence) and node.dim in kin:
            return True
        for part in parts(node):
            if isinstance(part, Sample) and kin & set(part.event_dims):
                return True
            if isinstance(part, Sample | Equation) and part.slice and part.slice.dim in kin:
                return True
        for expr in (inner for outer in node_exprs(node) for inner in walk(outer)):
            match expr:
                case Coordinate(dim) | Shift(dim=dim) | Pick(dim=dim) if dim in kin:
                    return True
                case LookBack(along=dim) | Cumulate(along=dim) if dim in kin:
                    return True
                case _:
                    pass
    return False


def _joined(
    program: Program, dim: str, known: tuple[Hashable, ...], given: tuple[Hashable, ...]
) -> tuple[Hashable, ...]:
    """The fit's labels and the new ones, which must all come after them."""
    strange = [label for label in given if label not in set(known)]
    if _is_rising([known[-1], *strange]):
        return (*known, *strange)
    raise DiagnosticError(
        (
            Diagnostic(
                "G0707",
                f"`{strange[0]}` of `{dim}` does not come after `{known[-1]}`, where the fit ends",
                program.dimension(dim).span,
                "is ordered: what runs along it goes on from the fit's last position",
                help=f"give the fit's members of `{dim}` too, in order, with the new ones",
            ),
        )
    )


def _is_rising(labels: Sequence[Any]) -> bool:
    """Whether each label, a number or a date, is larger than the one before."""
    are_numbers = all(isinstance(v, int | float) for v in labels)
    are_dates = all(isinstance(v, str) and DATE.fullmatch(v) for v in labels)
    pairs = pairwise(labels)
    return (are_numbers or are_dates) and all(a < b for a, b in pairs)


def _renumbered(datum: Data, values: Array, places: Mapping[str, Positions]) -> Array:
    """Positions along a dimension that now begins with those of the fit."""
    into = datum.type.dim
    if datum.type.kind is not Kind.INDEX or into is None or into not in places:
        return values
    return places[into][values]


def _put(
    values: Array,
    before: Any,
    datum: Data,
    sizes: Mapping[str, int],
    places: Mapping[str, Positions],
) -> Array:
    """The fit's entries, with the new ones in their places."""
    whole = np.zeros([sizes[dim] for dim in datum.dims], values.dtype)
    whole[tuple(slice(n) for n in np.shape(before))] = before
    whole[np.ix_(*(places.get(d, np.arange(sizes[d])) for d in datum.dims))] = values
    return whole


def _check_others(datum: Data, kin: frozenset[str], old: BoundData, new: BoundData) -> None:
    """The fit's entries stand beside the new ones only where the other dimensions are the same."""
    moved = moved_dims(datum, kin, old, new)
    if datum.name in old.arrays and not moved:
        return
    dim = next(d for d in datum.dims if d in kin)
    reason = (
        f"the members of `{moved[0]}` are not those of the fit"
        if moved
        else "the fit does not have it"
    )
    raise DiagnosticError(
        (
            Diagnostic(
                "G0707",
                f"`{datum.name}` is not known at the fit's positions of `{dim}`, from which the "
                f"new ones go on: {reason}",
                datum.span,
                "is needed all along",
                help=f"give `{datum.name}` at the fit's members of `{dim}` too",
            ),
        )
    )
