"""Puts entries where the settled dimensions say: axes in one order, rows by their keys."""

from __future__ import annotations

from collections import Counter
from itertools import permutations
from math import prod

import numpy as np
from numpy.typing import NDArray

from gendsl.data.given import entry, row_of
from gendsl.data.ledger import Claim, Ledger
from gendsl.data.problems import Problems
from gendsl.data.raw import Array, Labels
from gendsl.data.roots import root_of
from gendsl.data.values import Entries
from gendsl.data.wording import quote_all, shape_of, spell, spell_all
from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.wording import counted
from gendsl.ir.program import Data, Program

LARGEST_GRID = 1_000_000_000
Placed = tuple[Array, NDArray[np.bool_]]


def place(
    entries: Entries, values: Array, program: Program, ledger: Ledger, problems: Problems
) -> Placed | None:
    """The array and where it is missing, in the declared shape; `None` where an error was found.

    `values` are the entries as numbers (positions, for an index).
    """
    if entries.given.keys is not None:
        return _by_keys(entries, values, program, ledger, problems)
    if not _fits(entries, program, ledger, problems):
        return None
    missing = entries.missing
    for axis, (dim, labels) in enumerate(
        zip(entries.given.data.dims, entries.given.labels, strict=True)
    ):
        settled = ledger.labels(root_of(program, dim))
        if labels is None or settled is None or labels == settled:
            continue
        if set(labels) != set(settled) or len(set(labels)) < len(labels):
            _report_labels(entries, dim, labels, settled, program, ledger, problems)
            return None
        at = {label: i for i, label in enumerate(labels)}
        order = [at[label] for label in settled]
        values, missing = np.take(values, order, axis), np.take(missing, order, axis)
    return values, missing


def _fits(entries: Entries, program: Program, ledger: Ledger, problems: Problems) -> bool:
    data = entries.given.data
    sizes = [ledger.size(root_of(program, dim)) for dim in data.dims]
    shape = entries.values.shape
    wrong = [i for i, (got, size) in enumerate(zip(shape, sizes, strict=True)) if got != size]
    if not wrong:
        return True
    claims = [ledger.claims[root_of(program, data.dims[i])] for i in wrong]
    secondary = tuple(p for claim in claims if claim.span != data.span for p in claim.pointer)
    others = " and ".join(dict.fromkeys(claim.who for claim in claims))
    needed = [s or 0 for s in sizes]
    if len(shape) == 1:
        message = (
            f"`{data.name}` has {counted(shape[0], 'entry', 'entries')} along `{data.dims[0]}`, "
            f"but {others} has {needed[0]}"
        )
    else:
        message = (
            f"`{data.name}[{', '.join(data.dims)}]` is {shape_of(shape)}, but {others} makes it "
            f"{shape_of(needed)}"
        )
    problems.error(
        "G0612",
        message,
        data.span,
        label=f"{shape_of(shape)} here ({entries.given.origin})",
        secondary=secondary,
        help=_transposed(shape, needed, data.dims)
        or _resized(data, [data.dims[i] for i in wrong], needed, claims[0]),
    )
    return False


def _transposed(shape: tuple[int, ...], needed: list[int], dims: tuple[str, ...]) -> str | None:
    if len(shape) < 2 or len(shape) > 5:
        return None
    for order in permutations(range(len(shape))):
        if [shape[i] for i in order] == needed:
            given = [""] * len(dims)
            for at, i in enumerate(order):
                given[i] = dims[at]
            return f"it fits if transposed: declare `[{', '.join(given)}]`, or turn the array round"
    return None


def _resized(data: Data, dims: list[str], needed: list[int], claim: Claim) -> str:
    if claim.is_array and claim.span != data.span:
        return (
            f"give both as many entries along {quote_all(dims)}, or declare a dimension of its "
            "own for one of them"
        )
    size = counted(needed[0], "entry", "entries") if len(needed) == 1 else shape_of(needed)
    if claim.is_array:
        return f"give {size}, or declare it over two dimensions"
    return f"give {size}, or correct {claim.who}"


def _report_labels(
    entries: Entries,
    dim: str,
    labels: Labels,
    settled: Labels,
    program: Program,
    ledger: Ledger,
    problems: Problems,
) -> None:
    data = entries.given.data
    claim = ledger.label_claims[root_of(program, dim)]
    members = set(settled)
    strange = [v for v in labels if v not in members]
    repeated = [v for v, times in Counter(labels).items() if times > 1]
    if strange:
        message = (
            f"`{data.name}` has {spell_all(strange)} along `{dim}`, which {claim.who} does not have"
        )
    else:
        message = f"`{data.name}` repeats {spell_all(repeated)} along `{dim}`"
    problems.error(
        "G0613",
        message,
        data.span,
        label="labelled otherwise",
        secondary=() if claim.span is None else (Label(claim.span, f"has {spell_all(settled)}"),),
    )


