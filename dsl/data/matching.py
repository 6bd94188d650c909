"""Finds, by name, what the data give for each declared array."""

from __future__ import annotations

from dataclasses import dataclass

from gendsl.data.given import Given
from gendsl.data.problems import Problems
from gendsl.data.raw import RawArray, RawData, RawTable, names_in
from gendsl.data.roots import root_of
from gendsl.data.tables import from_table
from gendsl.data.unused_names import report_unused
from gendsl.data.wording import nearest, quote_all, shape_of
from gendsl.ir.program import Data, Program
from gendsl.ir.types import Kind


@dataclass(frozen=True, slots=True)
class Matched:
    """What was found for each declared array, and the names of those that were not given."""

    givens: tuple[Given, ...]
    absent: frozenset[str]


def match(
    program: Program,
    raw: RawData,
    optional: frozenset[str],
    problems: Problems,
    kept: frozenset[str] | None = None,
) -> Matched:
    """Finds each declared array; what is missing is an error, what is left over is said.

    `kept` are the names that are an earlier fit's, when predicting.
    """
    used: set[str] = set()
    givens: list[Given] = []
    absent: list[Data] = []
    faulty: set[str] = set()
    for data in program.data:
        before = len(problems.errors)
        found = _find(program, data, raw, used, problems)
        givens.extend(found)
        if not found and len(problems.errors) > before:
            faulty.add(data.name)
        elif not found:
            absent.append(data)
    still = []
    for data in absent:
        found = _find_under_dimension(program, data, absent, raw, givens, optional, used, problems)
        givens.extend(found)
        if not found:
            still.append(data)
    _report_missing(program, [d for d in still if d.name not in optional], raw, used, problems)
    report_unused(program, raw, used, kept, problems)
    return Matched(tuple(givens), frozenset(d.name for d in still) | faulty)


def _find(
    program: Program, data: Data, raw: RawData, used: set[str], problems: Problems
) -> list[Given]:
    found: list[Given | None] = []
    if data.name in raw.arrays:
        used.add(data.name)
        found.append(from_array(program, data, raw.arrays[data.name], problems))
    for table in raw.tables:
        found.append(from_table(program, data, data.name, table, used, problems))
    return [given for given in found if given is not None]


def _find_under_dimension(
    program: Program,
    data: Data,
    absent: list[Data],
    raw: RawData,
    givens: list[Given],
    optional: frozenset[str],
    used: set[str],
    problems: Problems,
) -> list[Given]:
    """An index array may stand under the name of the dimension that it indexes."""
    into = _name_instead(data, absent)
    if into is None:
        return []
    array = raw.arrays.get(into)
    if array is not None and array.values.ndim == len(data.dims) > 0 and is_repeating(array):
        used.add(into)
        given = from_array(program, data, array, problems)
        return [] if given is None else [given]
    needed = [other for other in absent if other.name not in optional]
    tables = _tables_of_rows(program, data, into, needed, raw, givens)
    found = [from_table(program, data, into, table, used, problems) for table in tables]
    return [given for given in found if given is not None]


def _name_instead(data: Data, absent: list[Data]) -> str | None:
    """The dimension under whose name an absent index array may stand."""
    into = data.type.dim
    if data.type.kind is not Kind.INDEX or into in data.dims:
        return None
    return into if sum(other.type.dim == into for other in absent) == 1 else None


def _tables_of_rows(
    program: Program,
    data: Data,
    into: str,
    needed: list[Data],
    raw: RawData,
    givens: list[Given],
) -> list[RawTable]:
    """The tables in which the column `into` is the index array `data`, not the table's own key.

    These hold something else over the dimensions of `data`. A table that holds arrays over `into`
    alone is one of its members, unless there is nothing else that the rows could be.
    """
    tables = [table for table in raw.tables if into in table.columns]
    rows = [table for table in tables if _has_rows_of(program, data, table)]
    bare = [t for t in tables if not any(d.name in t.columns for d in program.data)]
    over = set(data.dims)
    is_elsewhere = any(over <= set(given.data.dims) for given in givens) or any(
        over <= set(other.dims) and other is not data for other in needed
    )
    return rows or bare or ([] if is_elsewhere else tables)


