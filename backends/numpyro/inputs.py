"""Bound data as a model's arguments: Python numbers that are static, arrays that are not."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from gendsl.backends.given import (
    Arrays,
    Inputs,
    given_for_model,
    given_for_prepare,
    label_position,
)
from gendsl.backends.load import load
from gendsl.executables import call_stored
from gendsl.ir.bound import BoundData

if TYPE_CHECKING:
    from gendsl.backends.emit import Emitted
    from gendsl.ir.program import Program


def inputs(program: Program, emitted: Emitted, bound: BoundData) -> Inputs:
    """Arrays take JAX's default precision; what depends on data alone is computed here, once."""
    found = given_for_model(program, emitted, bound, array)
    if emitted.prepare_arguments:
        before = given_for_prepare(program, emitted, bound, array)
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


def array(values: np.ndarray[Any, Any]) -> Any:
    """The array at JAX's default precision of its kind.

    It is made on the host: `jnp.asarray` compiles a program for some arrays.
    """
    kind = {"f": float, "i": int, "u": int, "b": bool}[np.asarray(values).dtype.kind]
    with np.errstate(over="ignore"):
        return jax.device_put(np.array(values, jax.dtypes.canonicalize_dtype(kind)))


__all__ = ["Arrays", "Inputs", "array", "inputs", "label_position"]
