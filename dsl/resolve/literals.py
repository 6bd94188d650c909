"""Array literals: `[1, 2, 3]`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.frontend import ast
from gendsl.ir.expr import ConstArray, Expr
from gendsl.ir.types import BOOL, join
from gendsl.resolve.failure import attempt_each

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions
    from gendsl.resolve.symbols import Context


def array_literal(expressions: Expressions, node: ast.Array, dim: str, context: Context) -> Expr:
    """An array literal along a dimension that its place gives."""
    items = attempt_each(lambda item: expressions.number_of(item, context), node.items)
    if any(item.dims for item in items):
        raise expressions.fail(
            "G0219",
            "the entries of an array literal are single numbers",
            next(w.span for w, i in zip(node.items, items, strict=True) if i.dims),
            f"varies over [{', '.join(next(i.dims for i in items if i.dims))}]",
            help="an array literal lies along one dimension; pick an entry, `x[row = 0]`, or"
            " write a formula instead",
        )
    _check_length(expressions, node, dim)
    kind = BOOL if all(i.type == BOOL for i in items) else join(tuple(i.type for i in items))
    return ConstArray(items, (dim,), kind, node.span)


def _check_length(expressions: Expressions, node: ast.Array, dim: str) -> None:
    """Report a literal that is longer or shorter than a dimension of a known size."""
    size = expressions.known_size(dim)
    if size is not None and size != len(node.items):
        declared = expressions.symbols.dims[expressions.symbols.base_dim(dim)]
        raise expressions.fail(
            "G0219",
            f"the array literal has {len(node.items)} entries, `{dim}` has {size} members",
            node.span,
            f"{len(node.items)} entries",
            secondary=(Label(declared.span, f"{size} members"),),
            help="give one number for each member",
        )
