"""Left sides: the dimensions of a quantity, and where along an ordered one a statement holds."""

from __future__ import annotations

from dataclasses import dataclass

from gendsl.diagnostics.diagnostic import Label
from gendsl.frontend import ast
from gendsl.ir.expr import Const, Dims, Expr, Op, Ref, Size
from gendsl.ir.program import Slice
from gendsl.ir.types import INT, Kind
from gendsl.ir.walk import names_in, walk
from gendsl.resolve.build import number, op
from gendsl.resolve.expressions import Expressions
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.symbols import Context

POSITION_ARITHMETIC = frozenset({"+", "-", "*", "max", "min"})
"""What positions are computed with, on whole numbers known before anything is inferred."""


@dataclass(frozen=True, slots=True)
class TargetShape:
    """Dimensions in written order, and the written restriction of one of them."""

    dims: Dims
    restricted: ast.IndexItem | None


def target_shape(expressions: Expressions, target: ast.Target) -> TargetShape:
    """The dimensions of a left side; each item is a dimension, alone or restricted."""
    dims: list[str] = []
    parts: list[ast.IndexItem] = []
    for item in target.items:
        match item:
            case ast.IndexItem(None, ast.Name(id)):
                dim = id
            case ast.IndexItem(str() as dim, _):
                parts.append(item)
            case ast.IndexItem(None, ast.Binary("<" | "<=" | ">" | ">=", ast.Name(id), _)):
                dim = id
                parts.append(item)
            case _:
                raise expressions.fail(
                    "G0202",
                    "a left side names dimensions",
                    item.span,
                    "not a dimension",
                    help=(
                        f"write `{target.name}[time]`, `{target.name}[time = first]` or"
                        f" `{target.name}[time < 6]`"
                    ),
                )
        expressions.require_dim(dim, item.span)
        if dim in dims:
            raise expressions.fail(
                "G0214",
                f"`{dim}` stands twice on the left side",
                item.span,
                "the second time",
                help=f"for a square matrix declare a twin: `dim other like {dim}`",
            )
        dims.append(dim)
    if len(parts) > 1:
        raise expressions.fail(
            "G0202",
            "a left side restricts one dimension at most",
            parts[1].span,
            "the second",
            secondary=(Label(parts[0].span, "the first"),),
            help="a start fixes the position along one dimension, and holds for all of the others",
        )
    return TargetShape(tuple(dims), parts[0] if parts else None)


def target_slice(expressions: Expressions, item: ast.IndexItem) -> Slice:
    """The positions that `time = first`, `time < 6` or `time >= first + 2` stands for."""
    if item.dim is not None:
        dim, operator, written = item.dim, "=", item.value
    else:
        assert isinstance(item.value, ast.Binary) and isinstance(item.value.left, ast.Name)
        dim, operator, written = item.value.left.id, item.value.op, item.value.right
    declared = expressions.symbols.dims[expressions.symbols.base_dim(dim)]
    if not declared.is_ordered:
        raise expressions.fail(
            "G0405",
            f"`{dim}` has no order, so it has no start",
            item.span,
            "restricted here",
            secondary=(Label(declared.span, "declared here"),),
            help=_order_help(expressions, dim),
        )
    position = _position(expressions, written, dim)
    after = op("+", (position, number(1)), ())
    match operator:
        case "=":
            return Slice(dim, position, after)
        case "<":
            return Slice(dim, None, position)
        case "<=":
            return Slice(dim, None, after)
        case ">=":
            return Slice(dim, position, None)
        case _:
            return Slice(dim, after, None)


def _order_help(expressions: Expressions, dim: str) -> str:
    labels = expressions.known_labels(dim)
    base = expressions.symbols.base_dim(dim)
    if labels is None:
        return f"if its members follow one another, declare `dim {base} : ordered`"
    return (
        "a quantity is defined for all members at once; what differs between them is an array:"
        f" `s[{dim}] = [{', '.join('1' for _ in labels)}]`, then `x[{dim}] ~ Normal(0, s)`"
    )


def _position(expressions: Expressions, written: ast.Expr, dim: str) -> Expr:
    """A position along a dimension: `first` is 0, `last` the size less one."""
    last = op("-", (Size(dim), number(1)), ())
    bindings: dict[str, Expr] = {"first": Const(0, INT), "last": last}
    value = expressions.number_of(written, Context((), (), bindings))
    if names_in(value) & expressions.uncertain:
        raise Unresolved
    for name in sorted(names_in(value)):
        symbol = expressions.symbols.quantities[name]
        if symbol.data is None:
            raise expressions.fail(
                "G0222",
                f"where this holds depends on `{name}`, which is not data",
                written.span,
                "must be known before anything is inferred",
                secondary=(Label(symbol.span, f"`{name}` is defined here"),),
                help="use data, numbers and sizes",
            )
    is_computed = all(
        isinstance(part, Const | Size | Ref)
        or (isinstance(part, Op) and part.name in POSITION_ARITHMETIC)
        for part in walk(value)
    )
    if value.dims:
        among = ", ".join(f"`{name}`" for name in value.dims)
        text = written.span.text
        raise expressions.fail(
            "G0404",
            f"`{text}` varies over {among}, and a place along `{dim}` is the same for all",
            written.span,
            "must be one number",
            help="start everywhere at `first`, and state what differs in the equation:"
            f" `if(pos({dim}) == {text}, 1, ...)`",
        )
    if value.type.kind is not Kind.INT or not is_computed:
        raise expressions.fail(
            "G0404",
            f"`{written.span.text}` is not a position along `{dim}`",
            written.span,
            "must be a whole number",
            help="write `first`, `first + 2`, a number, an `int` data value, or sums, products,"
            " `max` and `min` of them",
        )
    return value
