"""Functions of one row over many, with as many rows at a time as memory suits.

A vmapped function holds what it computes of all rows at once: of a thousand draws of a Gaussian
process at 2,000 points, each matrix takes 32 GB. Once arrays are large, more rows at a time gain
nothing on a processor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod
from typing import Any

_MOST = 8_000_000
"""Numbers of which an array is to have no more, of all rows of a block together."""


def block_size(jaxpr: Any, count: int) -> int:
    """Return how many of ``count`` rows are computed at a time, by the jaxpr of one.

    All of them, or else a power of 2.
    """
    largest = max(_size(jaxpr) for jaxpr in _with_inner(jaxpr))
    most = max(1, _MOST // largest)
    return min(count, 1 << most.bit_length() - 1)


def in_blocks(function: Callable[..., Any], *rows: Any) -> Any:
    """Return ``function`` over the first axis of pytrees of arrays [row, ...], traced once."""
    import jax
    from jax.extend.core import jaxpr_as_fun

    first = jax.tree.map(lambda leaf: leaf[0], rows)
    closed, shapes = jax.make_jaxpr(function, return_shape=True)(*first)
    form, count = jax.tree.structure(shapes), len(jax.tree.leaves(rows)[0])
    size = block_size(closed.jaxpr, count)

    def once(row: Any) -> Any:
        return jax.tree.unflatten(form, jaxpr_as_fun(closed)(*jax.tree.leaves(row)))

    return jax.vmap(once)(rows) if size >= count else jax.lax.map(once, rows, batch_size=size)


def _size(jaxpr: Any) -> int:
    shapes = (getattr(v.aval, "shape", ()) for e in jaxpr.eqns for v in e.outvars)
    return max((prod(shape) for shape in shapes if 0 not in shape), default=1)


def _with_inner(jaxpr: Any) -> Iterator[Any]:
    """A jaxpr, and those of its calls, branches and loops."""
    yield jaxpr
    for equation in jaxpr.eqns:
        for value in equation.params.values():
            for inner in value if isinstance(value, tuple | list) else (value,):
                if hasattr(inner, "jaxpr") and hasattr(inner, "consts"):
                    yield from _with_inner(inner.jaxpr)
                elif hasattr(inner, "eqns"):
                    yield from _with_inner(inner)
