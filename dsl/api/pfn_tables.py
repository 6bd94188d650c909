"""Users' tables as the numbers that a network reads: which column is which input, and its values.

An input that is one number a row is the column of its name. The columns of an array are called
`X[0]`, `X[1]`, ..., `X.a` or, where members are written in the program, `a`; where none of these is
there, they are all columns that are not something else, in their order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gendsl.api.pfn_columns import Domain, Input
from gendsl.api.pfn_table_errors import for_all_rows, no_column, refused, too_many
from gendsl.data.python_objects import raw_of
from gendsl.data.raw import Array, RawArray, RawTable
from gendsl.data.values import numbers
from gendsl.data.wording import spell
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import counted, listed
from gendsl.ir.types import Kind

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of equal length by name, and numbers that are the same for all rows."""

    origin: str
    length: int
    columns: Mapping[str, RawArray]
    scalars: Mapping[str, RawArray] = field(default_factory=dict)
    lines: NDArray[np.int64] | None = None

    def place(self, row: int) -> str:
        """Where a row stands: its line of a file, or its position, from 0 as in Python."""
        found = f"line {self.lines[row]}" if self.lines is not None else f"row {row}"
        return f"{found} of {self.origin}"


def table_of(given: object, origin: str) -> Table:
    """Return what a dict of arrays, a `DataFrame` or a file has.

    Raises:
        DiagnosticError: if it is none of these, or its columns have different lengths.
    """
    if isinstance(given, Table):
        return given
    raw = raw_of(given, origin)
    columns: dict[str, RawArray] = {}
    scalars: dict[str, RawArray] = {}
    lines = None
    for table in raw.tables:
        columns |= table.columns
        lines, origin = (table.lines, _origin(table, origin))
    for name, array in raw.arrays.items():
        if array.values.ndim == 0:
            scalars[name] = array
        else:
            columns |= dict(_split(name, array))
    lengths = {len(array.values) for array in columns.values()}
    if len(lengths) > 1:
        shown = ", ".join(f"`{n}` {len(a.values)}" for n, a in list(columns.items())[:6])
        raise refused("G1025", f"columns of {origin} have different numbers of rows: {shown}")
    if not columns:
        help = None
        if scalars:
            help = f"{listed(scalars, 6)} is one number: rows are arrays, as `[0.5]`"
        raise refused("G1025", f"{origin} has no columns", help)
    return Table(origin, lengths.pop(), columns, scalars, lines)


def _origin(table: RawTable, otherwise: str) -> str:
    return table.origin or otherwise


def _split(name: str, array: RawArray) -> Iterator[tuple[str, RawArray]]:
    """The columns of an array whose first axis are the rows."""
    values = array.values
    if values.ndim == 1:
        yield name, array
        return
    flat = values.reshape(len(values), -1)
    for i in range(flat.shape[1]):
        yield f"{name}[{i}]", RawArray(f"{name}[{i}]", flat[:, i], array.origin, array.axes[:1])


# --- which column is what --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Layout:
    """Of each input its columns in a table, or the numbers that stand for them in all rows.

    `members` are the labels that the context has in columns of members without names.
    """

    inputs: tuple[Input, ...]
    sources: Mapping[str, tuple[str, ...]]
    given: Mapping[str, tuple[float, ...]]
    members: Mapping[str, tuple[object, ...]] = field(default_factory=dict)

    @property
    def width(self) -> int:
        """How many columns the network is given."""
        return sum(map(len, self.sources.values())) + sum(map(len, self.given.values()))


def layout_of(
    inputs: Sequence[Input],
    table: Table,
    given: Mapping[str, Any],
    columns: Sequence[str] | None,
    taken: str | None,
) -> Layout:
    """Return where a table has the inputs; `taken` is the column of the target.

    Raises:
        DiagnosticError: if one is not there, or there are more columns than the network has.
    """
    values = _given(inputs, {**{n: a.values for n, a in table.scalars.items()}, **given})
    open_ = [each for each in inputs if each.name not in values]
    if columns is not None:
        _check_names(table, columns, values, taken)
        sources = _in_order(open_, columns)
    else:
        free = [name for name in table.columns if name != taken]
        sources = _by_name(open_, free, table)
    layout = Layout(tuple(inputs), sources, values)
    return Layout(layout.inputs, sources, values, _members(layout, table))


