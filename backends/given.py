"""Bound data as a model's arguments, the same for every backend: only arrays are its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gendsl.backends.counts import host_value
from gendsl.backends.emit.arguments import (
    Argument,
    BatchArgument,
    DataArgument,
    GapCountArgument,
    GapsArgument,
    KnownArgument,
    LabelArgument,
    PredictArgument,
    PreparedArgument,
    SizeArgument,
    StatesArgument,
)  # fmt: skip
from gendsl.backends.failures import CannotSimulate, HasNoDistribution
from gendsl.backends.unset import unset
from gendsl.ir.bound import BoundData

if TYPE_CHECKING:
    from gendsl.backends.emit import Emitted
    from gendsl.ir.program import Program

Arrays = dict[str, Any]
"""Arrays by argument name; a tuple of arrays for the places of missing entries."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The arguments of a model, in two parts; `absent` are those left out."""

    static: Mapping[str, int]
    arrays: Arrays
    absent: frozenset[str]


def given_for_model(
    program: Program, emitted: Emitted, bound: BoundData, array: Callable[[Any], Any]
) -> Inputs:
    """The arguments of `model` that the data give, `array` making them of the backend's kind.

    Raises:
        HasNoDistribution: if data are missing that nothing infers.
        CannotSimulate: if data are absent that the program can't draw.
    """
    _check_missing(program, emitted, bound)
    return _given(program, emitted.arguments, emitted.static, emitted.generated, bound, array)


def given_for_prepare(
    program: Program, emitted: Emitted, bound: BoundData, array: Callable[[Any], Any]
) -> Inputs:
    """The arguments of `prepare`, the function that computes what depends on data alone."""
    return _given(
        program, emitted.prepare_arguments, emitted.prepare_static, frozenset(), bound, array
    )


def _given(
    program: Program,
    arguments: tuple[tuple[Argument, str], ...],
    numbers: frozenset[str],
    generated: frozenset[str],
    bound: BoundData,
    array: Callable[[Any], Any],
) -> Inputs:
    """The arguments that the data give."""
    static: dict[str, int] = {}
    arrays: Arrays = {}
    absent: set[str] = set()
    for argument, name in arguments:
        match argument:
            case DataArgument(data) if _is_absent(data, bound):
                drawn = None if data in generated else unset(program, data, bound)
                if drawn is not None:
                    arrays[name] = array(drawn)
                elif data not in generated:
                    raise CannotSimulate(data, "it is needed to compute what follows from it")
                absent.add(name)
            case DataArgument(data) if data in numbers:
                static[name] = int(bound.arrays[data])
            case DataArgument(data):
                arrays[name] = array(bound.arrays[data])
            case KnownArgument(data):
                missing = bound.missing.get(data)
                if missing is not None and not _is_absent(data, bound):
                    arrays[name] = array(~missing)
            case GapsArgument(data) if _is_absent(data, bound) and data not in generated:
                datum = program.datum(data)
                dims = () if datum is None else datum.dims
                arrays[name] = tuple(array(np.zeros(0, int)) for _ in dims)
            case GapsArgument(data) | GapCountArgument(data) if _is_absent(data, bound):
                pass
            case GapsArgument(data):
                arrays[name] = tuple(array(i) for i in np.nonzero(_missing(data, bound)))
            case GapCountArgument(data):
                static[name] = int(_missing(data, bound).sum())
            case SizeArgument(dim) | BatchArgument(dim):
                static[name] = bound.sizes[dim]
            case StatesArgument(_, count):
                static[name] = int(host_value(count, bound))
            case LabelArgument(dim, label):
                static[name] = label_position(program, bound, dim, label)
            case PreparedArgument() | PredictArgument():
                pass
    return Inputs(static, arrays, frozenset(absent))


def _is_absent(data: str, bound: BoundData) -> bool:
    return data in bound.absent or data not in bound.arrays


def _check_missing(program: Program, emitted: Emitted, bound: BoundData) -> None:
    """A missing entry is scored around, or a site of its own; there is no third way."""
    handled = {a.data for a, _ in emitted.arguments if isinstance(a, KnownArgument | GapsArgument)}
    used = {
        a.data
        for a, _ in (*emitted.arguments, *emitted.prepare_arguments)
        if isinstance(a, DataArgument)
    }
    for data, mask in bound.missing.items():
        if data not in used or not np.any(mask):
            continue
        datum = program.datum(data)
        if data not in handled:
            raise HasNoDistribution(data, datum.dims if datum is not None else ())


def _missing(data: str, bound: BoundData) -> np.ndarray[Any, np.dtype[np.bool_]]:
    found = bound.missing.get(data)
    return np.zeros(bound.arrays[data].shape, bool) if found is None else np.asarray(found)


def label_position(program: Program, bound: BoundData, dim: str, label: str) -> int:
    """Where a label stands along a dimension, or along the one that it is like.

    Raises:
        ValueError: if the data name no such member.
    """
    labels = bound.labels.get(dim)
    like = program.dimension(dim).like
    if labels is None and like is not None:
        labels = bound.labels.get(like)
    for position, found in enumerate(labels or ()):
        if found == label or str(found) == label:
            return position
    raise ValueError(f"dimension {dim!r} has no member {label!r}")
