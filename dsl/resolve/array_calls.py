"""Calls of functions of whole arrays: `cholesky[row, other](K)`, `dot[k](x, y)`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.frontend import ast
from gendsl.ir.array_functions import ARRAY_FUNCTIONS, BASES, COMPOSED, ArrayFunctionRow
from gendsl.ir.expr import ArrayCall, Const, Coordinate, Dims, Expr, Reduce
from gendsl.resolve.bases import basis_call
from gendsl.resolve.build import number, op, union
from gendsl.resolve.failure import Unresolved, attempt_each
from gendsl.resolve.symbols import Context

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions

ARRAY_NAMES = frozenset(
    {*(r.name for r in ARRAY_FUNCTIONS.values() if not r.is_internal), *COMPOSED}
)
"""Every function whose brackets name the axes of whole arrays."""


def array_call(expressions: Expressions, node: ast.DimCall, context: Context) -> Expr:
    """A call of a function of whole arrays, its dimensions and arguments checked."""
    name = node.function.id
    if name in BASES:
        return basis_call(expressions, node, context)
    n_dims = 1 if name == "dot" else 2
    dims = _brackets(expressions, node, n_dims)
    row = ARRAY_FUNCTIONS.get(name)
    if row is not None:
        return _tabled(expressions, node, row, dims, context)
    if name == "diag":
        return _diag(expressions, node, dims, context)
    left, right = _read(expressions, node, 2, context.within(dims))
    if name == "dot":
        for written, value in zip(node.arguments, (left, right), strict=True):
            _require_along(expressions, node, value, dims, written)
        return _sum_of_product(left, right, dims[0], context, node)
    _require_along(expressions, node, left, dims, node.arguments[0])
    _require_along(expressions, node, right, dims[:1], node.arguments[1])
    inner = ARRAY_FUNCTIONS["solve" if name == "inv_quad_form" else "matmul"]
    product = _made(inner, (left, right), (), dims, context, node)
    return _sum_of_product(right, product, dims[0], context, node)


def _brackets(expressions: Expressions, node: ast.DimCall, n_dims: int) -> Dims:
    """The dimensions in the brackets: each once, as many as there must be, of one size."""
    name = node.function.id
    attempt_each(lambda b: expressions.require_dim(b.dim, b.span), node.binders)
    dims = tuple(b.dim for b in node.binders)
    is_plain = all(b.lower is None and b.by is None for b in node.binders)
    if len(dims) != n_dims or len(set(dims)) < len(dims) or not is_plain:
        noun = "one dimension" if n_dims == 1 else "two dimensions, a matrix's rows and columns"
        again = len(set(dims)) < len(dims)
        raise expressions.fail(
            "G0240",
            f"`{name}` names {noun}",
            node.span,
            f"`{dims[0]}` twice" if again else f"{len(dims)} here" if is_plain else "not plain",
            help=f"for a square matrix declare a twin: `dim other like {dims[0]}`"
            if again
            else f"write `{signature(name)}`",
        )
    if n_dims == 2 and not expressions.symbols.are_alike(*dims):
        first, second = (expressions.symbols.dims[d] for d in dims)
        raise expressions.fail(
            "G0241",
            f"`{name}` takes a square matrix",
            node.span,
            f"`{dims[0]}` and `{dims[1]}` may differ in size",
            secondary=(Label(first.span, "the rows"), Label(second.span, "the columns")),
            help=f"declare the second as the first's twin: `dim {dims[1]} like {dims[0]}`",
        )
    return dims


def signature(name: str) -> str:
    """How a call of the function is written."""
    return COMPOSED[name][0] if name in COMPOSED else ARRAY_FUNCTIONS[name].signature


def _read(
    expressions: Expressions, node: ast.DimCall, count: int, context: Context
) -> tuple[Expr, ...]:
    """The arguments, by position, as many as there must be."""
    name, given = node.function.id, len(node.arguments)
    for argument in node.arguments:
        if argument.name is not None:
            raise expressions.fail(
                "G0212",
                f"`{name}` takes its arguments by position",
                argument.span,
                "named here",
                help=f"write `{signature(name)}`",
            )
    if given != count:
        noun = "argument" if count == 1 else "arguments"
        raise expressions.fail(
            "G0212",
            f"`{name}` takes {count} {noun}, not {given}",
            node.span,
            f"{given} given",
            help=f"write `{signature(name)}`",
        )
    return attempt_each(lambda a: expressions.number_of(a.value, context), node.arguments)


def _tabled(
    expressions: Expressions,
    node: ast.DimCall,
    row: ArrayFunctionRow,
    dims: Dims,
    context: Context,
) -> Expr:
    n_arrays = len(row.arguments)
    read = _read(expressions, node, n_arrays + row.n_literals, context.within(dims))
    arrays, rest = read[:n_arrays], read[n_arrays:]
    for places, value, written in zip(row.arguments, arrays, node.arguments, strict=False):
        _require_along(expressions, node, value, tuple(dims[i] for i in places), written)
    literals = tuple(
        _literal(expressions, node, value, written)
        for value, written in zip(rest, node.arguments[n_arrays:], strict=True)
    )
    return _made(row, arrays, literals, dims, context, node)


def _made(
    row: ArrayFunctionRow,
    arrays: tuple[Expr, ...],
    literals: tuple[int, ...],
    over: Dims,
    context: Context,
    node: ast.DimCall,
) -> Expr:
    core = tuple(tuple(over[i] for i in places) for places in row.arguments)
    batch = (
        tuple(d for d in value.dims if d not in own)
        for value, own in zip(arrays, core, strict=True)
    )
    dims = union((*batch, tuple(over[i] for i in row.result)), context.order)
    return ArrayCall(row.name, arrays, core, dims, over, literals, span=node.span)


def _literal(
    expressions: Expressions, node: ast.DimCall, value: Expr, written: ast.Argument
) -> int:
    if isinstance(value, Const) and isinstance(value.value, int) and value.value >= 0:
        return value.value
    raise expressions.fail(
        "G0240",
        f"the last argument of `{node.function.id}` is a whole number from 0",
        written.span,
        "not known here",
        help=f"write a number, such as `{node.function.id}[{', '.join(_named(node))}](A, 2)`",
    )


def _named(node: ast.DimCall) -> list[str]:
    return [b.dim for b in node.binders]


def _diag(expressions: Expressions, node: ast.DimCall, dims: Dims, context: Context) -> Expr:
    """The diagonal matrix of a vector along the first dimension, or of a single number."""
    (value,) = _read(expressions, node, 1, context.within(dims))
    if dims[1] in value.dims:
        raise _misplaced(expressions, node, value, dims[:1], dims[1], node.arguments[0])
    is_same = op("==", (Coordinate(dims[0]), Coordinate(dims[1])), context.order, node.span)
    return op("if", (is_same, value, number(0.0)), context.order, node.span)


def _sum_of_product(
    left: Expr, right: Expr, over: str, context: Context, node: ast.DimCall
) -> Expr:
    product = op("*", (left, right), context.within((over,)).order, node.span)
    rest = tuple(d for d in product.dims if d != over)
    return Reduce("sum", (over,), product, rest, product.type, node.span)


_LAYOUT: Mapping[int, str] = MappingProxyType({1: "a vector along", 2: "a matrix over"})


def _require_along(
    expressions: Expressions, node: ast.DimCall, value: Expr, dims: Dims, written: ast.Argument
) -> None:
    """Report an argument that lacks a dimension on which the function works."""
    expressions.check_reach(value, dims, f"`{node.function.id}`", node.span)
    for dim in dims:
        if dim not in value.dims:
            raise _misplaced(expressions, node, value, dims, dim, written)


def _misplaced(
    expressions: Expressions,
    node: ast.DimCall,
    value: Expr,
    wanted: Dims,
    dim: str,
    written: ast.Argument,
) -> Unresolved:
    name, symbols = node.function.id, expressions.symbols
    twin = next((d for d in value.dims if d not in wanted and symbols.are_alike(d, dim)), None)
    shown = written.value.span.text
    help = f"write `{signature(name)}`"
    if twin is not None and dim not in value.dims:
        help = f"rename its axis: `{shown}[{twin} = {dim}]`"
        if len(node.binders) == 2 and value.dims == (node.binders[1].dim,):
            flipped = f"{name}[{', '.join(reversed(_named(node)))}](...)"
            help += f"; to use the transposed matrix, `{flipped}`"
    return expressions.fail(
        "G0240",
        f"`{name}[{', '.join(_named(node))}]` takes {_LAYOUT[len(wanted)]}"
        f" {' and '.join(f'`{d}`' for d in wanted)} here",
        written.span,
        f"has dimensions [{', '.join(value.dims)}]" if value.dims else "is a single number",
        help=help,
    )
