"""Index arrays: the dimension that their labels make, and the positions that they stand for."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
from numpy.typing import NDArray

from gendsl.data.labels import sort_labels
from gendsl.data.ledger import LARGEST_SIZE, Ledger
from gendsl.data.problems import Problems
from gendsl.data.question import Mode
from gendsl.data.raw import Labels
from gendsl.data.roots import kin_of, root_of
from gendsl.data.values import Entries
from gendsl.data.wording import nearest_label, spell, spell_all
from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.wording import counted, listed
from gendsl.ir.program import Program
from gendsl.ir.types import Kind


def settle_from_codes(
    program: Program, root: str, entries: tuple[Entries, ...], ledger: Ledger, problems: Problems
) -> None:
    """Names the members of a dimension by the index arrays into it, where nothing else has.

    If its size is known, plain integers count from 0 or from 1, whichever their ends show. If it
    is not, the members are the labels that occur, sorted; with `from`, all up to the largest.
    """
    indices = [e for e in entries if _points_into(program, e, root)]
    held = [_held(e) for e in indices]
    found: set[Hashable] = {v for part in held for v in part}
    if not found or ledger.labels(root) is not None or root in ledger.faulty:
        return
    size = ledger.size(root)
    first = next((d.first_code for d in kin_of(program, root) if d.first_code is not None), None)
    names = listed(e.given.data.name for e in indices)
    span = indices[0].given.data.span
    are_codes = all(type(v) is int for v in found)
    if size is None:
        categories = [v for e in indices for v in e.given.categories or ()]
        if first is not None and are_codes:
            top = max(v for v in found if isinstance(v, int))
            if top - first >= LARGEST_SIZE:
                ledger.faulty.add(root)
                problems.error(
                    "G0618",
                    f"the code {top} of {names} would make {top - first + 1} members of `{root}`",
                    span,
                    label=f"`dim {root}` counts from {first}",
                    help="without `from`, only the codes that occur are members",
                )
                return
            members: list[Hashable] = list(range(first, max(top, first) + 1))
        else:
            members = [*dict.fromkeys([*categories, *sort_labels(found - set(categories))])]
        if program.dimension(root).is_ordered and are_codes:
            _note_gaps(root, members, problems)
        ledger.name_members(root, tuple(members), names, span)
    elif are_codes:
        base = first if first is not None else _base(root, indices, size, ledger, problems)
        if base is not None:
            ledger.name_members(
                root,
                tuple(range(base, base + size)),
                ledger.claims[root].who,
                ledger.claims[root].span,
            )
    else:
        _name_by_text(root, indices, found, size, ledger, problems)


def positions(
    entries: Entries,
    program: Program,
    ledger: Ledger,
    problems: Problems,
    *,
    mode: Mode = "fit",
) -> NDArray[np.int64]:
    """The positions, from 0, of the labels that an index array holds; 0 where one is missing."""
    data = entries.given.data
    root = root_of(program, str(data.type.dim))
    labels = ledger.labels(root)
    made = np.zeros(entries.values.size, dtype=np.int64)
    if labels is None:
        return made.reshape(entries.values.shape)
    held = entries.values.ravel()
    spelled = _as_spelled(labels, entries)
    if spelled is not None:
        held = spelled
    elif _are_numbered_text(labels, entries):
        first = next(
            (d.first_code for d in kin_of(program, root) if d.first_code is not None), None
        )
        base = first if first is not None else _base(root, [entries], len(labels), ledger, problems)
        if base is None:
            return made.reshape(entries.values.shape)
        labels = tuple(range(base, base + len(labels)))
    at = {label: i for i, label in enumerate(labels)}
    codes, inverse = _distinct(held)
    table = np.array([at.get(code, -1) for code in codes], dtype=np.int64)
    made = table[inverse]
    made[entries.missing.ravel()] = 0
    unknown = np.flatnonzero(made < 0)
    if unknown.size:
        is_listed = labels is ledger.labels(root) and ledger.label_claims[root].who != "the fit"
        is_open = all(d.labels is None and d.size is None for d in kin_of(program, root))
        if mode == "predict" and is_open and is_listed:
            _report_unlisted(entries, unknown, root, ledger, problems)
        else:
            _report_unknown(entries, unknown, labels, root, ledger, problems)
    return made.reshape(entries.values.shape)


def _distinct(held: NDArray[np.generic]) -> tuple[list[Hashable], NDArray[np.int64]]:
    if held.dtype.kind == "i":
        codes, inverse = np.unique(held, return_inverse=True)
        return codes.tolist(), inverse
    seen: dict[Hashable, int] = {}
    order = [seen.setdefault(v, len(seen)) for v in held.tolist()]
    return list(seen), np.array(order, dtype=np.int64)


def _points_into(program: Program, entries: Entries, root: str) -> bool:
    data = entries.given.data
    is_index = data.type.kind is Kind.INDEX and data.type.dim is not None
    return is_index and root_of(program, str(data.type.dim)) == root


def _held(entries: Entries) -> list[Hashable]:
    held = entries.values[~entries.missing] if entries.missing.any() else entries.values.ravel()
    return _distinct(held)[0]


def _are_numbered_text(labels: Labels, entries: Entries) -> bool:
    """Whether plain integers index members whose labels are all text."""
    return entries.values.dtype.kind == "i" and all(isinstance(v, str) for v in labels)


def _as_spelled(labels: Labels, entries: Entries) -> NDArray[np.object_] | None:
    """The cells of a file as they stand there, where all are members, as `1` of "007" and "1"."""
    if not (entries.given.is_text and _are_numbered_text(labels, entries)):
        return None
    cells = entries.given.values.ravel()
    return cells if set(cells.tolist()) <= set(labels) else None


def _base(
    root: str, indices: list[Entries], size: int, ledger: Ledger, problems: Problems
) -> int | None:
    """What the codes call the first member: 0 if it occurs, 1 if `size` does; else an error."""
    codes = {v for e in indices for v in _held(e) if isinstance(v, int)}
    if 0 in codes and size not in codes:
        return 0
    if size in codes and 0 not in codes:
        return 1
    data = indices[0].given.data
    claim = ledger.claims[root]
    if 0 in codes:
        message = (
            f"the codes of `{data.name}` run from 0 to {size}, but `{root}` has "
            f"{counted(size, 'member')} in {claim.who}: {_where(indices, 0)} is 0 and "
            f"{_where(indices, size)} is {size}"
        )
        problems.error(
            "G0618",
            message,
            data.span,
            label="both ends occur",
            secondary=claim.pointer,
            help=f"count from 0 to {size - 1} or from 1 to {size}, or give `{root}` "
            f"{size + 1} members in {claim.who}",
        )
        return None
    if codes and (min(codes) < 0 or max(codes) > size):
        wrong = min(codes) if min(codes) < 0 else max(codes)
        problems.error(
            "G0618",
            f"{_where(indices, wrong)} is the code {wrong}, but `{root}` has "
            f"{counted(size, 'member')} in {claim.who}",
            data.span,
            label=f"indexes `{root}`",
            secondary=claim.pointer,
            help=f"count from 0 to {size - 1} or from 1 to {size}"
            + (f", or give `{root}` more members in {claim.who}" if wrong > 0 else ""),
        )
        return None
    problems.error(
        "G0617",
        f"the codes of `{data.name}` are from {min(codes)} to {max(codes)}, and `{root}` has "
        f"{counted(size, 'member')}: "
        "they may count from 0 or from 1",
        data.span,
        label="neither end occurs",
        secondary=claim.pointer,
        help=f"say which: `dim {root} : from 1` (or `from 0`)",
    )
    return None


def _where(indices: list[Entries], code: int) -> str:
    """How a message names the first entry that holds a code."""
    for entries in indices:
        held = (entries.values == code) & ~entries.missing
        if held.any():
            return entries.given.place(int(np.flatnonzero(held.ravel())[0]))
    raise ValueError(f"no index holds the code {code}")


def _name_by_text(
    root: str,
    indices: list[Entries],
    found: set[Hashable],
    size: int,
    ledger: Ledger,
    problems: Problems,
) -> None:
    """Text can name the members of a fixed size, but not those of an array in unknown order."""
    claim = ledger.claims[root]
    data = indices[0].given.data
    if not claim.is_array and len(found) == size:
        ledger.name_members(root, tuple(sort_labels(found)), f"`{data.name}`", data.span)
        return
    ledger.faulty.add(root)
    if claim.is_array:
        message = (
            f"`{data.name}` names members of `{root}`, but nothing says which of the {size} in "
            f"{claim.who} is which"
        )
    else:
        message = (
            f"`{data.name}` holds {counted(len(found), 'label')} of `{root}`, which has {size} "
            "members "
            f"in {claim.who}"
        )
    problems.error(
        "G0613",
        message,
        data.span,
        label=f"holds {spell_all(sort_labels(found))}",
        secondary=claim.pointer,
        help=f"list the labels in order, in an entry `{root}` of the data",
    )


def _report_unknown(
    entries: Entries,
    unknown: NDArray[np.int64],
    labels: Labels,
    root: str,
    ledger: Ledger,
    problems: Problems,
) -> None:
    given = entries.given
    flat = int(unknown[0])
    value = entries.values.ravel()[flat]
    value = value.item() if isinstance(value, np.generic) else value
    claim = ledger.label_claims[root]
    near = nearest_label(value, labels) if isinstance(value, str) else None
    help = None if near is None else f"did you mean {spell(near)}?"
    if any(str(v) == str(value) for v in labels):
        kind = "text" if isinstance(value, int) else "numbers"
        help = f"the labels are {kind}: write both in one way"
    more = len(unknown) - 1
    problems.error(
        "G0618",
        f"{given.place(flat)} is {spell(value)}, which is no member of `{root}` "
        f"({spell_all(labels)})",
        given.data.span,
        label=f"indexes `{root}`",
        secondary=() if claim.span is None else (Label(claim.span, "its members are from here"),),
        notes=(f"{counted(more, 'more entry', 'more entries')} like it",) if more else (),
        help=help,
    )


def _report_unlisted(
    entries: Entries,
    unknown: NDArray[np.int64],
    root: str,
    ledger: Ledger,
    problems: Problems,
) -> None:
    """New data that list a dimension say all of its members, those of the fit too."""
    given = entries.given
    claim = ledger.label_claims[root]
    absent = list(dict.fromkeys(entries.values.ravel()[unknown].tolist()))
    gives = f"new data give {claim.who}"
    if claim.span is not None:
        gives += f" over `{root}`"
    problems.error(
        "G0618",
        f"{gives}, so they must list every `{root}` that their rows refer to: "
        f"{spell_all(absent)} {'is' if len(absent) == 1 else 'are'} missing; see "
        f"{given.place(int(unknown[0]))}",
        given.data.span,
        label=f"indexes `{root}`",
        secondary=() if claim.span is None else (Label(claim.span, "its members are from here"),),
        help=f"add {'it' if len(absent) == 1 else 'them'} where the new data give {claim.who}, "
        "also where the fit knows the member",
    )


def _note_gaps(root: str, members: list[Hashable], problems: Problems) -> None:
    codes = [v for v in members if isinstance(v, int)]
    if codes and codes[-1] - codes[0] + 1 > len(codes):
        problems.note(
            "G0631",
            f"`{root}` is ordered and its codes have gaps: {counted(len(codes), 'member')} from "
            f"{codes[0]} to {codes[-1]}; "
            "a shift goes to the member before, across a gap",
            help=f"for one member for each number, write `dim {root} : ordered from {codes[0]}`",
        )
