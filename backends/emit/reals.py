"""Whole numbers where a real is wanted: samplers of counts take floats alone, torch more so."""

from __future__ import annotations

from dataclasses import replace

from gendsl.backends.emit.scope import Scope
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


def where_strict(expr: Expr, scope: Scope) -> Expr:
    """The expression, as a real in a dialect whose functions of reals take no integers."""
    return as_real(expr) if scope.context.dialect.has_strict_types else expr


def of_one_type(left: Expr, right: Expr, scope: Scope) -> tuple[Expr, Expr]:
    """Factors of a product of matrices; in a strict dialect both are reals if one is."""
    if Kind.REAL not in (left.type.kind, right.type.kind):
        return left, right
    return where_strict(left, scope), where_strict(right, scope)
