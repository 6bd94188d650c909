"""What stands between brackets: identities, gathers, picks and shifts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.frontend import ast
from gendsl.ir.expr import (
    Const,
    Dims,
    End,
    Expr,
    Gather,
    IndexOf,
    LabelPosition,
    Pick,
    Position,
    Ref,
)
from gendsl.ir.types import Kind
from gendsl.resolve.build import shift, union
from gendsl.resolve.index_errors import no_dimension, not_an_index, wrong_gather
from gendsl.resolve.symbols import Context

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions


@dataclass(frozen=True, slots=True)
class Identity:
    """`theta[school]`: the dimension as it is."""

    dim: str


@dataclass(frozen=True, slots=True)
class Lagged:
    """`x[time - 1]`."""

    dim: str
    lag: int


@dataclass(frozen=True, slots=True)
class Picked:
    """`x[time = 0]`, `alpha["AITKIN"]`."""

    dim: str
    position: Position


@dataclass(frozen=True, slots=True)
class Gathered:
    """`alpha[county_of]`."""

    dim: str
    index: Expr


Entry = Identity | Lagged | Picked | Gathered


def resolve_index(
    expressions: Expressions,
    base: Expr,
    items: tuple[ast.IndexItem, ...],
    span: Span,
    context: Context,
) -> Expr:
    """The typed form of `base[items]`."""
    entries: list[Entry] = []
    for item in items:
        taken = {entry.dim for entry in entries}
        free = tuple(d for d in base.dims if d not in taken)
        entry = _entry(expressions, base, item, free, context)
        if entry.dim in taken:
            raise expressions.fail(
                "G0209",
                f"`{entry.dim}` is indexed twice",
                item.span,
                "the second time",
                help="each dimension is indexed once",
            )
        entries.append(entry)
    return _apply(expressions, base, tuple(entries), span, context)


def _apply(
    expressions: Expressions, base: Expr, entries: tuple[Entry, ...], span: Span, context: Context
) -> Expr:
    result = base
    gathers = [e for e in entries if isinstance(e, Gathered)]
    fixed = tuple(e.dim for e in entries if isinstance(e, Picked | Gathered))
    expressions.check_reach(base, fixed, "this position", span)
    for entry in entries:
        match entry:
            case Picked(dim, position):
                rest = tuple(d for d in result.dims if d != dim)
                result = Pick(result, dim, position, rest, result.type, span)
            case Lagged(dim, lag):
                result = shift(result, dim, lag, span)
            case Identity() | Gathered():
                pass
    if gathers:
        gathered = {g.dim for g in gathers}
        rest = tuple(d for d in result.dims if d not in gathered)
        parts = (*(g.index.dims for g in gathers), rest)
        indices = tuple((g.dim, g.index) for g in gathers)
        result = Gather(result, indices, union(parts, context.order), result.type, span)
    return result


def _entry(
    expressions: Expressions, base: Expr, item: ast.IndexItem, free: Dims, context: Context
) -> Entry:
    if item.dim is not None:
        return _named(expressions, base, item.dim, item, context)
    value, quantities = item.value, expressions.symbols.quantities
    match value:
        case ast.Name(id) if id not in context.bindings and id in expressions.symbols.dims:
            return _dimension(expressions, base, id, free, item.span)
        case ast.Name("first" | "last" as end) if end not in expressions.symbols.quantities:
            return Picked(_only(expressions, base, free, item), End(end))
        case ast.String(label):
            dim = _dim_of_member(expressions, base, free, label, item)
            return Picked(dim, _label(expressions, dim, label, item.span))
        case ast.Name(id) if _is_member_name(expressions, free, id, context):
            dim = _dim_of_member(expressions, base, free, id, item)
            return Picked(dim, _label(expressions, dim, id, item.span))
        case ast.Name(id) if id not in context.bindings and id not in quantities:
            named = [d for d in free if expressions.known_labels(d) is not None]
            if len(named) == 1 and len(free) == 1:
                _label(expressions, named[0], id, item.span)
        case _:
            pass
    lagged = lag_of(expressions, value, context)
    if lagged is not None:
        return _lagged(expressions, base, lagged[0], lagged[1], item.span)
    index = expressions.resolve(value, context)
    if isinstance(index, Const) and isinstance(index.value, int):
        dim = _only(expressions, base, free, item)
        return Picked(dim, _position(expressions, dim, index.value, item.span))
    return _gathered(expressions, base, index, free, item)


def _position(expressions: Expressions, dim: str, position: int, span: Span) -> int:
    """A position, which must exist where the source fixes the size."""
    size = expressions.known_size(dim)
    if position >= 0 and (size is None or position < size):
        return position
    raise expressions.fail(
        "G0206",
        f"`{dim}` has no position {position}",
        span,
        "positions count from 0" if position < 0 else f"the last is {(size or 0) - 1}",
        secondary=(Label(expressions.symbols.dims[dim].span, "declared here"),),
        help=f"the last member is `{dim} = last`"
        if position in (-1, size)
        else "positions count from 0; `first` and `last` are the ends",
    )


def _dim_of_member(
    expressions: Expressions, base: Expr, free: Dims, label: str, item: ast.IndexItem
) -> str:
    """The one dimension that declares this member, or the only one there is."""
    declaring = [d for d in free if label in (expressions.known_labels(d) or ())]
    if not declaring:
        # A dimension that declares its members has no others, unless this is one misspelt.
        unnamed = tuple(d for d in free if expressions.known_labels(d) is None)
        named = [m for d in free for m in expressions.known_labels(d) or ()]
        is_other = len(unnamed) == 1 and nearest(label, named) is None
        return _only(expressions, base, unnamed if is_other else free, item)
    return declaring[0] if len(declaring) == 1 else _only(expressions, base, tuple(declaring), item)


def _is_member_name(expressions: Expressions, free: Dims, id: str, context: Context) -> bool:
    symbols = expressions.symbols
    is_taken = id in context.bindings or id in symbols.quantities
    return not is_taken and symbols.member(free, id) is not None


def _named(
    expressions: Expressions, base: Expr, dim: str, item: ast.IndexItem, context: Context
) -> Entry:
    expressions.require_dim(dim, item.span)
    if dim not in base.dims:
        raise no_dimension(expressions, base, dim, item.span)
    value = item.value
    match value:
        case ast.Name("first" | "last" as end) if end not in expressions.symbols.quantities:
            return Picked(dim, End(end))
        case ast.String(label):
            return Picked(dim, _label(expressions, dim, label, value.span))
        case ast.Name(id) if _is_member_name(expressions, (dim,), id, context):
            return Picked(dim, _label(expressions, dim, id, value.span))
        case ast.Name(id) if id in expressions.symbols.dims and id not in context.bindings:
            if id == dim:
                return Identity(dim)
            if expressions.symbols.are_alike(id, dim):
                return Gathered(dim, IndexOf(id, dim, value.span))
        case ast.Name(id):
            labels = expressions.known_labels(dim)
            is_known = id in context.bindings or id in expressions.symbols.quantities
            if labels is not None and not is_known:
                _label(expressions, dim, id, value.span)
        case _:
            pass
    lagged = lag_of(expressions, value, context)
    if lagged is not None and lagged[0] == dim:
        return _lagged(expressions, base, dim, lagged[1], item.span)
    index = expressions.resolve(value, context)
    if isinstance(index, Const) and isinstance(index.value, int):
        return Picked(dim, _position(expressions, dim, index.value, item.span))
    if index.type.kind is Kind.INDEX and not expressions.symbols.are_alike(
        index.type.dim or "", dim
    ):
        raise wrong_gather(expressions, base, index, item)
    if index.type.kind is Kind.REAL:
        raise not_an_index(expressions, index, (dim,), item)
    if index.type.kind is not Kind.INDEX and isinstance(index, Ref):
        symbol = expressions.symbols.quantities[index.name]
        if symbol.data is not None:
            raise not_an_index(expressions, index, (dim,), item)
    return Gathered(dim, index)


def _dimension(expressions: Expressions, base: Expr, dim: str, free: Dims, span: Span) -> Entry:
    """A bare dimension: itself, or the positions of a dimension that is like one of the base's."""
    if dim in base.dims:
        return Identity(dim)
    alike = [d for d in free if expressions.symbols.are_alike(d, dim)]
    if len(alike) == 1:
        return Gathered(alike[0], IndexOf(dim, alike[0], span))
    raise no_dimension(expressions, base, dim, span)


