"""Names among the data that the model does not declare: one note, or a warning of a slip."""

from __future__ import annotations

from collections.abc import Set

from gendsl.data.problems import Problems
from gendsl.data.raw import RawData, names_in
from gendsl.data.wording import nearest_label, quote_all
from gendsl.ir.program import Program


def report_unused(
    program: Program,
    raw: RawData,
    used: Set[str],
    kept: Set[str] | None,
    problems: Problems,
) -> None:
    """Says what of the data nothing reads.

    That is a note, as one file may serve several models. It is a warning where such a name is
    nearly that of data that are not given, or where nothing of new data is read at all. `kept` are
    the data of an earlier fit that stand for what is not given; none outside of predictions.
    """
    given = [name for name in names_in(raw) if name not in (kept or ())]
    dimensions = {dimension.name for dimension in program.dimensions}
    extra = [name for name in given if name not in used and name not in dimensions]
    open_ = [d.name for d in program.data if d.name not in given and not d.is_fixed]
    slips = {name: near for name in extra if (near := nearest_label(name, open_)) is not None}
    for name, near in slips.items():
        problems.note(
            "G0849",
            f"`{name}` is not used: `{program.name}` declares no data of that name",
            help=f"did you mean `{near}`? It is not among the data",
        )
    others = [name for name in extra if name not in slips]
    if others and not slips and kept is not None and extra == given:
        names = quote_all(extra)
        declared = [d.name for d in program.data if not d.is_fixed and not d.is_matched]
        problems.note(
            "G0849",
            f"nothing of the new data is used: `{program.name}` declares no data {names}",
            help=f"the data of `{program.name}` are {quote_all(declared)}" if declared else None,
        )
    elif others:
        problems.note("G0630", f"not used by `{program.name}`: {quote_all(others)}")
