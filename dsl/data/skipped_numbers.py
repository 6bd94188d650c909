"""`dim day : ordered from 1`, where the data list members that are not 1, 2, 3 and so on."""

from __future__ import annotations

from gendsl.data.ledger import Ledger
from gendsl.data.problems import Problems
from gendsl.data.roots import root_of
from gendsl.data.wording import spell_all
from gendsl.ir.program import Program


def note_skipped_numbers(program: Program, ledger: Ledger, problems: Problems) -> None:
    """Say which numbers are no members, where members are listed and the source counts them.

    Rows for them would need values that nobody gave; without them a shift goes across the gap.
    """
    for dimension in program.dimensions:
        root = root_of(program, dimension.name)
        labels, first = ledger.labels(root), dimension.first_code
        if not dimension.is_ordered or first is None or labels is None:
            continue
        numbers = [label for label in labels if isinstance(label, int)]
        skipped = set(range(first, max(numbers, default=first) + 1)) - set(numbers)
        if len(numbers) < len(labels) or not skipped:
            continue
        problems.note(
            "G0856",
            f"`{root}` counts from {first}, and {ledger.label_claims[root].who} lists no"
            f" {spell_all(sorted(skipped))}",
            help="a shift goes to the member before, across a gap: give these rows too, with"
            f" nothing where a value is missing (`real?`); or write `dim {root} : ordered` if the"
            " members are those that are listed",
        )
