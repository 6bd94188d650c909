"""Which functions the state-space solver can't take, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span
from gendsl.diagnostics.wording import listed
from gendsl.resolve.random_functions.kernels import Formula, OfCoordinates, SumOver, Term
from gendsl.resolve.random_functions.markov import not_markovian
from gendsl.resolve.random_functions.reading import Process
from gendsl.resolve.random_functions.table import KERNELS
from gendsl.resolve.symbols_of_functions import RandomFunction

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions

MARKOVIAN = tuple(row.name for row in KERNELS.values() if row.markov is not None)
"""The kernels with states."""


def require_markovian(expressions: Expressions, function: RandomFunction, process: Process) -> None:
    """Report a kernel that has no states, and points that are not on a line."""
    asked = process.solver.span
    where = () if asked is None else (Label(asked, "this solver is for Markovian kernels"),)
    part = not_markovian(process.kernel)
    if part is not None:
        what, span, why = _said(part)
        raise expressions.fail(
            "G0486",
            f"`{what}` is no Markovian kernel",
            span,
            why,
            secondary=where,
            help=f"Markovian are {listed(list(MARKOVIAN))}, their sums and products; or write"
            " `approx = exact`",
        )
    for each in function.evaluations:
        if each.inputs:
            raise expressions.fail(
                "G0487",
                f"the points of `{function.name}` are not on a line",
                each.span,
                f"a point has the coordinates [{', '.join(each.inputs)}]",
                secondary=where,
                help="states go from point to point: call it at numbers, `data x[row] : real`, or"
                " write `approx = exact`",
            )


def _said(part: Term | Formula | SumOver | OfCoordinates) -> tuple[str, Span, str]:
    """What a kernel is called, where it stands, and what it lacks."""
    match part:
        case Term(row, span=span):
            return row.name, span, "it has no finite number of states"
        case Formula(statement):
            return statement.name, statement.name_span, "a formula of your own"
        case SumOver(span=span):
            return span.text, span, "a sum over a dimension"
        case OfCoordinates(span=span):
            return span.text, span, "of some coordinates of a point"
