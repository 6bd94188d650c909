"""Inputs that are one value of a data set: latents that are given, data without rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gendsl.api.pfn_tables import Floats, Layout, Table, floats, refused
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
    for name, array in table.scalars.items():
        said = floats(name, array.values)
        if name in layout.given and layout.given[name] != said:
            raise _differing(name, layout.given[name][0], "what is given", said[0], table.origin)
    if not len(x):
        return
    for name, i in _columns(layout):
        odd = np.flatnonzero(x[:, i] != x[0, i])
        if len(odd):
            row = int(odd[0])
            raise _differing(name, x[0, i], table.place(0), x[row, i], table.place(row))
        if context is not None and len(context) and context[0, i] != x[0, i]:
            raise _differing(name, context[0, i], "the context", x[0, i], table.origin)


def _columns(layout: Layout) -> Iterator[tuple[str, int]]:
    """The columns of a table that have one value, and their places."""
    start = 0
    for each in layout.inputs:
        names = layout.sources.get(each.name, ())
        if not each.is_per_row:
            yield from ((name, start + i) for i, name in enumerate(names))
        start += len(names) or len(layout.given.get(each.name, ()))


def _differing(name: str, one: float, where: str, other: float, there: str) -> DiagnosticError:
    return refused(
        "G1024",
        f"`{name}` is {one:g} in {where} and {other:g} in {there}",
        "in the prior it is the same in all rows of a data set: predict one data set at a time",
    )
