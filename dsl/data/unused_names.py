"""Names among the data that the model does not declare: one note, or a warning of a slip."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Set

from gendsl.data.problems import Problems
from gendsl.data.raw import RawData, names_in
from gendsl.data.wording import nearest_label, quote_all
from gendsl.diagnostics.wording import listed
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
    nearly that of data or a dimension that are not given, and an error where nothing of new data is
    read at all. `kept` are the data of an earlier fit that stand for what is not given; none
    outside of predictions.
    """
    given = [name for name in names_in(raw) if name not in (kept or ())]
    dimensions = {dimension.name for dimension in program.dimensions}
    extra = [name for name in given if name not in used and name not in dimensions]
    open_ = [d.name for d in program.data if d.name not in given and not d.is_fixed]
    if kept is not None:
        open_ += [name for name in _labelled(program) if name not in given]
    slips = {name: near for name in extra if (near := nearest_label(name, open_)) is not None}
    if extra and kept is not None and extra == given:
        _refuse(program, extra, slips, problems)
        return
    for name, near in slips.items():
        what = "" if program.datum(str(near)) else "the dimension "
        problems.note(
            "G0849",
            f"`{name}` is not used: `{program.name}` declares no data of that name",
            help=f"did you mean {what}`{near}`? It is not among the data",
        )
    others = [name for name in extra if name not in slips]
    if others:
        problems.note("G0630", f"not used by `{program.name}`: {quote_all(others)}")


def _labelled(program: Program) -> list[str]:
    """The dimensions whose labels data may give."""
    return [d.name for d in program.dimensions if d.labels is None and d.like is None]


def _refuse(
    program: Program, extra: list[str], slips: Mapping[str, Hashable], problems: Problems
) -> None:
    """New data of which nothing is used: what would be predicted are the rows of the fit."""
    declared = [d.name for d in program.data if not d.is_fixed and not d.is_matched]
    way = f"the data of `{program.name}` are {quote_all(declared)}" if declared else None
    if slips:
        way = f"did you mean {listed(slips.values())}?"
    problems.error(
        "G0854",
        f"nothing of the new data is used: `{program.name}` declares no data {quote_all(extra)}",
        help=way,
    )
