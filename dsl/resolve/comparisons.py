"""Comparisons of indices: with labels, with each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.frontend import ast
from gendsl.ir.expr import Expr, IndexOf, LabelOf
from gendsl.ir.types import REAL, Kind
from gendsl.resolve.build import op

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions
    from gendsl.resolve.symbols import Context


COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})


def index_comparison(expressions: Expressions, node: ast.Binary, context: Context) -> Expr | None:
    """`sex_of == "male"`: an index against a label, or against an index into the same."""
    is_label = isinstance(node.left, ast.String), isinstance(node.right, ast.String)
    if is_label == (True, True):
        return None
    sides = [
        operand if isinstance(operand, ast.String) else _compared(expressions, operand, context)
        for operand in (node.left, node.right)
    ]
    for written, side, other in zip((node.left, node.right), sides, sides[::-1], strict=True):
        is_number = not isinstance(other, ast.String) and other.type.kind is not Kind.INDEX
        if isinstance(side, IndexOf) and is_number:
            expressions.resolve(written, context)
    index = next((s.type for s in sides if not isinstance(s, ast.String)), REAL)
    if index.kind is not Kind.INDEX or index.dim is None:
        return None
    if node.op not in ("==", "!=") and not expressions.symbols.dims[index.dim].is_ordered:
        raise expressions.fail(
            "G0205",
            f"members of `{index.dim}` have no order",
            node.span,
            f"compares with `{node.op}`",
            help=(
                f"only `==` and `!=` compare them, unless it is declared `dim {index.dim} :"
                " ordered`"
            ),
        )
    arguments: list[Expr] = []
    for written, side in zip((node.left, node.right), sides, strict=True):
        if isinstance(side, ast.String):
            arguments.append(LabelOf(index.dim, side.value, side.span))
        elif side.type.kind is Kind.INDEX and expressions.symbols.are_alike(
            index.dim, side.type.dim or ""
        ):
            arguments.append(side)
        else:
            raise expressions.fail(
                "G0303",
                f"`{written.span.text}` is not a member of `{index.dim}`",
                written.span,
                f"compared with an index into `{index.dim}`",
                help=f"if its members are those of `{index.dim}`, declare `dim {side.dim} like"
                f" {index.dim}`"
                if isinstance(side, IndexOf)
                else "compare with a label in quotes, or with another index into it",
            )
    return op(node.op, tuple(arguments), context.order, node.span)


def _compared(expressions: Expressions, node: ast.Expr, context: Context) -> Expr:
    """A side of a comparison: a dimension is its own positions, `i == j`."""
    symbols = expressions.symbols
    match node:
        case ast.Name(id, span) if (
            id in symbols.dims and id not in context.bindings and id not in symbols.quantities
        ):
            return IndexOf(id, id, span)
        case _:
            return expressions.resolve(node, context)