def _given(inputs: Sequence[Input], said: Mapping[str, Any]) -> dict[str, tuple[float, ...]]:
    known = {each.name: each for each in inputs}
    found = {}
    for name, value in said.items():
        if name not in known:
            close = nearest(name, tuple(known))
            help = f"did you mean `{close}`?" if close else f"its inputs are {listed(known)}"
            raise refused("G1025", f"the network has no input `{name}`", help)
        found[name] = given_numbers(known[name], value)
    return found


def given_numbers(each: Input, value: Any) -> tuple[float, ...]:
    """Return what is given for all rows, as the network reads it.

    Raises:
        DiagnosticError: if it is not what the prior may have.
    """
    numbers = _floats(each.name, value)
    if len(numbers) not in each.widths:
        least, most = min(each.widths), max(each.widths)
        has = f"{least}" if least == most else f"{least} to {most}"
        count = counted(len(numbers), "number")
        raise refused(
            "G1025",
            f"`{each.name}` is given as {count}, and the network reads {has}",
            "what is given is the same in all rows; what is not, is a column",
        )
    return tuple(_given_number(each.domain, each.name, number) for number in numbers)


def _given_number(domain: Domain, name: str, number: float) -> float:
    if domain.is_index:
        last = domain.first_code + domain.count - 1
        if not number.is_integer() or not domain.first_code <= number <= last:
            raise refused(
                "G1024",
                f"`{name}` is given as {number:g}, no member",
                f"codes are {domain.first_code} to {last}",
            )
        return number - domain.first_code
    _check_domain(domain, np.array([number]), name, lambda _: "what is given")
    return number


def _floats(name: str, value: Any) -> tuple[float, ...]:
    try:
        found = np.asarray(value, np.float64).ravel()
    except (TypeError, ValueError):
        raise refused("G1024", f"`{name}` is given as {spell(value)}, no number") from None
    if not np.isfinite(found).all():
        raise refused("G1024", f"`{name}` is given as {spell(value)}, not finite")
    return tuple(found.tolist())


def _check_names(
    table: Table, columns: Sequence[str], given: Mapping[str, Any], taken: str | None
) -> None:
    twice = next((name for name in columns if list(columns).count(name) > 1), None)
    if twice is not None:
        raise refused("G1025", f"`{twice}` is named twice among the columns", "name each once")
    for name in columns:
        if name == taken:
            message = f"`{name}` is the target, and named among the columns of the inputs"
            raise refused("G1025", message, "name those of the inputs alone")
        if name in table.columns:
            continue
        if name in given:
            help = "leave it out of the columns"
            raise refused("G1025", f"`{name}` is given for all rows, and is no column", help)
        raise no_column(name, table.origin, tuple(table.columns))


def _in_order(inputs: Sequence[Input], columns: Sequence[str]) -> dict[str, tuple[str, ...]]:
    least = sum(min(each.widths) for each in inputs)
    latent = next((each for each in inputs if each.is_latent), None)
    if len(columns) < least and latent is not None:
        message = f"{counted(len(columns), 'column')} named, and the network reads {least} or more"
        raise refused("G1025", message, for_all_rows(latent.name))
    fixed = sum(each.widths[0] for each in inputs if not each.is_ranged)
    found, start = {}, 0
    for each in inputs:
        width = len(columns) - fixed if each.is_ranged else each.widths[0]
        if width not in each.widths:
            raise too_many(each.name, width, each.widths)
        found[each.name] = tuple(columns[start : start + width])
        start += width
    if start != len(columns):
        raise too_many(None, len(columns), (start,))
    if any(len(found[each.name]) not in each.widths for each in inputs):
        raise too_many(None, len(columns), (fixed,))
    return found


