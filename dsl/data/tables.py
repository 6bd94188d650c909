"""Reads a declared array from a table, long or wide.

Columns named as dimensions are keys. A column whose dimensions all have keys is placed by them; a
column over one dimension that has none has one entry a row, and that dimension is the rows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gendsl.data.given import Given, row_of
from gendsl.data.labels import as_labels, labels_of
from gendsl.data.problems import Problems
from gendsl.data.raw import RawArray, RawTable
from gendsl.data.wording import quote_all
from gendsl.ir.program import Data, Program


def from_table(
    program: Program,
    data: Data,
    called: str,
    table: RawTable,
    used: set[str],
    problems: Problems,
) -> Given | None:
    """The array `data` from the column `called`, or from columns named as its labels."""
    column = table.columns.get(called)
    if column is None:
        return _from_several_columns(program, data, table, used, problems)
    used.add(called)
    unkeyed = [dim for dim in data.dims if dim not in table.columns]
    if not data.dims:
        return _scalar(data, column, table, problems)
    if not unkeyed:
        return _keyed(program, data, column, table, problems)
    if len(data.dims) == 1:
        return Given(
            data,
            column.values,
            table.origin,
            column.is_text,
            (_unique(table),),
            called,
            table,
            categories=column.categories,
        )
    problems.error(
        "G0611",
        f"`{data.name}` is declared over [{', '.join(data.dims)}], but {table.origin} has no "
        "column "
        f"{quote_all(unkeyed)} that says where its entries belong",
        data.span,
        label="declared here",
        help="a long table has one column for each dimension, and one row for each entry",
    )
    return None


def _keyed(
    program: Program, data: Data, column: RawArray, table: RawTable, problems: Problems
) -> Given | None:
    sources = tuple(table.columns[dim] for dim in data.dims)
    keys = tuple(labels_of(source) for source in sources)
    for dim, labels in zip(data.dims, keys, strict=True):
        nameless = [row for row, label in enumerate(labels) if label is None]
        if nameless:
            problems.error(
                "G0621",
                f"the key `{dim}` is missing on {row_of(table, nameless[0])}",
                data.span,
                label=f"`{data.name}` is placed by it",
            )
            return None
    return Given(
        data,
        column.values,
        table.origin,
        column.is_text,
        (None,) * len(data.dims),
        column.name,
        table,
        keys,
        sources,
        _has_finer_rows(program, data, table),
        column.categories,
    )


def _has_finer_rows(program: Program, data: Data, table: RawTable) -> bool:
    """Whether the table's rows are of another declared array, over more or other dimensions."""
    return any(
        (other.name in table.columns or other.type.dim in table.columns)
        and set(other.dims) - set(data.dims)
        for other in program.data
    )


def _scalar(data: Data, column: RawArray, table: RawTable, problems: Problems) -> Given | None:
    flat = column.values.tolist()
    if not flat:
        problems.error(
            "G0615", f"{table.origin} has no rows", data.span, label="is read from there"
        )
        return None
    different = next((row for row, value in enumerate(flat) if value != flat[0]), None)
    if different is not None and not all(v != v for v in flat):
        problems.error(
            "G0611",
            f"`{data.name}` is declared as a single value, but column `{column.name}` of "
            f"{table.origin} varies: see {row_of(table, 0)} and {row_of(table, different)}",
            data.span,
            label="declared here",
            help=f"declare its dimension: `data {data.name}[...]`",
        )
        return None
    first = column.values[:1].reshape(())
    return Given(data, first, table.origin, column.is_text, (), column.name)


def _from_several_columns(
    program: Program, data: Data, table: RawTable, used: set[str], problems: Problems
) -> Given | None:
    """A matrix whose columns are the last dimension's members.

    Either the table has the array's name, or the members are written in the program.
    """
    if len(data.dims) != 2:
        return None
    rows, across = data.dims
    members = program.dimension(across).labels
    if table.name == data.name:
        names = [n for n in table.columns if n not in (rows, across)]
    elif members is not None and all(m in table.columns for m in members):
        if _has_rows_of_another(program, rows, table):
            return None
        names = list(members)
    else:
        return None
    if not names:
        return None
    used.update((*names, rows))
    stacked = np.stack([table.columns[n].values.astype(np.object_) for n in names], axis=1)
    key = table.columns.get(rows)
    labels = tuple(labels_of(key).tolist()) if key is not None else _unique(table)
    if labels is not None and len(set(labels)) < len(labels):
        problems.error(
            "G0606",
            f"`{rows}` repeats a label in {table.origin}, which should have one row for each",
            data.span,
            label=f"`{data.name}` is read from that table",
        )
        return None
    is_text = any(table.columns[n].is_text for n in names)
    values = _narrow(stacked) if not is_text else stacked
    called = np.array(names, dtype=np.object_)
    across_labels = tuple(names if members else as_labels(called, is_text=True).tolist())
    return Given(data, values, table.origin, is_text, (labels, across_labels), data.name)


def _has_rows_of_another(program: Program, rows: str, table: RawTable) -> bool:
    """Whether the table has columns over single dimensions, and none over `rows` or its labels."""
    over = {
        data.dims[0] for data in program.data if len(data.dims) == 1 and data.name in table.columns
    }
    return bool(over) and rows not in over and rows not in table.columns


def _narrow(values: NDArray[np.object_]) -> NDArray[np.generic]:
    from gendsl.data.nested import elements

    return elements(values.ravel().tolist()).reshape(values.shape)


def _unique(table: RawTable) -> tuple[object, ...] | None:
    labels = table.row_labels
    return labels if labels is not None and len(set(labels)) == len(labels) else None
