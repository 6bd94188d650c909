"""Functions of one position, applied to many: compiled once for equal functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from gendsl.executables import in_blocks, stored


def over_rows(function: Callable[..., Any], in_axes: tuple[int | None, ...]) -> Callable[..., Any]:
    """Return `function` over the first axis of the arguments at 0 in `in_axes`, compiled.

    Densities of one structure have equal functions, so that new data of the same shapes get what
    was compiled for others, here or in another process with a cache.
    """
    return partial(_over_rows, function, in_axes)


@dataclass(frozen=True, slots=True)
class LogDensity:
    """The log density of a target; equal for equal targets, which its bound method is not."""

    target: Any

    def __call__(self, data: Any, position: Any) -> Any:
        """Return it at `position`."""
        return self.target.log_density(data, position)


@stored("function", "in_axes")
def _over_rows(
    function: Callable[..., Any], in_axes: tuple[int | None, ...], *arguments: Any
) -> Any:
    def one(*rows: Any) -> Any:
        row = iter(rows)
        pairs = zip(arguments, in_axes, strict=True)
        return function(*(whole if axis is None else next(row) for whole, axis in pairs))

    rows = (whole for whole, axis in zip(arguments, in_axes, strict=True) if axis is not None)
    return in_blocks(one, *rows)
