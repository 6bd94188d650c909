"""Merges what several files or objects give; the same array twice must have the same values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gendsl.data.problems import fail
from gendsl.data.raw import Array, RawArray, RawData


def merge(parts: Sequence[RawData]) -> RawData:
    """One `RawData` of all the parts.

    Raises:
        DiagnosticError: if two parts give an array of one name different values.
    """
    arrays: dict[str, RawArray] = {}
    for part in parts:
        for name, array in part.arrays.items():
            before = arrays.setdefault(name, array)
            if before is not array and not are_equal(before.values, array.values):
                fail(
                    "G0605",
                    f"`{name}` differs between {before.origin} and {array.origin}",
                    help="give it once, or rename one of the two",
                )
    return RawData(arrays, tuple(table for part in parts for table in part.tables))


def are_equal(left: Array, right: Array) -> bool:
    """Whether two arrays hold the same values; a missing value equals a missing value."""
    if left.shape != right.shape:
        return False
    if left.dtype == np.object_ or right.dtype == np.object_:
        pairs = zip(left.ravel().tolist(), right.ravel().tolist(), strict=True)
        return all(a == b or (_is_missing(a) and _is_missing(b)) for a, b in pairs)
    if left.dtype.kind == "f" or right.dtype.kind == "f":
        return bool(np.array_equal(left, right, equal_nan=True))
    return bool(np.array_equal(left, right))


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and value != value)
