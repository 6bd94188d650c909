"""What the data give for one declared array, and how messages name an entry of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gendsl.data.raw import Array, Labels, RawArray, RawTable
from gendsl.data.wording import spell
from gendsl.ir.program import Data


@dataclass(frozen=True, slots=True)
class Given:
    """The raw values of a declared array.

    Dense values have the declared axes in order, with the labels of each where the source has
    them. Keyed values are a column of a table: `keys` has, for each declared dimension, the label
    of every row. `is_repeated` says that rows may repeat an entry (a county's value beside each
    of its houses); they must then agree.
    """

    data: Data
    values: Array
    origin: str
    is_text: bool
    labels: tuple[Labels | None, ...]
    column: str
    table: RawTable | None = None
    keys: tuple[NDArray[np.object_], ...] | None = None
    key_sources: tuple[RawArray, ...] = ()
    is_repeated: bool = False
    categories: Labels | None = None

    def place(self, flat: int) -> str:
        """How a message names the entry at a flat position of `values`."""
        if self.table is not None and (self.keys is not None or self.values.ndim == 1):
            called = f"`{self.data.name}`"
            if self.column != self.data.name:
                called += f" (column `{self.column}`)"
            return f"{called} on {row_of(self.table, flat)}"
        return f"`{entry(self.data, self.values.shape, self.labels, flat)}`"


def row_of(table: RawTable, row: int) -> str:
    """`line 7 of houses.csv`, or `row 5 of the data` (rows count from 0)."""
    if table.lines is not None:
        return f"line {table.lines[row]} of {table.origin}"
    return f"row {row} of {table.origin}"


def entry(data: Data, shape: tuple[int, ...], labels: tuple[Labels | None, ...], flat: int) -> str:
    """`y[3]`, `y[school = "C"]` where there are labels; positions count from 0."""
    if not shape:
        return data.name
    at = [int(i) for i in np.unravel_index(flat, shape)]
    parts = [
        str(i) if known is None else f"{dim} = {spell(known[i])}"
        for i, dim, known in zip(at, data.dims, labels, strict=False)
    ]
    return f"{data.name}[{', '.join(parts)}]"
