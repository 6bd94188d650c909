"""Bound data as a model's arguments: Python numbers that are static, arrays that are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from gendsl.backends.failures import CannotInfer, CannotSimulate, HasNoDistribution
from gendsl.backends.numpyro.emit.arguments import (
    Argument,
    DataArgument,
    GapCountArgument,
    GapsArgument,
    KnownArgument,
    LabelArgument,
    PredictArgument,
    SizeArgument,
)  # fmt: skip
from gendsl.ir.bound import BoundData, missing_site
from gendsl.ir.types import Kind

if TYPE_CHECKING:
    from gendsl.backends.numpyro.emit import Emitted
    from gendsl.ir.program import Program

Arrays = dict[str, Any]
"""Arrays by argument name; a tuple of arrays for the places of missing entries."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The arguments of a model, in two parts; `absent` are those left out."""

    static: Mapping[str, int]
    arrays: Arrays
    absent: frozenset[str]


def inputs(program: Program, emitted: Emitted, bound: BoundData) -> Inputs:
    """Arrays take JAX's default precision."""
    _check_missing(program, emitted, bound)
    static: dict[str, int] = {}
    arrays: Arrays = {}
    absent: set[str] = set()
    for argument, name in emitted.arguments:
        match argument:
            case DataArgument(data) if _is_absent(data, bound):
                if data not in emitted.generated:
                    raise CannotSimulate(data, "it is needed to compute what follows from it")
                absent.add(name)
            case DataArgument(data) if data in emitted.static:
                static[name] = int(bound.arrays[data])
            case DataArgument(data):
                arrays[name] = array(bound.arrays[data])
            case KnownArgument(data):
                missing = bound.missing.get(data)
                if missing is not None and not _is_absent(data, bound):
                    arrays[name] = jnp.asarray(~missing)
            case GapsArgument(data) | GapCountArgument(data) if _is_absent(data, bound):
                pass
            case GapsArgument(data):
                arrays[name] = tuple(jnp.asarray(i) for i in np.nonzero(_missing(data, bound)))
            case GapCountArgument(data):
                static[name] = int(_missing(data, bound).sum())
            case SizeArgument(dim):
                static[name] = bound.sizes[dim]
            case LabelArgument(dim, label):
                static[name] = label_position(program, bound, dim, label)
            case PredictArgument():
                pass
    return Inputs(static, arrays, frozenset(absent))


def array(values: np.ndarray[Any, Any]) -> Any:
    """The array at JAX's default precision of its kind."""
    kind = {"f": float, "i": int, "u": int, "b": bool}[np.asarray(values).dtype.kind]
    return jnp.asarray(values, dtype=kind)


def _is_absent(data: str, bound: BoundData) -> bool:
    return data in bound.absent or data not in bound.arrays


def _check_missing(program: Program, emitted: Emitted, bound: BoundData) -> None:
    """A missing entry is scored around, or inferred as a real number; there is no third way."""
    handled = {a.data for a, _ in emitted.arguments if isinstance(a, KnownArgument | GapsArgument)}
    used = {a.data for a, _ in emitted.arguments if isinstance(a, DataArgument)}
    for data, mask in bound.missing.items():
        if data not in used or not np.any(mask):
            continue
        datum = program.datum(data)
        if data not in handled:
            raise HasNoDistribution(data, datum.dims if datum is not None else ())
        if data in emitted.imputed and datum is not None and datum.type.kind is not Kind.REAL:
            raise CannotInfer(missing_site(data), "it is discrete")


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


__all__ = ["Argument", "Arrays", "Inputs", "array", "inputs", "label_position"]
