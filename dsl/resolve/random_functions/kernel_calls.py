"""`base(log(x), log(y))`: kernels with names, called inside formulas of others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from gendsl.frontend import ast
from gendsl.ir.expr import Const, Coordinate, Dims, Expr, IndexOf, LabelOf, Size
from gendsl.ir.rewrite import rewritten
from gendsl.resolve.failure import attempt_each
from gendsl.resolve.random_functions.kernels import Kernel, named_kernel
from gendsl.resolve.symbols import Context

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions
    from gendsl.resolve.random_functions.covariance import Pair


def called_in(expressions: Expressions, formula: ast.Expr) -> tuple[Kernel, ...]:
    """The kernels that a formula calls, each once."""
    symbols = expressions.symbols
    for name in _called(formula):
        if name.id in symbols.networks or name.id in symbols.random_functions:
            raise expressions.fail(
                "G0471",
                f"`{name.id}` is called in the formula of a kernel",
                name.span,
                "a random function itself",
                help=f"call it at the points instead: `g({name.id}(x))`, `g` having the kernel",
            )
    found = {name.id: name for name in _called(formula) if name.id in symbols.kernels}
    return tuple(named_kernel(expressions, name.id, name.span) for name in found.values())


def _called(node: ast.Expr) -> Iterator[ast.Name]:
    """The names of all functions that an expression calls."""
    match node:
        case ast.Call(function, arguments):
            yield function
            for argument in arguments:
                yield from _called(argument.value)
        case ast.DimCall(arguments=arguments):
            for argument in arguments:
                yield from _called(argument.value)
        case ast.Unary(operand=operand):
            yield from _called(operand)
        case ast.Binary(left=left, right=right):
            yield from _called(left)
            yield from _called(right)
        case ast.Index(base=base):
            yield from _called(base)
        case ast.Array(items):
            for item in items:
                yield from _called(item)
        case ast.Name() | ast.Number() | ast.String():
            return


def kernel_of_call(expressions: Expressions, node: ast.Call, context: Context) -> Kernel | None:
    """The kernel that is called, where a formula of two points stands around the call."""
    if context.pair is None:
        return None
    name = node.function.id
    own = context.pair.kernels.get(name)
    if own is None and name in expressions.symbols.kernels and not context.calls:
        return named_kernel(expressions, name, node.function.span)
    return own


def called(expressions: Expressions, kernel: Kernel, node: ast.Call, context: Context) -> Expr:
    """A kernel at two points that are computed from those of the formula around it.

    Raises:
        Unresolved: for other than two points.
    """
    from gendsl.resolve.random_functions.covariance import covariance

    pair = context.pair
    assert pair is not None
    if len(node.arguments) != 2 or any(a.name is not None for a in node.arguments):
        name = node.function.id
        raise expressions.fail(
            "G0471",
            f"`{name}` is a kernel: of two points",
            node.span,
            f"{len(node.arguments)} given" if len(node.arguments) != 2 else "named here",
            help=f"write `{name}(x, y)`, or of each point something: `{name}(log(x), log(y))`",
        )
    x, y = attempt_each(lambda a: expressions.number_of(a.value, context), node.arguments)
    return covariance(expressions, kernel, between(pair, x, y, context))


def between(pair: Pair, x: Expr, y: Expr, context: Context) -> Pair:
    """The pair of what is computed of two points.

    Their coordinates are the dimensions that nothing around the call keeps. They are one point
    where the same is computed of one point.
    """
    kept = (*pair.kept, *(d for d in context.kept if d not in pair.kept))
    inputs = tuple(dict.fromkeys(d for d in (*x.dims, *y.dims) if d not in kept))
    members = kept[len(pair.rows) :]
    mirrored = rewritten(x, lambda part: pair.y if part == pair.x else None)
    is_same = pair.is_same and _along(mirrored, pair.rows) == _along(y, pair.rows)
    return replace(pair, x=x, y=y, inputs=inputs, is_same=is_same, members=members)


def _along(expr: Expr, rows: Dims) -> Expr:
    """The expression as if all that is along the first of two dimensions were along the second."""
    inside = rewritten(expr, lambda part: None if part is expr else _along(part, rows))
    if isinstance(inside, Coordinate | IndexOf | Const | LabelOf | Size):
        return inside
    return replace(inside, dims=tuple(rows[1] if d == rows[0] else d for d in inside.dims))
