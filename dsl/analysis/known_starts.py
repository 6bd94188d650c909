"""Series of discrete quantities that start at a known value: `z[time = first] = 0`."""

from __future__ import annotations

from gendsl.analysis.states import States, difference, extreme, plus, states_together
from gendsl.ir.expr import Const, Expr, Op
from gendsl.ir.program import Equation, Factor, Program, Recurrence, Sample, SampleRole
from gendsl.ir.types import BOOL, INT, REAL, Kind
from gendsl.ir.walk import names_in


def known_starts(program: Program) -> dict[str, tuple[Equation, ...]]:
    """The starts that are equations, of each series whose step draws a discrete latent."""
    return {
        series.name: tuple(part for part in series.starts if isinstance(part, Equation))
        for node in program.nodes
        if isinstance(node, Recurrence)
        for series in node.series
        if isinstance(series.step, Sample)
        and series.step.role is SampleRole.LATENT
        and series.step.type.kind is not Kind.REAL
    }


def start_states(start: Equation, program: Program) -> States | None:
    """The values of a start; None where they are those of the step, or a state is impossible."""
    dim = None if start.slice is None else start.slice.dim
    return _values(start.value, dim, frozenset(datum.name for datum in program.data))


def _values(value: Expr, along: str | None, data: frozenset[str]) -> States | None:
    match value:
        case Const(number):
            return States(Const(int(number), INT), Const(1, INT))
        case Op("if", (_, *branches)):
            found = [_values(branch, along, data) for branch in branches]
            known = [each for each in found if each is not None]
            return states_together(known) if len(known) == len(found) else None
        case _ if value.type.kind is Kind.BOOL:
            return States(Const(0, INT), Const(2, INT))
        case _ if along in value.dims or not names_in(value) <= data:
            return None
        case _:
            least, most = extreme("min", value), extreme("max", value)
            return States(least, plus(difference(most, least), 1))


def certain(start: Equation, value: Expr, states: Expr) -> Factor:
    """The log of 1 for the state that is the start's value, of 0 for the others."""
    dims = tuple(dict.fromkeys((*value.dims, *states.dims)))
    is_start = Op("==", (states, value), dims, BOOL, start.span)
    log = Op("log", (is_start,), dims, REAL, start.span)
    return Factor(start.name, log, None, start.span, start.slice)
