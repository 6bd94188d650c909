"""What is said of brackets in which something does not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span
from gendsl.frontend import ast
from gendsl.ir.expr import Const, Dims, Expr, Op, Ref, Shift
from gendsl.ir.types import Kind
from gendsl.ir.walk import names_in
from gendsl.resolve.category_starts import start_of_categories
from gendsl.resolve.failure import Unresolved

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions


def no_dimension(expressions: Expressions, base: Expr, dim: str, span: Span) -> Unresolved:
    """Report an index along a dimension that is not there."""
    name = f"`{base.name}`" if isinstance(base, Ref) else "what stands before"
    secondary: tuple[Label, ...] = ()
    if isinstance(base, Ref):
        symbol = expressions.symbols.quantities[base.name]
        secondary = (Label(symbol.span, f"has dimensions [{', '.join(base.dims)}]"),)
    text = base.name if isinstance(base, Ref) else "..."
    help = "" if base.dims else f"write `{text}` without brackets"
    if not base.dims and isinstance(base, Ref):
        help += f", or give it the dimension where it is defined: `{base.name}[{dim}] ~ ...`"
    for quantity in expressions.symbols.quantities.values():
        data = quantity.data
        if data is not None and data.type.dim in base.dims and dim in data.dims:
            help = f"gather it: `{text}[{data.name}]`"
    if not help:
        help = f"write `{text}`: dimensions are found by name, and `{dim}` is none of its"
    return expressions.fail(
        "G0205",
        f"{name} has no dimension `{dim}`",
        span,
        f"its dimensions are [{', '.join(base.dims)}]" if base.dims else "it is a single number",
        secondary=secondary,
        help=help,
    )


def not_an_index(
    expressions: Expressions, index: Expr, into: Dims, item: ast.IndexItem
) -> Unresolved:
    """Report a value between brackets that is no index, with the likeliest reason."""
    if names_in(index) & expressions.uncertain:
        return Unresolved()
    if isinstance(index, Shift) and isinstance(index.base, Ref):
        problem = start_of_categories(expressions, index.base.name, index.dim, into, item.span)
        if problem is not None:
            return problem
    secondary: tuple[Label, ...] = ()
    help = (
        "an index is data declared with a dimension as its type: `data county_of[house] : county`"
    )
    if isinstance(index, Const):
        help = "positions are whole numbers that count from 0, or `first` and `last`"
    if isinstance(index, Op) and index.type.kind is Kind.INT:
        help += "; its labels are matched, so there is no 1 to subtract"
    if isinstance(index, Ref):
        symbol = expressions.symbols.quantities[index.name]
        secondary = (Label(symbol.span, f"declared `{index.type}` here"),)
        if into and symbol.data is not None:
            dims = f"[{', '.join(symbol.dims)}]" if symbol.dims else ""
            what = "it is a label of a member, " if index.type.kind is Kind.REAL else ""
            help = f"{'if ' + what if what else ''}declare it as an index:"
            help += f" `data {index.name}{dims} : {into[0]}`"
            help += "".join(f", or `: {d}`" for d in into[1:])
    text = item.value.span.text
    member = expressions.symbols.member(into, text)
    if isinstance(item.value, ast.Name) and member is not None:
        dim = member[0]
        known = expressions.symbols.dims[expressions.symbols.base_dim(dim)]
        secondary = (*secondary, Label(known.span, f"`{text}` is also a member of `{dim}`"))
        help = f'the member is meant by its label, in quotes: `{dim} = "{text}"`'
    return expressions.fail(
        "G0208",
        f"`{item.value.span.text}` is not an index",
        item.value.span,
        f"of kind `{index.type}`",
        secondary=secondary,
        help=help,
    )


def wrong_gather(
    expressions: Expressions, base: Expr, index: Expr, item: ast.IndexItem
) -> Unresolved:
    """Report an index into a dimension that what it indexes lacks."""
    secondary: tuple[Label, ...] = ()
    help = f"index a quantity that has the dimension `{index.type.dim}`"
    if isinstance(index, Ref):
        symbol = expressions.symbols.quantities[index.name]
        secondary = (Label(symbol.span, f"this indexes `{index.type.dim}`"),)
    for quantity in expressions.symbols.quantities.values():
        data = quantity.data
        if (
            data is not None
            and data.type.dim in base.dims
            and data.dims == (index.type.dim,)
            and isinstance(base, Ref)
        ):
            secondary = (*secondary, Label(quantity.span, f"this indexes `{data.type.dim}`"))
            help = f"go through it: `{base.name}[{data.name}[{item.value.span.text}]]`"
    return expressions.fail(
        "G0209",
        f"`{item.value.span.text}` points into `{index.type.dim}`",
        item.span,
        f"what it indexes has dimensions [{', '.join(base.dims)}]"
        if base.dims
        else "what it indexes is a single number",
        secondary=secondary,
        help=help,
    )
