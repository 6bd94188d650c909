"""Discrete data with missing values, as a hidden quantity of which some values are known.

`data z[row] : kind?` with `z[row] ~ Categorical(w)`, read by other statements, becomes a latent
`z.whole[row] ~ Categorical(w)` that they read instead, and the evidence log(z == z.whole) where z
is known: -inf for every state but the observed one. Summing `z.whole` out then sums over what is
missing alone. Where nothing else reads the data, missing entries are scored around as ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gendsl.analysis.hidden_data import hidden_scores
from gendsl.ir.expr import Expr, Op, Ref
from gendsl.ir.program import (
    Data,
    Equation,
    Factor,
    Node,
    Program,
    Recurrence,
    Sample,
    SampleRole,
    Series,
)  # fmt: skip
from gendsl.ir.rewrite import Choose, rewritten_recurrence, rewritten_statement
from gendsl.ir.statements import mask
from gendsl.ir.types import BOOL, REAL
from gendsl.ir.walk import distribution_exprs, names_in

WHOLE = ".whole"
IS_KNOWN = ".is_known"
EVIDENCE = ".evidence"


def hide_missing(program: Program) -> Program:
    """The program in which discrete data that may be missing, and are read, are hidden."""
    for datum in program.data:
        scores = hidden_scores(datum, program)
        if scores:
            program = _hidden(datum, scores, program)
    return program


def _hidden(datum: Data, scores: Sequence[Sample], program: Program) -> Program:
    whole = datum.name + WHOLE

    def choose(expr: Expr) -> Expr | None:
        is_it = isinstance(expr, Ref) and expr.name == datum.name
        return replace(expr, name=whole) if is_it and isinstance(expr, Ref) else None

    latent = [_latent(score, whole, choose) for score in scores]
    nodes: list[Node] = []
    for node in program.nodes:
        if node is scores[-1]:
            nodes += [_together(datum, latent), _evidence(datum)]
        elif isinstance(node, Recurrence):
            nodes.append(rewritten_recurrence(node, choose))
        elif isinstance(node, Sample | Equation | Factor) and node not in scores:
            nodes.append(rewritten_statement(node, choose))
        elif node not in scores:
            nodes.append(node)
    is_known = mask(datum.name + IS_KNOWN, datum.dims, datum.span)
    data = tuple(replace(d, is_optional=False) if d is datum else d for d in program.data)
    return replace(program, data=(*data, is_known), nodes=tuple(nodes))


def _latent(score: Sample, name: str, choose: Choose) -> Sample:
    latent = replace(score, name=name, role=SampleRole.LATENT, value=None)
    rewritten = rewritten_statement(latent, choose)
    assert isinstance(rewritten, Sample)
    return rewritten


def _together(datum: Data, parts: Sequence[Sample]) -> Node:
    """One statement, or the start and the step of a series."""
    steps = [
        p for p in parts if any(p.name in names_in(e) for e in distribution_exprs(p.distribution))
    ]
    if not steps:
        return parts[0]
    (step,) = steps
    assert step.slice is not None
    starts = tuple(part for part in parts if part is not step)
    series = Series(
        step.name, datum.dims, datum.type, starts, replace(step, slice=None) if starts else step,
        step.span,
    )  # fmt: skip
    return Recurrence(step.slice.dim, (series,), step.span)


def _evidence(datum: Data) -> Factor:
    """The log of 1 where a state is the known value, of 0 where it is not."""
    given = Ref(datum.name, datum.dims, datum.type, datum.span)
    whole = Ref(datum.name + WHOLE, datum.dims, datum.type, datum.span)
    is_same = Op("==", (given, whole), datum.dims, BOOL, datum.span)
    value = Op("log", (is_same,), datum.dims, REAL, datum.span)
    where = Ref(datum.name + IS_KNOWN, datum.dims, BOOL, datum.span)
    return Factor(datum.name + EVIDENCE, value, where, datum.span)
