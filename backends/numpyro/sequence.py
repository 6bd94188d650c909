"""Data that their own past enters: drawn one position after the other.

A run of the program with data `y` gives, with the keys held fixed, new data `draw(y)` whose entry
at a position depends on entries of `y` before it alone. So after k runs, each fed with what the
last drew, the first k positions are those of a draw in sequence; the rest settle sooner where the
past is forgotten, and the runs end when nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from gendsl.backends.failures import FirstNotGiven, ReadsItself
from gendsl.backends.numpyro.counts import host_value
from gendsl.ir.bound import BoundData
from gendsl.ir.expr import Expr, Ref
from gendsl.ir.program import Program, Sample, SampleRole
from gendsl.ir.types import Kind
from gendsl.ir.walk import distribution_exprs, names_now, sites

Draw = Callable[[dict[str, jax.Array]], dict[str, jax.Array]]


def in_sequence(draw: Draw, start: Mapping[str, Any]) -> dict[str, jax.Array]:
    """The arrays that `draw` gives back unchanged, from `start`; its keys are held fixed."""
    arrays = {name: jnp.asarray(value) for name, value in start.items()}
    longest = sum(max(array.shape, default=1) for array in arrays.values())

    def again(state: Any) -> Any:
        count, current, _ = state
        drawn = draw(current)
        new = {name: drawn[name].astype(array.dtype) for name, array in current.items()}
        moved = [jnp.any(_differ(new[name], current[name])) for name in current]
        return count + 1, new, jnp.any(jnp.stack(moved))

    def goes_on(state: Any) -> jax.Array:
        is_open: jax.Array = state[2] & (state[0] <= longest)
        return is_open

    settled: dict[str, jax.Array] = lax.while_loop(goes_on, again, (0, arrays, jnp.array(True)))[1]
    return settled


def _differ(left: jax.Array, right: jax.Array) -> jax.Array:
    is_same: jax.Array = (left == right) | (jnp.isnan(left) & jnp.isnan(right))
    return ~is_same


def unset(program: Program, data: str, bound: BoundData) -> jax.Array | None:
    """An array for data that are not given but drawn in sequence; `None` if nothing draws them.

    Raises:
        FirstNotGiven: if its first entries are conditioned on.
        ReadsItself: if a statement reads the entries that it draws.
    """
    datum = program.datum(data)
    scoring = [node for node in sites(program) if _scores(node, data)]
    if datum is None or not scoring or datum.is_fixed:
        return None
    if any(data in names_now(e) for node in scoring for e in _right_side(node)):
        raise ReadsItself(data)
    covered = np.zeros([bound.sizes[d] for d in datum.dims], bool)
    for node in scoring:
        places = [slice(None)] * len(datum.dims)
        if node.slice is not None:
            ends = (node.slice.start, node.slice.stop)
            start, stop = (None if end is None else int(host_value(end, bound)) for end in ends)
            places[datum.dims.index(node.slice.dim)] = slice(start, stop)
        covered[tuple(places)] = True
    if not covered.all():
        raise FirstNotGiven(data, int((~covered).sum()))
    kind = {Kind.REAL: float, Kind.BOOL: bool}.get(datum.type.kind, int)
    # on the host: `jnp.zeros` compiles a program
    zeros: jax.Array = jax.device_put(np.zeros(covered.shape, jax.dtypes.canonicalize_dtype(kind)))
    return zeros


def _scores(node: Sample, data: str) -> bool:
    is_observed = node.role is SampleRole.OBSERVED
    return is_observed and isinstance(node.value, Ref) and node.value.name == data


def _right_side(node: Sample) -> Iterator[Expr]:
    """What a statement reads to draw its entries."""
    yield from distribution_exprs(node.distribution)
    if node.where is not None:
        yield node.where