def lag_of(expressions: Expressions, value: ast.Expr, context: Context) -> tuple[str, int] | None:
    """The dimension and the lag of `time - 1`, `time + 2`, `time - k` with a known `k`."""
    match value:
        case ast.Name(id) if id in expressions.symbols.dims and id not in context.bindings:
            return id, 0
        case ast.Binary("-" | "+" as operator, left, right):
            inner = lag_of(expressions, left, context)
            if inner is None:
                return None
            amount = expressions.resolve(right, context)
            if not isinstance(amount, Const) or not isinstance(amount.value, int):
                raise expressions.fail(
                    "G0404",
                    f"the shift of `{inner[0]}` is not a known whole number",
                    right.span,
                    "not known here",
                    help=(
                        f"a shift is a number, or runs over a range: `sum[k = 1..3](x[{inner[0]} -"
                        " k])`"
                    ),
                )
            return inner[0], inner[1] + (amount.value if operator == "-" else -amount.value)
        case _:
            return None


def _lagged(expressions: Expressions, base: Expr, dim: str, lag: int, span: Span) -> Entry:
    if dim not in base.dims:
        raise no_dimension(expressions, base, dim, span)
    declared = expressions.symbols.dims[expressions.symbols.base_dim(dim)]
    if not declared.is_ordered:
        raise expressions.fail(
            "G0405",
            f"`{dim}` has no order, so it can't be shifted",
            span,
            "shifted here",
            secondary=(Label(declared.span, "declared here"),),
            help=f"if its members follow one another, declare `dim {declared.name} : ordered`",
        )
    return Lagged(dim, lag)


