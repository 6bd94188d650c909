"""Entries of data that two statements score: their likelihood would count twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.ir.expr import Const, Expr, Op, Ref
from gendsl.ir.program import Program, Sample, SampleRole


@dataclass(frozen=True, slots=True)
class Pair:
    """Two statements `data ~ ...` about the same data, in written order.

    It `is_sure` where they share entries whatever the data are.
    """

    data: str
    first: Sample
    second: Sample
    is_sure: bool


def pairs(program: Program) -> Iterator[Pair]:
    """Statements that may score the same entries, each with the first such statement before it.

    `observe data ~ ...` is none of them: it multiplies densities on purpose.
    """
    known: dict[str, list[Sample]] = {}
    for node in sorted(_plain(program), key=lambda site: site.span.start):
        assert isinstance(node.value, Ref)
        name = node.value.name
        earlier = known.setdefault(name, [])
        found = [(other, how) for other in earlier if (how := _shared(other, node)) is not False]
        sure = [other for other, how in found if how]
        if sure:
            yield Pair(name, sure[0], node, True)
        else:
            yield from (Pair(name, other, node, False) for other, _ in found)
        earlier.append(node)


def scored_twice(program: Program) -> Iterator[Diagnostic]:
    """Entries that two statements score, whatever the data are."""
    for pair in pairs(program):
        if pair.is_sure:
            yield overlap(pair, _place(pair))


def overlap(pair: Pair, place: str) -> Diagnostic:
    """What is said of two statements that score the same entries."""
    conditions = [site.where for site in (pair.first, pair.second) if site.where is not None]
    only = conditions[0] if len(conditions) == 1 else None
    text = only.span.text if only is not None and only.span is not None else None
    apart = (
        f"let the other hold elsewhere, `where not ({text})`"
        if text is not None
        else "drop one, or say by `where` which entries each is for"
    )
    return Diagnostic(
        "G0514",
        f"`{pair.data}` is scored twice{place}",
        pair.second.span,
        "the second statement",
        (Label(pair.first.span, "the first"),),
        help=f"{apart}; if the densities are to be multiplied, say so: `observe {pair.data} ~ ...`",
    )


def _place(pair: Pair) -> str:
    where = pair.second.where if pair.second.where is not None else pair.first.where
    text = where.span.text if where is not None and where.span is not None else None
    return f" where `{text}` holds" if text is not None else ""


def _plain(program: Program) -> Iterator[Sample]:
    """The statements whose left side is data, itself and not within `observe`."""
    for node in program.nodes:
        if not isinstance(node, Sample) or node.role is not SampleRole.OBSERVED:
            continue
        if not isinstance(node.value, Ref) or node.name.split(".")[0] == "observe":
            continue
        datum = program.datum(node.value.name)
        if datum is not None and not datum.is_fixed:
            yield node


def _shared(first: Sample, second: Sample) -> bool | None:
    """Whether two statements share entries: True or False where it is certain, else None."""
    along = _both_hold(first, second)
    if along is False:
        return False
    one, other = first.where, second.where
    if one is not None and other is not None and one != other:
        return False if _negated(one) == other or _negated(other) == one else None
    return along


def _both_hold(first: Sample, second: Sample) -> bool | None:
    """Whether there is a position at which both hold, by the parts of a dimension they are for."""
    one, other = first.slice, second.slice
    if one is None or other is None or one.dim != other.dim:
        return True
    bounds = [(one.start, other.stop), (other.start, one.stop)]
    if any(stop is not None and _begins_after(start, stop) for start, stop in bounds):
        return False
    edges = [edge for pair in bounds for edge in pair if edge is not None]
    return True if all(isinstance(edge, Const) for edge in edges) else None


def _begins_after(start: Expr | None, stop: Expr) -> bool:
    if start == stop:
        return True
    low = Const(0, stop.type) if start is None else start
    return isinstance(low, Const) and isinstance(stop, Const) and low.value >= stop.value


def _negated(expr: Expr) -> Expr | None:
    return expr.arguments[0] if isinstance(expr, Op) and expr.name == "not" else None
