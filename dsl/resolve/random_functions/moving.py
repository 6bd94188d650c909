"""Expressions along another dimension of the same members."""

from __future__ import annotations

from gendsl.ir.expr import Expr, Gather, IndexOf


def moved(expr: Expr, source: str, target: str) -> Expr:
    """The expression along another dimension of the same members."""
    if source not in expr.dims:
        return expr
    dims = tuple(target if d == source else d for d in expr.dims)
    return Gather(expr, ((source, IndexOf(target, source)),), dims, expr.type, expr.span)
