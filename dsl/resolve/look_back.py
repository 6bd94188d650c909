"""Sums over the past: `sum[k = 1..11](w[lag = k] * x[time - k])` and `convolve[time](x, w)`.

A sum over a running number is a look back where each of its terms is a product of entries `k` steps
ago and of weights at position `k`; others are written out by `Expressions.running`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span
from gendsl.frontend import ast
from gendsl.ir.expr import Const, Dims, Expr, LookBack, Op, Pick, Shift
from gendsl.ir.types import INT, REAL, Kind
from gendsl.ir.walk import children, walk
from gendsl.resolve.build import number, op, union
from gendsl.resolve.failure import attempt_each
from gendsl.resolve.symbols import Context

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions

CONVOLVE = "convolve"


# --- sums over a running number ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Factor:
    """A factor of a term: what runs along `dim` at position `k + offset`, or is the same for all.

    `is_past` says that the position is that many steps ago.
    """

    body: Expr
    dim: str | None = None
    offset: int = 0
    is_past: bool = False


def look_back_sum(
    term: Callable[[int], Expr], low: int, high: int, order: Dims, span: Span
) -> Expr | None:
    """The sum of `term(k)` for `k` from `low` to `high` as look backs, if it is one."""
    if high - low < 1 or low < 1:
        return None
    return _sum(term(low), term(low + 1), term(high), low, high, order, span)


def _sum(
    first: Expr, second: Expr, last: Expr, low: int, high: int, order: Dims, span: Span
) -> Expr | None:
    match first, second, last:
        case (
            Op("+" | "-" as sign, (a1, b1)),
            Op("+" | "-" as sign2, (a2, b2)),
            Op("+" | "-" as sign3, (a3, b3)),
        ) if sign == sign2 == sign3:
            left = _sum(a1, a2, a3, low, high, order, span)
            right = _sum(b1, b2, b3, low, high, order, span)
            return None if left is None or right is None else op(sign, (left, right), order, span)
        case _:
            return _product(first, second, last, low, high, order, span)


def _product(
    first: Expr, second: Expr, last: Expr, low: int, high: int, order: Dims, span: Span
) -> Expr | None:
    parts = [_factors(e) for e in (first, second, last)]
    if len({len(p) for p in parts}) != 1:
        return None
    factors: list[_Factor] = []
    for one, next_, end in zip(*parts, strict=True):
        found = _factor(one, next_, end, low, high)
        if found is None:
            return None
        factors.append(found)
    past = [f for f in factors if f.is_past]
    picked = [f for f in factors if not f.is_past and f.dim is not None]
    same = [f.body for f in factors if f.dim is None]
    if len({(f.dim, f.offset) for f in past}) != 1 or len({(f.dim, f.offset) for f in picked}) > 1:
        return None
    along, lead = past[0].dim, past[0].offset
    if along is None or low + lead < 1:
        return None
    base = _times([f.body for f in past], order, span)
    weights = _times([f.body for f in picked], order, span) if picked else None
    over = picked[0].dim if picked else None
    offset = picked[0].offset - lead if picked else 0
    if weights is not None and over != along and over in base.dims:
        return None
    looked = _made(base, weights, along, over, (low + lead, high + lead), offset, order, span)
    return _times([*same, looked], order, span)


def _factors(expr: Expr) -> list[Expr]:
    match expr:
        case Op("*", (left, right)):
            return [*_factors(left), *_factors(right)]
        case Op("neg", (inner,)):
            return [number(-1), *_factors(inner)]
        case _:
            return [expr]


def _times(factors: list[Expr], order: Dims, span: Span) -> Expr:
    product = factors[0]
    for factor in factors[1:]:
        is_sign = isinstance(product, Const) and product.value == -1
        arguments = (factor,) if is_sign else (product, factor)
        product = op("neg" if is_sign else "*", arguments, order, span)
    return product


def _factor(first: Expr, second: Expr, last: Expr, low: int, high: int) -> _Factor | None:
    """What a factor is, from its forms for the first two numbers and for the last."""
    if first == second == last:
        return _Factor(first)
    marks: set[tuple[str, int, bool]] = set()
    body = _marked(first, second, low, marks)
    if body is None or len(marks) != 1:
        return None
    dim, offset, is_past = next(iter(marks))
    kept = dim in body.dims and not _reads_along(body, dim)
    at_end = _marked(first, last, low, set(), high - low)
    return _Factor(body, dim, offset, is_past) if kept and at_end == body else None


def _reads_along(body: Expr, dim: str) -> bool:
    """Whether an operation inside reads a dimension otherwise than position by position."""
    return any(
        dim in inner.dims and dim not in part.dims
        for part in walk(body)
        for inner in children(part)
    ) or any(isinstance(part, Shift) and part.dim == dim for part in walk(body))


def _marked(
    first: Expr, second: Expr, low: int, marks: set[tuple[str, int, bool]], steps: int = 1
) -> Expr | None:
    """The expression without its shifts and picks that move with the number, which are noted.

    Everything that varies along the dimension of a shift must move; `None` where it does not, or
    where the two forms differ in some other way.
    """
    match first, second:
        case Shift(base, dim, lag), Shift(other, dim2, lag2) if (
            dim == dim2 and base == other and lag2 == lag + steps
        ):
            marks.add((dim, lag - low, True))
            return base
        case Pick(base, dim, int() as at), Pick(other, dim2, int() as at2) if (
            dim == dim2 and base == other and at2 == at + steps
        ):
            marks.add((dim, at - low, False))
            return base
        case Op(name, arguments), Op(name2, others) if name == name2 and len(arguments) == len(
            others
        ):
            inside = [
                _marked(a, b, low, marks, steps) for a, b in zip(arguments, others, strict=True)
            ]
            found = tuple(e for e in inside if e is not None)
            if len(found) < len(inside):
                return None
            if all(e is a for e, a in zip(found, arguments, strict=True)):
                return first
            still = [e for e, a in zip(found, arguments, strict=True) if e is a]
            moved = {dim for dim, _, _ in marks}
            if any(moved & set(e.dims) for e in still):
                return None
            dims = union(tuple(e.dims for e in found), first.dims)
            return replace(first, arguments=found, dims=dims)
        case _:
            return first if first == second else None


# --- the whole past ------------------------------------------------------------------------------


def convolve(resolver: Expressions, node: ast.DimCall, context: Context) -> Expr:
    """`convolve[time](x, w)`: Σ_{k≥1} x[t - k] w[k], as far as there are weights."""
    if len(node.binders) != 1 or node.binders[0].lower is not None or len(node.arguments) != 2:
        raise resolver.fail(
            "G0213",
            "`convolve` takes one dimension, a series and its weights",
            node.span,
            "not of this form",
            help="`convolve[time](x, w)` is the sum over k ≥ 1 of x[time - k] * w[k]",
        )
    binder = node.binders[0]
    along = binder.dim
    resolver.require_dim(along, binder.span)
    _check_order(resolver, along, binder.span)
    inner = context.within((along,))
    base, weights = attempt_each(lambda a: resolver.number_of(a.value, inner), node.arguments)
    series, written = node.arguments
    if along not in base.dims:
        raise resolver.fail(
            "G0213",
            f"`convolve[{along}]` has nothing along `{along}`",
            series.span,
            f"has dimensions [{', '.join(base.dims)}]" if base.dims else "a single number",
            help="the series comes first, its weights second",
        )
    over = _dimension_of_lags(resolver, base, weights, along, context, written.span)
    past, lead = _unshifted(resolver, base, along, series.span)
    weighing, late = _unshifted(resolver, weights, over, written.span)
    if late > 1:
        raise resolver.fail(
            "G0213",
            f"the weights of `convolve` are shifted by {late}, so the first lag has none",
            written.span,
            "no weight one step ago",
            help=f"at most by 1, where the first entry is the weight one step ago: `w[{over} - 1]`",
        )
    return _made(
        past, weighing, along, over, (1 + lead, None), -late - lead, context.order, node.span
    )


def _check_order(resolver: Expressions, dim: str, span: Span) -> None:
    declared = resolver.symbols.dims[resolver.symbols.base_dim(dim)]
    if not declared.is_ordered:
        raise resolver.fail(
            "G0405",
            f"`{dim}` has no order, so it has no past",
            span,
            "looks back along this",
            secondary=(Label(declared.span, "declared here"),),
            help=f"if its members follow one another, declare `dim {declared.name} : ordered`",
        )


def _dimension_of_lags(
    resolver: Expressions, base: Expr, weights: Expr, along: str, context: Context, span: Span
) -> str:
    """The weights' dimension that the lags run along: the series' own, or one of theirs alone."""
    if along in weights.dims:
        return along
    free = [d for d in weights.dims if d not in base.dims and d not in context.kept]
    if len(free) == 1:
        return free[0]
    dims = f"[{', '.join(weights.dims)}]" if weights.dims else "none"
    raise resolver.fail(
        "G0213",
        "the weights of `convolve` have no dimension for the lags"
        if not free
        else "the weights of `convolve` have more than one dimension for the lags",
        span,
        f"its dimensions are {dims}",
        help=f"let them vary along `{along}`, or along a dimension of their own: `dim lag = 30`",
    )


def _unshifted(resolver: Expressions, expr: Expr, dim: str, span: Span) -> tuple[Expr, int]:
    """`x[time - 1]` without its shift, and by how much all of it was shifted."""
    lags: set[int] = set()
    stripped = _stripped(expr, dim, lags)
    if len(lags) > 1:
        raise resolver.fail(
            "G0213",
            "`convolve` reads one shift of each of its parts",
            span,
            "shifted in part, or in two ways",
            help="name it by an equation of its own, with its start",
        )
    return stripped, lags.pop()


def _stripped(expr: Expr, dim: str, lags: set[int]) -> Expr:
    """The expression without shifts along `dim`; the lags of all that varies along it are noted."""
    match expr:
        case Shift(base, along, lag) if along == dim:
            lags.add(lag)
            return base
        case Op(arguments=arguments) if dim in expr.dims:
            return replace(expr, arguments=tuple(_stripped(a, dim, lags) for a in arguments))
        case _:
            if dim in expr.dims:
                lags.add(0)
            return expr


def _made(
    base: Expr,
    weights: Expr | None,
    along: str,
    over: str | None,
    lags: tuple[int, int | None],
    offset: int,
    order: Dims,
    span: Span,
) -> LookBack:
    rest = () if weights is None else tuple(d for d in weights.dims if d != over)
    parts = [base.type] if weights is None else [base.type, weights.type]
    kind = INT if all(p.kind is not Kind.REAL for p in parts) else REAL
    dims = union((base.dims, rest), order)
    return LookBack(base, weights, along, over, *lags, offset, dims, kind, span)