def _by_name(
    inputs: Sequence[Input], free: Sequence[str], table: Table
) -> dict[str, tuple[str, ...]]:
    found = {each.name: _named(each, free) for each in inputs}
    absent = [each for each in inputs if found[each.name] is None]
    used = {name for names in found.values() if names is not None for name in names}
    rest = tuple(name for name in free if name not in used)
    arrays = [each for each in absent if each.labels != ("",)]
    if len(absent) == 1 and arrays and rest:
        if len(rest) not in arrays[0].widths:
            raise too_many(arrays[0].name, len(rest), arrays[0].widths, rest)
        found[arrays[0].name] = rest
    elif absent:
        raise no_column(absent[0].column(0), table.origin, rest, absent[0].is_latent)
    return {name: names for name, names in found.items() if names is not None}


def _named(each: Input, free: Sequence[str]) -> tuple[str, ...] | None:
    for width in reversed(each.widths):
        found = [
            next((name for name in _spellings(each, i) if name in free), None) for i in range(width)
        ]
        names = tuple(name for name in found if name is not None)
        if len(names) == width:
            more = [name for name in free if _number_in(name, each.name) >= width]
            if more:
                raise too_many(each.name, width + len(more), each.widths, (*names, *more))
            return names
    return None


def _number_in(column: str, name: str) -> int:
    """The 3 of `X[3]`; -1 if the column is called otherwise."""
    inner = column.removeprefix(f"{name}[").removesuffix("]")
    return int(inner) if inner.isdecimal() and column == f"{name}[{inner}]" else -1


def _spellings(each: Input, number: int) -> tuple[str, ...]:
    label = each.labels[number]
    if not label:
        return (each.name,)
    bare = () if label.isdecimal() else (label,)
    return (f"{each.name}[{label}]", f"{each.name}[{number}]", f"{each.name}.{label}", *bare)


def unread_notes(layout: Layout, table: Table, taken: str | None) -> list[Diagnostic]:
    """Return which columns of a table are no input and no target."""
    read = {name for names in layout.sources.values() for name in names} | {taken}
    rest = [name for name in table.columns if name not in read]
    if not rest:
        return []
    verb = "is" if len(rest) == 1 else "are"
    if said := [name for name in rest if name in layout.given]:
        return [
            Diagnostic(
                "G1016",
                f"what is given for all rows is read, and not {listed(said, 6)} of {table.origin}",
                help="leave out the column, or what is given",
            )
        ]
    return [
        Diagnostic(
            "G1016",
            f"{listed(rest, 6)} of {table.origin} {verb} not read",
            notes=(f"the network's inputs are {listed([e.name for e in layout.inputs])}",),
            help="leave out what is no input; a prior with more inputs needs a network of its own",
        )
    ]


# --- numbers ---------------------------------------------------------------------------------


def matrix(layout: Layout, table: Table) -> Floats:
    """Return the inputs [row, column] of a table's rows.

    Raises:
        DiagnosticError: if an entry is missing, no number, or not what the prior may have.
    """
    parts = []
    for each in layout.inputs:
        if each.name in layout.given:
            row = np.asarray(layout.given[each.name])
            parts.append(np.broadcast_to(row, (table.length, len(row))))
            continue
        for name in layout.sources[each.name]:
            column, members = _column(each, name, table), layout.members.get(name)
            found = values_of(each.domain, column, table, members, has_gaps=each.has_gaps)
            parts.append(found[:, None])
    return np.concatenate(parts, axis=1) if parts else np.zeros((table.length, 0))


def _column(each: Input, name: str, table: Table) -> RawArray:
    """A column of a table; of what is the same in all rows, also a number that stands for all."""
    if name in table.columns:
        return table.columns[name]
    if each.is_per_row or name not in table.scalars:
        raise no_column(name, table.origin, tuple(table.columns), each.is_latent)
    one = table.scalars[name]
    return RawArray(name, np.full(table.length, one.values), one.origin, ())


def values_of(
    domain: Domain,
    column: RawArray,
    table: Table,
    members: tuple[object, ...] | None = None,
    *,
    has_gaps: bool = False,
) -> Floats:
    """Return the numbers of a column, of members their positions; NaN where there is a gap.

    Raises:
        DiagnosticError: as :func:`matrix`.
    """
    if members is not None:
        return _positions(column, table, members, has_gaps=has_gaps)
    kind = domain.type.kind if not domain.is_index else Kind.INT
    found = plain(column, kind, table, has_gaps=has_gaps)
    if domain.is_index:
        found = found - domain.first_code
        domain = Domain(domain.type, 0.0, float(domain.count - 1))
    _check_domain(domain, found, column.name, table.place)
    return found


