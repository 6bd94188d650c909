"""Entries of a discrete quantity that are read together: one state for each configuration.

`all[attribute](skill or not Q)` reads `skill` at every attribute. With A attributes of two values
each, the state is a number below 2^A, of which the values are the digits.
"""

from __future__ import annotations

from gendsl.diagnostics.source import Span
from gendsl.ir.expr import Const, Coordinate, Dims, Expr, Op, Size
from gendsl.ir.program import Equation, EquationRole, HiddenSite, Program, Recurrence
from gendsl.ir.types import INT, Kind


def values_by_state(site: HiddenSite, span: Span) -> Equation:
    """The values by state and by entry: the digits of the state, to the base of their number."""
    place: Expr = Coordinate(site.together[0])
    for dim in site.together[1:]:
        scaled = Op("*", (place, Size(dim)), place.dims, INT)
        place = Op("+", (scaled, Coordinate(dim)), (*place.dims, dim), INT)
    dims = (site.states, *site.together)
    unit = Op("^", (site.count, place), site.together, INT)
    rest = Op("//", (Coordinate(site.states), unit), dims, INT)
    digit: Expr = Op("%", (rest, site.count), dims, INT)
    if site.type.kind is not Kind.INDEX and site.least != Const(0, INT):
        digit = Op("+", (site.least, digit), dims, INT)
    return Equation(site.values, dims, site.type, digit, EquationRole.LET, None, span)


def runs_along(name: str, dims: Dims, program: Program) -> bool:
    """Whether a site is a series along one of these dimensions."""
    return any(
        node.dim in dims and any(series.name == name for series in node.series)
        for node in program.nodes
        if isinstance(node, Recurrence)
    )
