"""Inputs that are one value of a data set: latents that are given, data without rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from gendsl.api.pfn_table_errors import refused
from gendsl.api.pfn_tables import Floats, Layout, Table, given_numbers
from gendsl.diagnostics.diagnostic import DiagnosticError


def check_one_value(layout: Layout, x: Floats, table: Table, context: Floats | None = None) -> None:
    """Refuse rows [row, column] that differ in what is the same in all rows of a data set.

    Args:
        layout: of the columns of `x`.
        table: what `x` is of.
        context: the rows of the context, where `table` is a query.

    Raises:
        DiagnosticError: if rows differ among themselves, or from the context.
    """
    for each in layout.inputs:
        if each.name in layout.given and each.name in table.scalars:
            said = given_numbers(each, table.scalars[each.name].values)
            if _differ(np.array(layout.given[each.name]), np.array(said)).any():
                raise _differing(each.name, f"otherwise in {table.origin} than what is given")
    if not len(x):
        return
    for name, i in _columns(layout):
        odd = np.flatnonzero(_differ(x[:, i], x[:1, i]))
        if len(odd):
            there = table.place(int(odd[0]))
            raise _differing(name, f"otherwise in {there} than in {table.place(0)}")
        if context is not None and len(context) and _differ(context[:1, i], x[:1, i]).any():
            raise _differing(name, f"otherwise in {table.origin} than in the context")


def _columns(layout: Layout) -> Iterator[tuple[str, int]]:
    """The columns of a table that have one value, and their places."""
    start = 0
    for each in layout.inputs:
        names = layout.sources.get(each.name, ())
        if not each.is_per_row:
            yield from ((name, start + i) for i, name in enumerate(names))
        start += len(names) or len(layout.given.get(each.name, ()))


def _differ(one: Floats, other: Floats) -> NDArray[np.bool_]:
    """Whether numbers are others for a network, which reads single precision."""
    return np.asarray(one.astype(np.float32) != other.astype(np.float32))


def _differing(name: str, how: str) -> DiagnosticError:
    return refused(
        "G1024",
        f"`{name}` is {how}",
        "in the prior it is the same in all rows of a data set: predict one data set at a time",
    )
