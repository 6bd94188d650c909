"""Labels: reading them from columns, and the order in which a dimension has its members."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from gendsl.data.raw import Array, Labels, RawArray

INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,99})")
DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2}([T ].*)?)?")


def labels_of(array: RawArray) -> NDArray[np.object_]:
    """The entries of a column or an array as labels, in its shape; missing ones are `None`."""
    return as_labels(array.values, is_text=array.is_text)


def as_labels(values: Array, *, is_text: bool) -> NDArray[np.object_]:
    """Entries as labels: whole numbers as `int`, spelled ones too if all are numbers."""
    flat = [_label(v) for v in values.ravel().tolist()]
    if is_text:
        flat = _unspell(flat)
    made = np.empty(len(flat), dtype=np.object_)
    made[:] = flat
    return made.reshape(values.shape)


def members(
    occurrences: Sequence[Hashable], categories: Labels | None, *, is_ordered: bool
) -> list[Hashable]:
    """The members that a column's labels make, in order.

    A pandas Categorical has its own order. Numbers and dates are sorted. Text keeps the order of
    the rows where each member has one row, or the dimension is ordered; where it is repeated it
    is sorted, so that the order of rows does not matter.
    """
    distinct = list(dict.fromkeys(occurrences))
    if categories is not None:
        return list(categories)
    keeps = len(distinct) == len(occurrences) or is_ordered
    is_dated = all(isinstance(v, str) and DATE.fullmatch(v) for v in distinct)
    if keeps and not is_dated and any(isinstance(v, str) for v in distinct):
        return distinct
    return sort_labels(distinct)


def sort_labels(labels: Iterable[Hashable]) -> list[Hashable]:
    """Numbers by value, then text by its characters."""
    return sorted(labels, key=_rank)


def _rank(label: Hashable) -> tuple[int, float, str]:
    if isinstance(label, int | float):
        return 0, float(label), ""
    return 1, 0.0, str(label)


def _label(value: object) -> Hashable:
    if isinstance(value, float):
        if value != value:
            return None
        return int(value) if value.is_integer() and abs(value) <= 2**53 else value
    if value == "":
        return None
    return value if isinstance(value, Hashable) else str(value)


def _unspell(cells: list[Hashable]) -> list[Hashable]:
    spelled = [c for c in cells if isinstance(c, str)]
    if all(INTEGER.fullmatch(c) for c in spelled):
        return [int(c) if isinstance(c, str) else c for c in cells]
    if all(DECIMAL.fullmatch(c) for c in spelled) and not any(_is_padded(c) for c in spelled):
        return [_label(float(c)) if isinstance(c, str) else c for c in cells]
    return cells


def _is_padded(cell: str) -> bool:
    """Whether a code such as `007` would lose its zeros as a number."""
    digits = cell.lstrip("+-")
    return len(digits) > 1 and digits[0] == "0" and digits[1].isdigit()
