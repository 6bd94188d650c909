"""Sums over whole dimensions and their kin: `sum[k](x)`, `cumsum[time](x)`, `X @ beta`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.frontend import ast
from gendsl.ir.expr import Contract, Cumulate, Expr, Reduce
from gendsl.ir.function_row import Result
from gendsl.ir.functions import DimFunctionRow
from gendsl.ir.types import index_into, join
from gendsl.resolve.beside import has_literal
from gendsl.resolve.build import result_type, union
from gendsl.resolve.failure import attempt_each

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions
    from gendsl.resolve.symbols import Context


def reduction(
    expressions: Expressions, node: ast.DimCall, row: DimFunctionRow, context: Context
) -> Expr:
    """`sum[k](x)`, `cumsum[time](x)`: a row of the table over whole dimensions."""
    name = row.name
    attempt_each(lambda b: expressions.require_dim(b.dim, b.span), node.binders)
    dims = tuple(b.dim for b in node.binders)
    if len(set(dims)) < len(dims):
        raise expressions.fail(
            "G0213", f"`{name}` names a dimension twice", node.span, "each is gone after one"
        )
    argument = expressions.number_of(node.arguments[0].value, context.within(dims))
    for binder in node.binders:
        if binder.dim not in argument.dims:
            raise expressions.fail(
                "G0213",
                f"`{name}[{binder.dim}]` has nothing along `{binder.dim}`",
                binder.span,
                f"what follows has dimensions [{', '.join(argument.dims)}]"
                if argument.dims
                else "what follows is a single number",
                secondary=(Label(node.arguments[0].span, "this"),),
                help=f"it has {', '.join(f'`{name}[{d}](...)`' for d in argument.dims)}"
                if argument.dims
                else f"drop `{name}`, or write what varies along `{binder.dim}` inside it",
            )
    expressions.check_reach(argument, dims, f"`{name}[{', '.join(dims)}]`", node.span)
    if row.result is Result.INDEX and len(dims) != 1:
        raise expressions.fail(
            "G0213",
            f"`{name}` finds a member of one dimension",
            node.span,
            "more than one",
            help=f"take one at a time: `{name}[{dims[0]}](...)`",
        )
    is_index = row.result is Result.INDEX
    kind = index_into(dims[0]) if is_index else result_type(row.result, (argument.type,))
    if row.keeps:
        if len(dims) != 1:
            raise expressions.fail(
                "G0213", f"`{name}` runs along one dimension", node.span, "more than one"
            )
        return Cumulate(name, dims[0], argument, argument.dims, kind, node.span)
    rest = tuple(d for d in argument.dims if d not in dims)
    return Reduce(name, dims, argument, rest, kind, node.span)


def contraction(expressions: Expressions, node: ast.Binary, context: Context) -> Expr:
    """`X @ beta`: sums over the one dimension that both share and the left side lacks."""
    left, right = _sides(expressions, node, context)
    shared = [d for d in left.dims if d in right.dims]
    over = [d for d in shared if d not in context.kept]
    if len(over) != 1:
        described = f"[{', '.join(left.dims)}] and [{', '.join(right.dims)}]"
        why = (
            "share no dimension"
            if not shared
            else (
                f"share only [{', '.join(shared)}], which the left side keeps"
                if not over
                else f"share [{', '.join(over)}]"
            )
        )
        example = over or shared or [*left.dims, *right.dims, "k"]
        help = f"name what to sum over: `sum[{', '.join(example)}](... * ...)`"
        if not over:
            square = _square_product(expressions, node, shared, context)
            help = (square or help) + "; for a product of entries write `*`"
        raise expressions.fail(
            "G0210",
            f"`@` has {'no' if not over else 'more than one'} dimension to sum over",
            node.span,
            f"{described} {why}",
            help=help,
        )
    dims = tuple(d for d in union((left.dims, right.dims), context.order) if d != over[0])
    kind = join((left.type, right.type))
    return Contract(left, right, over[0], dims, kind, node.span)


def _sides(expressions: Expressions, node: ast.Binary, context: Context) -> tuple[Expr, Expr]:
    """Both sides of `@`; an array literal on one may lie along what the other is summed over."""
    sides = (node.left, node.right)
    literal = [has_literal(side) for side in sides]
    if literal[0] == literal[1]:
        left, right = attempt_each(lambda side: expressions.number_of(side, context), sides)
        return left, right
    plain = expressions.number_of(sides[literal.index(False)], context)
    summed = tuple(d for d in plain.dims if d not in context.kept)
    place = replace(context.literals.within(summed), is_read=True)
    other = expressions.number_of(sides[literal.index(True)], replace(context, place=place))
    return (other, plain) if literal[0] else (plain, other)


def _square_product(
    expressions: Expressions, node: ast.Binary, shared: list[str], context: Context
) -> str | None:
    """How two square matrices over the same rows and columns are multiplied."""
    symbols = expressions.symbols
    if len(shared) != 2 or not symbols.are_alike(*shared):
        return None
    rows, columns = sorted(shared, key=context.kept.index)
    others = [d for d in symbols.dims if symbols.are_alike(d, rows) and d not in context.kept]
    inner = others[0] if others else "inner"
    left, right = (
        side.span.text if isinstance(side, ast.Name) else f"({side.span.text})"
        for side in (node.left, node.right)
    )
    declared = "" if others else f", with `dim {inner} like {symbols.base_dim(rows)}`"
    return (
        f"a product of two square matrices sums over a third twin: `{left}[{columns} = {inner}] @"
        f" {right}[{rows} = {inner}]`{declared}"
    )
