"""Settles a dimension from the key columns of tables."""

from __future__ import annotations

from collections.abc import Hashable

from gendsl.data.labels import members, sort_labels
from gendsl.data.ledger import Claim, Ledger
from gendsl.data.question import Question, fit_first
from gendsl.data.raw import RawArray
from gendsl.data.roots import kin_of
from gendsl.data.wording import spell_all
from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span
from gendsl.diagnostics.wording import counted
from gendsl.ir.program import Dimension


def settle_from_keys(question: Question, root: Dimension, ledger: Ledger) -> None:
    """Key columns: the members are all the labels that they hold together."""
    program = question.program
    kin = {d.name for d in kin_of(program, root.name)}
    found: list[Hashable] = []
    who, span = "", None
    is_once = True
    for entries in question.entries:
        given = entries.given
        if given.keys is None:
            continue
        for dim, keys, source in zip(given.data.dims, given.keys, given.key_sources, strict=True):
            if dim not in kin:
                continue
            column = keys.tolist()
            distinct = set(column)
            listed = members(column, source.categories, is_ordered=root.is_ordered)
            listed = [v for v in listed if v in distinct]
            is_once = is_once and (len(distinct) == len(column) or root.is_ordered)
            if set(listed) - set(found):
                found = list(dict.fromkeys([*found, *listed]))
                who, span = who or f"`{given.data.name}`", span or given.data.span
    if not found:
        return
    has_categories = any(source.categories for source in _sources(question, kin))
    is_numeric = all(isinstance(v, int | float) for v in found)
    if not has_categories and (is_numeric or not is_once):
        found = sort_labels(found)
    standing = ledger.labels(root.name)
    if standing is None:
        first = ledger.claims.get(root.name)
        if first is None:
            ledger.name_members(root.name, fit_first(question, root, found), who, span)
            return
        if first.size == len(found) and (not first.is_array or _are_positions(found)):
            ledger.name_members(root.name, tuple(found), who, span)
            return
        ledger.faulty.add(root.name)
        if first.size == len(found):
            _report_unnamed(question, root, first, who, found, span)
            return
        question.problems.error(
            "G0612",
            f"`{root.name}` has {counted(len(found), 'label')} beside {who}, but "
            f"{counted(first.size, 'member')} in {first.who}",
            span,
            label=f"placed by {counted(len(found), 'label')}",
            secondary=first.pointer,
        )
        return
    members_there = set(standing)
    strange = [v for v in found if v not in members_there]
    if strange:
        first = ledger.label_claims[root.name]
        ledger.faulty.add(root.name)
        question.problems.error(
            "G0613",
            f"`{root.name}` has no member {spell_all(strange)} in {first.who}, but {who} has",
            span,
            label="placed by that label",
            secondary=()
            if first.span is None
            else (Label(first.span, f"has {spell_all(standing)}"),),
        )


def _sources(question: Question, kin: set[str]) -> list[RawArray]:
    return [
        source
        for entries in question.entries
        for dim, source in zip(entries.given.data.dims, entries.given.key_sources, strict=False)
        if dim in kin
    ]


def _are_positions(labels: list[Hashable]) -> bool:
    """Whether labels number the members from 0 or 1, so that an array without labels has them."""
    return labels in (list(range(len(labels))), list(range(1, len(labels) + 1)))


def _report_unnamed(
    question: Question,
    root: Dimension,
    first: Claim,
    who: str,
    found: list[Hashable],
    span: Span | None,
) -> None:
    question.problems.error(
        "G0613",
        f"{who} is placed by the labels of `{root.name}`, but nothing says which of the "
        f"{first.size} in {first.who} is which",
        span,
        label=f"placed by {spell_all(found)}",
        secondary=first.pointer,
        help=f"list the labels in order, in an entry `{root.name}` of the data, or give "
        f"{first.who} a column `{root.name}` too",
    )