def _by_keys(
    entries: Entries, values: Array, program: Program, ledger: Ledger, problems: Problems
) -> Placed | None:
    given = entries.given
    data = given.data
    roots = [root_of(program, dim) for dim in data.dims]
    settled = [ledger.labels(root) for root in roots]
    if (
        given.keys is None
        or any(labels is None for labels in settled)
        or ledger.faulty & set(roots)
    ):
        return None
    shape = tuple(len(labels or ()) for labels in settled)
    total = prod(shape)
    if total > LARGEST_GRID:
        _report_grid(entries, total, problems)
        return None
    where = np.zeros(values.shape[0], dtype=np.int64)
    for keys, labels in zip(given.keys, settled, strict=True):
        at = {label: i for i, label in enumerate(labels or ())}
        where = where * len(at) + np.array([at[key] for key in keys.tolist()], dtype=np.int64)
    filled, rows, inverse = np.unique(where, return_index=True, return_inverse=True)
    labelled = tuple(settled)
    if not _is_consistent(entries, values, where, rows[inverse], shape, labelled, problems):
        return None
    if len(filled) < total and not data.is_optional:
        gap = int(np.argmax(np.append(filled, -1) != np.arange(len(filled) + 1)))
        _report_absent(entries, gap, total - len(filled), shape, labelled, problems)
        return None
    made = np.zeros(total, dtype=values.dtype)
    missing = np.ones(total, dtype=np.bool_)
    made[filled], missing[filled] = values[rows], entries.missing[rows]
    return made.reshape(shape), missing.reshape(shape)


def _is_consistent(
    entries: Entries,
    values: Array,
    where: NDArray[np.int64],
    original: NDArray[np.int64],
    shape: tuple[int, ...],
    labels: tuple[Labels | None, ...],
    problems: Problems,
) -> bool:
    given = entries.given
    again = original != np.arange(len(where))
    if not again.any():
        return True
    differs = again & (
        (values != values[original]) | (entries.missing != entries.missing[original])
    )
    if given.is_repeated and not differs.any():
        return True
    row = int(np.flatnonzero(differs if given.is_repeated else again)[0])
    before = int(original[row])
    table = given.table
    if table is None:
        return False
    called = entry(given.data, shape, labels, int(where[row]))
    if given.is_repeated:
        raw = given.values
        problems.error(
            "G0608",
            f"`{called}` is {spell(raw[before])} on {row_of(table, before)}, but {spell(raw[row])} "
            f"on {row_of(table, row)}",
            given.data.span,
            label=f"has one value for each {quote_all(given.data.dims)}",
        )
    else:
        more = int(again.sum()) - 1
        problems.error(
            "G0606",
            f"`{called}` stands twice: on {row_of(table, before)} and on {row_of(table, row)}",
            given.data.span,
            label=f"has one entry for each {' and '.join(f'`{d}`' for d in given.data.dims)}",
            notes=(f"{counted(more, 'more row')} like it",) if more else (),
        )
    return False


def _report_absent(
    entries: Entries,
    gap: int,
    absent: int,
    shape: tuple[int, ...],
    labels: tuple[Labels | None, ...],
    problems: Problems,
) -> None:
    data = entries.given.data
    more = absent - 1
    problems.error(
        "G0607",
        f"there is no row for `{entry(data, shape, labels, gap)}` in {entries.given.origin}",
        data.span,
        label=f"needs {shape_of(shape)} entries",
        notes=(f"{counted(more, 'more entry', 'more entries')} of {prod(shape)} have none",)
        if more
        else (),
        help=f"add the rows, or declare `{data.type}?` if entries may be missing",
    )


def _report_grid(entries: Entries, total: int, problems: Problems) -> None:
    data = entries.given.data
    problems.error(
        "G0607",
        f"`{data.name}[{', '.join(data.dims)}]` would have "
        f"{counted(total, 'entry', 'entries')}, and {entries.given.origin} "
        f"has {counted(entries.values.size, 'row')}",
        data.span,
        label="has an entry for every combination",
        help="declare it over its rows, with an index for each dimension: "
        f"`data {data.name}[row] : {data.type}`, `data {data.dims[0]}_of[row] : {data.dims[0]}`",
    )
