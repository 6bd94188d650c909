"""Array literals, `[1, 2, 3]` and `[[1, 2], [3, 4]]`, and the dimensions that they take.

The rule: a literal takes as many dimensions as it is nested deep, the outermost list the first of
them. Where its place has just as many dimensions, it takes these, in their order; else it takes
those that nothing beside it has, if that is the right number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.wording import counted, listed
from gendsl.frontend import ast
from gendsl.ir.expr import ConstArray, Dims, Expr
from gendsl.ir.types import BOOL, join
from gendsl.resolve.build import union
from gendsl.resolve.failure import Unresolved, attempt_each

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions
    from gendsl.resolve.symbols import Context


def literal_depth(node: ast.Expr) -> int:
    """How many dimensions the array literals of an expression take; 0 where it has none."""
    match node:
        case ast.Array(items):
            return 1 + max(map(literal_depth, items), default=0)
        case ast.Unary(operand=operand):
            return literal_depth(operand)
        case ast.Binary(op=operator, left=left, right=right) if operator != "@":
            return max(literal_depth(left), literal_depth(right))
        case ast.Call(arguments=arguments):
            return max((literal_depth(a.value) for a in arguments), default=0)
        case _:
            return 0


def array_literal(expressions: Expressions, node: ast.Array, context: Context) -> Expr:
    """An array literal along the dimensions that its place gives."""
    depth = literal_depth(node)
    place = context.literals
    free = tuple(d for d in place.dims if d not in place.taken)
    for dims in (place.dims, free):
        if len(dims) == depth:
            return _along(expressions, node, dims, context)
    raise _no_dimensions(expressions, node, depth, free, context)


def _along(expressions: Expressions, node: ast.Array, dims: Dims, context: Context) -> Expr:
    """The literal with the first dimension its own, the others those of its entries."""
    own, rest = dims[0], dims[1:]
    _check_length(expressions, node, own)

    def entry(item: ast.Expr) -> Expr:
        depth = literal_depth(item)
        if isinstance(item, ast.Array) and depth == len(rest):
            return _along(expressions, item, rest, context)
        value = None
        if depth in (0, len(rest)):
            value = expressions.number_of(item, context.placed(rest))
        if value is None or not set(rest) <= set(value.dims):
            raise expressions.fail(
                "G0219",
                "the entries of an array literal are of different depths",
                item.span,
                f"has nothing along {listed(rest)}",
                help="write all of them as lists of the same depth",
            )
        if own in value.dims:
            raise expressions.fail(
                "G0219",
                f"an entry of an array literal along `{own}` varies over `{own}` itself",
                item.span,
                f"has dimensions [{', '.join(value.dims)}]",
                secondary=(Label(node.span, f"lies along `{own}`"),),
                help=f"an entry is the value at one position: pick it, `x[{own} = 0]`, or write a"
                " formula in the place of the literal",
            )
        return value

    items = attempt_each(entry, node.items)
    kind = BOOL if all(i.type == BOOL for i in items) else join(tuple(i.type for i in items))
    inner = union(tuple(i.dims for i in items), (*rest, *context.order))
    return ConstArray(items, (own, *inner), kind, node.span)


def _check_length(expressions: Expressions, node: ast.Array, dim: str) -> None:
    """Report a literal that is longer or shorter than a dimension of a known size."""
    rows = [item for item in node.items if isinstance(item, ast.Array)]
    for row in rows[1:]:
        if len(row.items) != len(rows[0].items):
            raise expressions.fail(
                "G0219",
                "the rows of an array literal differ in length",
                row.span,
                _entries(row),
                secondary=(Label(rows[0].span, _entries(rows[0])),),
                help="give every row one entry for each member",
            )
    size = expressions.known_size(dim)
    if size is not None and size != len(node.items):
        declared = expressions.symbols.dims[expressions.symbols.base_dim(dim)]
        raise expressions.fail(
            "G0219",
            f"the array literal has {_entries(node)}, `{dim}` has {counted(size, 'member')}",
            node.span,
            _entries(node),
            secondary=(Label(declared.span, counted(size, "member")),),
            help=f"give one {'row' if rows else 'number'} for each member",
        )


def _entries(node: ast.Array) -> str:
    count = len(node.items)
    return f"{count} {'entry' if count == 1 else 'entries'}"


def _no_dimensions(
    expressions: Expressions, node: ast.Array, depth: int, free: Dims, context: Context
) -> Unresolved:
    """Report a literal whose place has too few dimensions for it, or too many."""
    dims = tuple(dict.fromkeys(context.literals.dims))
    asked = "which dimension is this?" if depth == 1 else f"which {depth} dimensions are these?"
    if context.calls and not dims:
        name = context.calls[-1]
        return expressions.fail(
            "G0219",
            f"`{name}` does not say along which dimension its array literal lies",
            node.span,
            asked,
            help=f"a `def` has no dimensions of its own: give it the array, `{name}([1, 2])`, where"
            " a left side says what it lies along",
        )
    pinned = [d for d in context.kept if d not in dims]
    if pinned and not dims and depth == 1:
        along = pinned[0]
        return expressions.fail(
            "G0219",
            f"an array literal can't lie along `{along}`, of which this holds on a part",
            node.span,
            asked,
            help=f"say what each position is: `x[{along} = 0] = ...`, `x[{along} = 1] = ...`",
        )
    if depth > len(dims):
        names = ("k", "l", "m")[:depth] if depth < 4 else tuple(f"k{i + 1}" for i in range(depth))
        return expressions.fail(
            "G0219",
            "an array literal needs a dimension to lie along"
            if depth == 1
            else f"the array literal is nested {depth} deep, so it needs {depth} dimensions",
            node.span,
            f"the place has only {listed(dims)}" if dims else asked,
            help="give the left side dimensions for it, or name it:"
            f" `let w[{', '.join(names)}] = ...`, then use `w`",
        )
    open_to = free if len(free) > depth else dims
    named = open_to[-depth:]
    among = " or ".join(f"`{dim}`" for dim in open_to)
    return expressions.fail(
        "G0219",
        f"the array literal could lie along {among}",
        node.span,
        asked,
        help="a literal takes the dimensions that nothing beside it has, here "
        + (f"there are {len(free)}" if free else "there are none")
        + f": name it, `let w[{', '.join(named)}] = ...`, and use `w`",
    )
