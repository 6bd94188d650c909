"""Discrete data whose missing entries are hidden quantities, because other statements read them."""

from __future__ import annotations

from gendsl.ir.expr import Ref
from gendsl.ir.program import (
    Data,
    Equation,
    Factor,
    Node,
    Program,
    Recurrence,
    Sample,
    SampleRole,
)
from gendsl.ir.types import Kind
from gendsl.ir.walk import distribution_exprs, is_prediction, names_in, names_of


def hidden_scores(datum: Data, program: Program) -> tuple[Sample, ...]:
    """The statements that draw the data, if others read what may be missing; else none."""
    if not datum.is_optional or datum.type.kind is Kind.REAL:
        return ()
    scores = [node for node in program.nodes if _is_score(node, datum)]
    others = [node for node in program.nodes if not _is_score(node, datum)]
    of_itself = [node for node in scores if isinstance(node, Sample) and _reads_itself(node, datum)]
    readers = [node for node in others if datum.name in names_of(node)]
    is_size = any(d.size is not None and datum.name in names_in(d.size) for d in program.dimensions)
    is_read = bool(of_itself) or any(not is_prediction(node) for node in readers)
    is_plain = all(isinstance(n, Sample | Equation | Factor | Recurrence) for n in readers)
    found = tuple(node for node in scores if isinstance(node, Sample))
    if is_size or not is_read or not is_plain or any(node.event_dims for node in found):
        return ()
    if len(of_itself) > 1 or (not of_itself and len(found) != 1):
        return ()
    starts = [node for node in found if node not in of_itself]
    if of_itself and any(node.slice is None or node.slice.stop is None for node in starts):
        return ()
    return found


def _is_score(node: Node, datum: Data) -> bool:
    return (
        isinstance(node, Sample)
        and node.role is SampleRole.OBSERVED
        and isinstance(node.value, Ref)
        and node.value.name == datum.name
        and node.value.dims == datum.dims
    )


def _reads_itself(node: Sample, datum: Data) -> bool:
    return any(datum.name in names_in(expr) for expr in distribution_exprs(node.distribution))
