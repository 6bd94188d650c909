"""Reductions by group: `sum[row by group_of](x)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.wording import listed
from gendsl.frontend import ast
from gendsl.ir.expr import Const, Expr, GroupReduce, Op
from gendsl.ir.functions import DIM_FUNCTIONS
from gendsl.ir.types import INT, REAL, Kind
from gendsl.resolve.build import result_type

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions
    from gendsl.resolve.symbols import Context

GROUPED = (*(row.name for row in DIM_FUNCTIONS.values() if row.grouped), "mean")
"""The reductions that can be done by group."""


def group_reduce(resolver: Expressions, node: ast.DimCall, context: Context) -> Expr:
    """The entries of `x` along a dimension, reduced over those that share an index.

    The mean is the sum over the count, so that of an empty group is not a number.
    """
    name = node.function.id
    if len(node.binders) != 1 or name not in GROUPED:
        raise resolver.fail(
            "G0213",
            f"`{name}` can't be taken by group here"
            if name not in GROUPED
            else f"`{name}` by group takes one dimension",
            node.span,
            "one dimension, grouped by one index",
            help=f"by group there are {listed(GROUPED)}: `sum[row by group_of](x)`",
        )
    (binder,) = node.binders
    assert binder.by is not None
    over = binder.dim
    resolver.require_dim(over, binder.span)
    inside = context.within((over,))
    index = resolver.resolve(binder.by, inside)
    into = index.type.dim
    if index.type.kind is not Kind.INDEX or into is None or index.dims != (over,):
        raise resolver.fail(
            "G0213",
            f"`{over}` can't be grouped by this",
            binder.by.span,
            f"needs an index that varies along `{over}` alone",
            help=f"declare one: `dim group`, `data group_of[{over}] : group`, then"
            f" `{name}[{over} by group_of](...)`",
        )
    argument = resolver.number_of(node.arguments[0].value, inside)
    if into in argument.dims:
        raise resolver.fail(
            "G0213",
            f"what is grouped has the dimension `{into}` already",
            node.arguments[0].span,
            f"has dimensions [{', '.join(argument.dims)}]",
            secondary=(Label(binder.by.span, f"this puts `{into}` in the place of `{over}`"),),
            help=f"pick the members that belong together first, by an index of `{over}`",
        )
    resolver.check_reach(argument, (over,), f"`{name}[{over} by ...]`", node.span)
    dims = (into, *(d for d in argument.dims if d != over))

    def reduced(function: str, of: Expr) -> Expr:
        kept = (into, *(d for d in of.dims if d != over))
        kind = result_type(DIM_FUNCTIONS[function].result, (of.type,))
        return GroupReduce(function, over, index, into, of, kept, kind, node.span)

    if name != "mean":
        return reduced(name, argument)
    counts = reduced("sum", Const(1, INT, node.span))
    return Op("/", (reduced("sum", argument), counts), dims, REAL, node.span)