def plain(column: RawArray, kind: Kind, table: Table, *, has_gaps: bool = False) -> Floats:
    """Return the numbers of a column; NaN where one is missing, if it may be.

    Raises:
        DiagnosticError: if one is missing or no number of the kind.
    """
    found, missing, faults = numbers(column.values, kind, is_text=column.is_text)
    if faults:
        row, fault = next(iter(faults.items()))
        raise refused(
            "G1024",
            f"`{column.name}` {fault.reason}, in {table.place(row)}",
            fault.help or "put in a number, or leave the row out",
        )
    if missing.any() and not has_gaps:
        rows = np.flatnonzero(missing)
        raise refused(
            "G1024",
            f"`{column.name}` is missing in {table.place(int(rows[0]))}"
            + (f" and {counted(len(rows) - 1, 'more row')}" if len(rows) > 1 else ""),
            "leave these rows out, or put in what you know; inputs may be missing where the block"
            " has a line `missing`",
        )
    return np.where(missing, np.nan, np.asarray(found, np.float64))


def _check_domain(domain: Domain, values: Floats, name: str, place: Any) -> None:
    is_low = values <= domain.lower if domain.is_lower_strict else values < domain.lower
    is_high = values >= domain.upper if domain.is_upper_strict else values > domain.upper
    bad = np.flatnonzero(is_low | is_high | np.isinf(values))
    if len(bad):
        row = int(bad[0])
        has_bound = bool(str(domain)) and np.isfinite(values[row])
        must = f"the prior has it {domain}" if has_bound else "it has to be finite"
        raise refused("G1024", f"`{name}` is {values[row]:g} in {place(row)}", must)


def _members(layout: Layout, table: Table) -> dict[str, tuple[object, ...]]:
    """The labels of columns of members: the program's, or those of the context in their order."""
    found: dict[str, tuple[object, ...]] = {}
    for each in layout.inputs:
        if not each.domain.is_index or each.name in layout.given:
            continue
        for name in layout.sources[each.name]:
            labels = labels_of(each.domain, table.columns[name])
            if labels is not None:
                found[name] = labels
    return found


def labels_of(domain: Domain, column: RawArray) -> tuple[object, ...] | None:
    """Return the labels of a column of members; `None` where it has their codes.

    Raises:
        DiagnosticError: if there are more than the prior has members.
    """
    is_empty = all(map(is_gap, column.values.tolist()))
    if is_numeric(column) and not (is_empty and domain.members is not None):
        return None
    if domain.members is not None:
        return domain.members
    labels = tuple(sorted(distinct(column.values), key=str))
    if len(labels) > domain.count:
        raise refused(
            "G1028",
            f"`{column.name}` has {len(labels)} different values, and the prior {domain.count}",
            f"they are {listed(labels, 6)}",
        )
    return labels


def is_numeric(column: RawArray) -> bool:
    """Whether a column has numbers, spelled or not; what is missing counts as one."""
    return not numbers(column.values, Kind.REAL, is_text=column.is_text)[2]


def distinct(values: Array) -> list[object]:
    """The different values that are there."""
    return list(dict.fromkeys(v for v in values.tolist() if not is_gap(v)))


def is_gap(value: object) -> bool:
    """Whether nothing is there: `None`, NaN, text without a letter."""
    return value is None or value != value or (isinstance(value, str) and not value.strip())


def _positions(
    column: RawArray, table: Table, members: tuple[object, ...], *, has_gaps: bool
) -> Floats:
    places = {str(label): float(i) for i, label in enumerate(members)}
    found = [
        np.nan if has_gaps and is_gap(value) else places.get(str(value).strip())
        for value in column.values.tolist()
    ]
    for row, value in enumerate(found):
        if value is None:
            said = spell(column.values[row])
            raise refused(
                "G1028",
                f"`{column.name}` is {said} in {table.place(row)}, which the context does not have",
                f"known are {listed(members, 6)}",
            )
    return np.asarray(found, np.float64)