def _has_rows_of(program: Program, data: Data, table: RawTable) -> bool:
    return all(dim in table.columns for dim in data.dims) or any(
        set(data.dims) <= set(other.dims)
        and (other.name in table.columns or other.type.dim in table.columns)
        for other in program.data
        if other is not data
    )


def is_repeating(array: RawArray) -> bool:
    """Whether an entry stands twice: then it can't be a dimension's list of labels."""
    flat = array.values.ravel().tolist()
    return array.values.ndim != 1 or len(set(flat)) < len(flat)


def from_array(program: Program, data: Data, array: RawArray, problems: Problems) -> Given | None:
    """A dense array, its axes put in the declared order by their names where they have any."""
    if array.values.ndim != len(data.dims):
        _report_rank(data, array, problems)
        return None
    names = [axis.name for axis in array.axes]
    order = list(range(len(names)))
    if data.dims and set(names) == set(data.dims):
        order = [names.index(dim) for dim in data.dims]
    elif any(_is_dimension(program, n) for n in names) and not _are_kin(program, data, names):
        problems.error(
            "G0611",
            f"`{data.name}` in {array.origin} has the dimensions "
            f"[{', '.join(n or '?' for n in names)}], but is declared over "
            f"[{', '.join(data.dims)}]",
            data.span,
            label="declared here",
        )
        return None
    return Given(
        data,
        array.values.transpose(order),
        array.origin,
        array.is_text,
        tuple(array.axes[i].labels for i in order),
        array.name,
        categories=array.categories,
    )


def _is_dimension(program: Program, name: str | None) -> bool:
    return any(d.name == name for d in program.dimensions)


def _are_kin(program: Program, data: Data, names: list[str | None]) -> bool:
    return all(
        name is None
        or not _is_dimension(program, name)
        or root_of(program, name) == root_of(program, dim)
        for name, dim in zip(names, data.dims, strict=True)
    )


def _report_rank(data: Data, array: RawArray, problems: Problems) -> None:
    shape = array.values.shape
    got = shape_of(shape) if not shape else f"an array of shape {shape_of(shape)}"
    needs = f"one axis each for {quote_all(data.dims)}" if data.dims else "a single value"
    help = None
    if len(data.dims) == 1 and not shape:
        help = f"for a dimension with one member, give a list of one value: [{array.values.item()}]"
    surplus = len(shape) - len(data.dims)
    if not data.dims:
        help = f"declare its dimension: `data {data.name}[...]`"
    if surplus > 0 and shape.count(1) >= surplus:
        drop = "the axis of length 1" if surplus == 1 else f"{surplus} axes of length 1"
        if surplus < shape.count(1):
            drop = "an axis of length 1" if surplus == 1 else drop
        help = f"drop {drop}" + ("" if help is None else f", or {help}")
    problems.error(
        "G0611",
        f"`{data.name}` in {array.origin} is {got}, but its declaration asks for {needs}",
        data.span,
        label="declared here",
        help=help,
    )


def _report_missing(
    program: Program, missing: list[Data], raw: RawData, used: set[str], problems: Problems
) -> None:
    spare = [n for n in names_in(raw) if n not in used and not _is_dimension(program, n)]
    for data in missing:
        near = nearest(data.name, spare)
        into = _name_instead(data, missing)
        ways = []
        if near is not None:
            ways.append(f"the data have `{near}`: rename one of the two")
        elif into is not None:
            ways.append(f"give `{data.name}`")
        if into is not None:
            beside = f" in the table of `{data.dims[0]}`" if data.dims else ""
            ways.append(f"or a column `{into}`{beside}")
        held = names_in(raw)
        notes = (f"the data hold {quote_all(held)}" if held else "no data were given",)
        problems.error(
            "G0601",
            f"`{data.name}` is declared as data, but the data do not have it",
            data.span,
            label="declared here",
            notes=notes,
            help=", ".join(ways) or f"give `{data.name}`, {_shape(data)}",
        )


def _shape(data: Data) -> str:
    if not data.dims:
        return "a single value"
    axes = ", ".join(data.dims)
    of_table = f", or a column of the table of `{data.dims[0]}`" if len(data.dims) == 1 else ""
    return f"an array over [{axes}]{of_table}"
