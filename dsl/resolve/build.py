"""Smart constructors of typed expressions: dimensions and kinds follow from the parts."""

from __future__ import annotations

from dataclasses import replace

from gendsl.diagnostics.source import Span
from gendsl.ir.expr import (
    Const,
    ConstArray,
    Coordinate,
    Dims,
    Expr,
    Gather,
    Op,
    Pick,
    Reduce,
    Shift,
)
from gendsl.ir.function_row import Result
from gendsl.ir.functions import CONSTANTS, FUNCTIONS
from gendsl.ir.types import BOOL, INT, REAL, Kind, ValueType, join


def union(parts: tuple[Dims, ...], order: Dims) -> Dims:
    """The union of dimensions, those of `order` first and in its order."""
    found = list(dict.fromkeys(d for dims in parts for d in dims))
    rank = {dim: i for i, dim in enumerate(order)}
    return tuple(sorted(found, key=lambda d: rank.get(d, len(rank) + found.index(d))))


def result_type(result: Result, arguments: tuple[ValueType, ...]) -> ValueType:
    """The kind of a function's result."""
    match result:
        case Result.REAL:
            return REAL
        case Result.INT | Result.INDEX:
            return INT
        case Result.BOOL:
            return BOOL
        case Result.JOIN:
            return join(arguments)
        case Result.BRANCHES:
            branches = arguments[1:]
            if all(t == branches[0] for t in branches):
                return branches[0]
            return join(branches)


def number(value: float | int, span: Span | None = None) -> Const:
    """A constant of the kind that its Python type says."""
    return Const(value, INT if isinstance(value, int) else REAL, span)


PI = number(CONSTANTS["pi"])


def op(name: str, arguments: tuple[Expr, ...], order: Dims, span: Span | None = None) -> Expr:
    """An elementwise operation; arithmetic on constants is folded."""
    folded = _fold(name, arguments, span)
    if folded is not None:
        return folded
    row = FUNCTIONS[name]
    dims = union(tuple(a.dims for a in arguments), order)
    return Op(
        name, arguments, dims, result_type(row.result, tuple(a.type for a in arguments)), span
    )


def _fold(name: str, arguments: tuple[Expr, ...], span: Span | None) -> Const | None:
    match name, arguments:
        case "neg", (Const(value, kind),) if kind.kind is not Kind.BOOL:
            return Const(-value, kind, span)
        case "+" | "-" | "*", (Const(int(a), kind), Const(int(b), other)) if (
            kind.kind is Kind.INT and other.kind is Kind.INT
        ):
            return Const({"+": a + b, "-": a - b, "*": a * b}[name], INT, span)
    return None


def shift(base: Expr, dim: str, lag: int, span: Span | None) -> Expr:
    """`base[dim - lag]`, pushed down to the named quantities that it is made of."""
    if lag == 0 or dim not in base.dims:
        return base
    match base:
        case Shift(inner, inner_dim, inner_lag) if inner_dim == dim:
            return shift(inner, dim, inner_lag + lag, span)
        case Op(name, arguments, dims, type):
            shifted = tuple(shift(a, dim, lag, span) for a in arguments)
            return Op(name, shifted, dims, type, span)
        case Reduce(_, over, argument) if dim not in over:
            return replace(base, argument=shift(argument, dim, lag, span))
        case Pick(inner, along) if along != dim:
            return replace(base, base=shift(inner, dim, lag, span))
        case Gather(inner, indices) if not any(dim in (d, *i.dims) for d, i in indices):
            return replace(base, base=shift(inner, dim, lag, span))
        case ConstArray(items) if dim != base.own:
            return replace(base, items=tuple(shift(i, dim, lag, span) for i in items))
        case Coordinate():
            return op("-", (base, number(lag, span)), base.dims, span)
        case _:
            return Shift(base, dim, lag, base.dims, base.type, span)
