"""Bound data as a model's arguments: Python numbers that are static, arrays that are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from gendsl.backends.failures import CannotSimulate, HasNoDistribution
from gendsl.backends.numpyro.counts import host_value
from gendsl.backends.numpyro.emit.arguments import (
    Argument,
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
from gendsl.backends.numpyro.load import load
from gendsl.backends.numpyro.sequence import unset
from gendsl.executables import call_stored
from gendsl.ir.bound import BoundData

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
    """Arrays take JAX's default precision; what depends on data alone is computed here, once."""
    _check_missing(program, emitted, bound)
    found = _given(program, emitted.arguments, emitted.static, emitted.generated, bound)
    if emitted.prepare_arguments:
        before = _given(
            program, emitted.prepare_arguments, emitted.prepare_static, frozenset(), bound
        )
        found.arrays.update(_prepared(emitted, before))
    return found


def _prepared(emitted: Emitted, before: Inputs) -> Arrays:
    """What `prepare`, a function of the generated module, returns."""
    static = emitted.source, tuple(sorted(before.static.items())), tuple(before.arrays)
    arrays = tuple(before.arrays.values())
    found: Arrays = call_stored("prepare", static, partial(_prepare, *static), arrays)
    return found


@lru_cache(maxsize=32)
def _prepare(source: str, static: tuple[tuple[str, int], ...], names: tuple[str, ...]) -> Any:
    """The function, jitted, of the arrays of these names."""
    module = load(source)

    def prepare(*arrays: Any) -> Any:
        return module.prepare(**dict(static), **dict(zip(names, arrays, strict=True)))

    return jax.jit(prepare, keep_unused=True)


def _given(
    program: Program,
    arguments: tuple[tuple[Argument, str], ...],
    numbers: frozenset[str],
    generated: frozenset[str],
    bound: BoundData,
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
                    arrays[name] = drawn
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
            case SizeArgument(dim):
                static[name] = bound.sizes[dim]
            case StatesArgument(_, count):
                static[name] = int(host_value(count, bound))
            case LabelArgument(dim, label):
                static[name] = label_position(program, bound, dim, label)
            case PreparedArgument() | PredictArgument():
                pass
    return Inputs(static, arrays, frozenset(absent))


def array(values: np.ndarray[Any, Any]) -> Any:
    """The array at JAX's default precision of its kind.

    It is made on the host: `jnp.asarray` compiles a program for some arrays.
    """
    kind = {"f": float, "i": int, "u": int, "b": bool}[np.asarray(values).dtype.kind]
    with np.errstate(over="ignore"):
        return jax.device_put(np.array(values, jax.dtypes.canonicalize_dtype(kind)))


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


__all__ = ["Argument", "Arrays", "Inputs", "array", "inputs", "label_position"]
