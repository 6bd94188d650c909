"""Functions of one position, applied to many: compiled once for equal functions."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=64)
def over_rows(function: Callable[..., Any], in_axes: tuple[int | None, ...]) -> Callable[..., Any]:
    """Return `function` over the first axis of the arguments at 0 in `in_axes`, compiled.

    Densities of one structure have equal functions, so that new data of the same shapes get what
    was compiled for others.
    """
    import jax

    return jax.jit(jax.vmap(function, in_axes=in_axes))
