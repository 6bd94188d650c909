"""Data as they were given, before any program has been asked about them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Labels = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a given array: its name and labels, where the source has them."""

    name: str | None = None
    labels: Labels | None = None


@dataclass(frozen=True, slots=True)
class RawArray:
    """A named array, or a column of a table.

    `values` is float64, int64, bool, or object (None, text, int, float, bool). `is_text` says that
    numbers are spelled, as in a CSV file. `categories` are the members of a pandas Categorical.
    `origin` is what messages call the place that it came from.
    """

    name: str
    values: Array
    origin: str
    axes: tuple[Axis, ...]
    is_text: bool = False
    categories: Labels | None = None


@dataclass(frozen=True, slots=True)
class RawTable:
    """Columns of equal length; `lines` are the lines of the file on which its rows stand."""

    name: str
    origin: str
    columns: Mapping[str, RawArray]
    length: int
    row_labels: Labels | None = None
    lines: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True)
class RawData:
    """Everything that was given: arrays by name, and tables whose meaning the program fixes."""

    arrays: Mapping[str, RawArray] = field(default_factory=dict)
    tables: tuple[RawTable, ...] = ()


def names_in(raw: RawData) -> list[str]:
    """The names of the arrays and of the columns, each once."""
    columns = (name for table in raw.tables for name in table.columns)
    return list(dict.fromkeys([*raw.arrays, *columns]))


def unnamed_axes(values: Array) -> tuple[Axis, ...]:
    """Axes without names or labels."""
    return (Axis(),) * values.ndim
