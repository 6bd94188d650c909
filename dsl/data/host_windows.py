"""Windows of signals and images on the host."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from gendsl.data.raw import Array
from gendsl.ir.window_functions import MOST_SLIDES, window_function


def windows(x: Array, *literals: int, is_padded: bool) -> Any:
    """Windows along the last axes, sizes and then strides given: [..., *places, *in a window].

    With `is_padded` there are zeros beyond the ends, as many as give ceil(n / stride) windows.
    """
    count = len(literals) // 2
    sizes, strides = literals[:count], literals[count:]
    first = x.ndim - count
    if is_padded:
        beyond = [(0, 0)] * first
        for n, size, stride in zip(x.shape[first:], sizes, strides, strict=True):
            total = max((-(-n // stride) - 1) * stride + size - n, 0)
            beyond.append((total // 2, total - total // 2))
        x = np.pad(x, beyond)
    every: Any = np.lib.stride_tricks.sliding_window_view(x, sizes, tuple(range(first, x.ndim)))
    return every[(..., *(slice(None, None, s) for s in strides), *[slice(None)] * count)]


WINDOWS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        window_function(count, is_padded): partial(windows, is_padded=is_padded)
        for count in range(1, MOST_SLIDES + 1)
        for is_padded in (False, True)
    }
)
"""Functions of windows by name."""