def _gathered(
    expressions: Expressions, base: Expr, index: Expr, free: Dims, item: ast.IndexItem
) -> Entry:
    if index.type.kind is not Kind.INDEX or index.type.dim is None:
        raise not_an_index(expressions, index, free, item)
    into = index.type.dim
    if into in free:
        return Gathered(into, index)
    alike = [d for d in free if expressions.symbols.are_alike(d, into)]
    if len(alike) == 1:
        return Gathered(alike[0], index)
    if len(alike) > 1:
        raise expressions.fail(
            "G0207",
            f"`{item.value.span.text}` could index {' or '.join(f'`{d}`' for d in alike)}",
            item.span,
            "which one?",
            help=f"say which: `{alike[0]} = {item.value.span.text}`",
        )
    if into in base.dims:
        raise expressions.fail(
            "G0209",
            f"`{into}` is indexed twice",
            item.span,
            "the second time",
            help="each dimension is indexed once",
        )
    raise wrong_gather(expressions, base, index, item)


def _label(expressions: Expressions, dim: str, label: str, span: Span) -> Position:
    """The position of a label: a number where the source names the members, else by the data."""
    declared = expressions.symbols.dims[expressions.symbols.base_dim(dim)]
    if declared.labels is None:
        return LabelPosition(label)
    if label in declared.labels:
        return declared.labels.index(label)
    close = nearest(label, declared.labels)
    members = listed(declared.labels)
    raise expressions.fail(
        "G0206",
        f"`{dim}` has no member `{label}`",
        span,
        "unknown member",
        secondary=(Label(declared.span, "its members are declared here"),),
        help=f"did you mean `{close}`?" if close else f"its members are {members}",
    )


def _only(expressions: Expressions, base: Expr, free: Dims, item: ast.IndexItem) -> str:
    """The one dimension that a label or a position can be meant for."""
    if len(free) == 1:
        return free[0]
    text = item.value.span.text
    if not free:
        raise expressions.fail(
            "G0205",
            f"there is no dimension left for `{text}`",
            item.span,
            f"what stands before has dimensions [{', '.join(base.dims)}]"
            if base.dims
            else "what stands before is a single number",
            help="drop it, or give the quantity a dimension where it is defined",
        )
    raise expressions.fail(
        "G0207",
        f"`{text}` could be meant for {' or '.join(f'`{d}`' for d in free)}",
        item.span,
        "which dimension?",
        help=f"say which: `{free[0]} = {text}`",
    )
