"""What stands beside the array literals of an expression: the dimensions that they do not take."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from gendsl.frontend import ast
from gendsl.ir.expr import Dims
from gendsl.ir.functions import DIM_FUNCTIONS
from gendsl.resolve.build import number
from gendsl.resolve.failure import attempt_each
from gendsl.resolve.symbols import Context

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions


def has_literal(node: ast.Expr) -> bool:
    """Whether there is an array literal anywhere in an expression."""
    return isinstance(node, ast.Array) or any(map(has_literal, _parts(node)))


def read_place(expressions: Expressions, node: ast.Expr, context: Context) -> Context:
    """The context of a whole expression, in which its literals know what stands beside them."""
    place = context.literals
    taken = dims_beside(expressions, node, context) if has_literal(node) else ()
    return replace(context, place=replace(place, taken=(*place.taken, *taken), is_read=True))


def dims_beside(expressions: Expressions, node: ast.Expr, context: Context) -> Dims:
    """The dimensions of all parts of an expression that are no array literals.

    Parts without a literal are read as they will be again; what is wrong is reported once.
    """
    if not has_literal(node):
        if isinstance(node, ast.String):
            return ()
        if isinstance(node, ast.Name) and _is_dimension(expressions, node.id, context):
            return (node.id,)
        return expressions.resolve(node, context).dims
    match node:
        case ast.DimCall():
            return _of_dim_call(expressions, node, context)
        case ast.Index(base, items):
            named = {item.dim for item in items}
            own = [d for d in dims_beside(expressions, base, context) if d not in named]
            return (*own, *_of_each(expressions, [item.value for item in items], context))
        case _:
            return _of_each(expressions, _parts(node), context)


def _is_dimension(expressions: Expressions, name: str, context: Context) -> bool:
    """Whether a name is that of a dimension, as in `state == "calm"`."""
    symbols = expressions.symbols
    return name in symbols.dims and name not in (*context.bindings, *symbols.quantities)


def _of_each(expressions: Expressions, nodes: Iterable[ast.Expr], context: Context) -> Dims:
    found = attempt_each(lambda part: dims_beside(expressions, part, context), nodes)
    return tuple(dict.fromkeys(d for dims in found for d in dims))


def _of_dim_call(expressions: Expressions, node: ast.DimCall, context: Context) -> Dims:
    """What is left after a reduction; a running number is any of those that it takes."""
    running = [b for b in node.binders if b.lower is not None]
    over = tuple(b.dim for b in node.binders if b.lower is None)
    inner = context.within(over)
    for binder in running:
        first = binder.lower.value if isinstance(binder.lower, ast.Number) else 1
        inner = inner.binding(binder.dim, number(first, binder.span))
    found = _of_each(expressions, [a.value for a in node.arguments], inner)
    groups = [b.by for b in node.binders if b.by is not None]
    into = [expressions.resolve(by, inner).type.dim for by in groups]
    row = DIM_FUNCTIONS.get(node.function.id)
    kept = found if row is not None and row.keeps else [d for d in found if d not in over]
    return (*kept, *(dim for dim in into if dim is not None))


def _parts(node: ast.Expr) -> tuple[ast.Expr, ...]:
    """The expressions directly inside one."""
    match node:
        case ast.Name() | ast.Number() | ast.String():
            return ()
        case ast.Unary(operand=operand):
            return (operand,)
        case ast.Binary(left=left, right=right):
            return (left, right)
        case ast.Call(arguments=arguments) | ast.DimCall(arguments=arguments):
            return tuple(a.value for a in arguments)
        case ast.Index(base, items):
            return (base, *(item.value for item in items))
        case ast.Array(items):
            return items
