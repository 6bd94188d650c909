"""Whole numbers where a parameter is real: NumPyro's samplers of counts take floats alone."""

from __future__ import annotations

from dataclasses import replace

from gendsl.ir.expr import Const, ConstArray, Expr, Op
from gendsl.ir.types import REAL, Kind


def as_real(expr: Expr) -> Expr:
    """The expression, its value a float: `if(b, 1, 0)` becomes `if(b, 1.0, 0.0)`."""
    if expr.type.kind not in (Kind.INT, Kind.BOOL):
        return expr
    match expr:
        case Const(value=value):
            return replace(expr, value=float(value), type=REAL)
        case ConstArray(items=items):
            return replace(expr, items=tuple(map(as_real, items)), type=REAL)
        case Op(name="if", arguments=(condition, first, second)):
            chosen = (condition, as_real(first), as_real(second))
            return replace(expr, arguments=chosen, type=REAL)
        case _:
            return Op("*", (Const(1.0, REAL), expr), expr.dims, REAL, expr.span)
