"""Tables that hold nothing but dimensions' labels: they list the members."""

from __future__ import annotations

from collections.abc import Iterator

from gendsl.data.labels import labels_of, members
from gendsl.data.ledger import Claim, Ledger
from gendsl.data.question import Question, fit_first
from gendsl.data.raw import RawData, RawTable
from gendsl.data.roots import root_of
from gendsl.data.wording import spell_all
from gendsl.diagnostics.wording import counted
from gendsl.ir.program import Program


def tables_of_labels(program: Program, raw: RawData) -> Iterator[RawTable]:
    """The tables all of whose columns are called as dimensions, none as declared data."""
    dims = {dimension.name for dimension in program.dimensions}
    data = {datum.name for datum in program.data}
    for table in raw.tables:
        if table.columns and set(table.columns) <= dims - data:
            yield table


def settle_from_lists(question: Question, ledger: Ledger) -> None:
    """A column of labels that no declared array is read from lists its dimension's members."""
    program = question.program
    read = {
        (e.given.origin, column)
        for e in question.entries
        for column in (e.given.column, *(s.name for s in e.given.key_sources))
    }
    for table in tables_of_labels(program, question.raw):
        for name, column in table.columns.items():
            held = labels_of(column).tolist()
            if (table.origin, name) in read or not held or None in held:
                continue
            root = program.dimension(root_of(program, name))
            distinct = set(held)
            listed = members(held, column.categories, is_ordered=root.is_ordered)
            labels = fit_first(question, root, [v for v in listed if v in distinct])
            standing = ledger.labels(root.name)
            if standing is not None and distinct <= set(standing):
                continue
            claim = Claim(len(labels), labels, f"the column `{name}` of {table.origin}")
            first = ledger.claims.get(root.name)
            if standing is None and (first is None or first.size == claim.size):
                ledger.add(root.name, claim)
                continue
            ledger.faulty.add(root.name)
            assert first is not None
            question.problems.error(
                "G0612",
                f"`{root.name}` has {counted(first.size, 'member')} in {first.who}, "
                f"but {claim.who} lists {spell_all(labels)}",
                program.dimension(name).span,
                label="has these members",
                secondary=first.pointer,
            )
