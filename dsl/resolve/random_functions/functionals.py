"""`derivative[f](x)`, `integral[f](a, b)`: what is linear in a random function on a line.

They are jointly normal with its values. Source: Rasmussen & Williams (2006), sec. 9.4 and 9.8.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span
from gendsl.frontend import ast
from gendsl.ir.expr import Dims, Expr, Reduce
from gendsl.ir.types import REAL
from gendsl.resolve.build import PI, number, op
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.random_functions.kernels import Kernel, Product, Scaled, Sum, SumOver, Term
from gendsl.resolve.random_functions.stationary import ORDERS, V
from gendsl.resolve.random_functions.table import formula
from gendsl.resolve.symbols import Context

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions
    from gendsl.resolve.random_functions.covariance import Pair


class Functional(StrEnum):
    """What is asked of a function at a point, or between two."""

    VALUE = "value"
    DERIVATIVE = "derivative"
    INTEGRAL = "integral"

    @property
    def order(self) -> int:
        """How many derivatives it takes; an integral takes one back."""
        return {"value": 0, "derivative": 1, "integral": -1}[self.value]


NAMES = (Functional.DERIVATIVE.value, Functional.INTEGRAL.value)


def is_functional(expressions: Expressions, node: ast.DimCall) -> bool:
    """Whether a call is `derivative[f](x)` or `integral[f](a, b)` of a random function `f`."""
    functions = expressions.symbols.random_functions
    return node.function.id in NAMES and bool(node.binders) and node.binders[0].dim in functions


def functional(expressions: Expressions, node: ast.DimCall, context: Context) -> Expr:
    """The derivative of a random function at points, or its integral between them.

    Raises:
        Unresolved: for other than one point, or two ends.
    """
    from gendsl.resolve.random_functions.calls import evaluation

    asked = Functional(node.function.id)
    binder, *rest = node.binders
    wanted = 2 if asked is Functional.INTEGRAL else 1
    if len(node.arguments) != wanted or any(a.name is not None for a in node.arguments):
        raise expressions.fail(
            "G0473",
            "a derivative is at one point"
            if wanted == 1
            else "an integral is from one end to another",
            node.span,
            f"{len(node.arguments)} given",
            help=f"write `derivative[{binder.dim}](x)` or `integral[{binder.dim}](a, b)`",
        )
    name = ast.Name(binder.dim, binder.span)
    call: ast.Call | ast.DimCall = ast.Call(name, node.arguments, node.span)
    if rest:
        call = ast.DimCall(name, tuple(rest), node.arguments, node.span)
    return evaluation(expressions, call, context, asked)


def functional_covariance(expressions: Expressions, kernel: Kernel, pair: Pair) -> Expr:
    """The covariance of two functionals: the kernel with theirs taken of x and of y.

    Raises:
        Unresolved: for a kernel that has not got them.
    """
    from gendsl.resolve.random_functions.covariance import covariance, placed

    if pair.is_of_values:
        return covariance(expressions, kernel, pair)
    if pair.inputs:
        raise expressions.fail(
            "G0473",
            "derivatives and integrals are of functions on a line",
            pair.span or _span_of(kernel),
            f"its points have the coordinates [{', '.join(pair.inputs)}]",
            help="model what is wanted itself, or call the function at points of one coordinate",
        )
    match kernel:
        case Sum(left, right, span):
            both = (functional_covariance(expressions, k, pair) for k in (left, right))
            return op("+", tuple(both), pair.order, span)
        case Scaled(factor, inner, span):
            return op(
                "*", (factor, functional_covariance(expressions, inner, pair)), pair.order, span
            )
        case SumOver(over, inner, span):
            within = replace(pair, members=(*pair.members, *over))
            each = functional_covariance(expressions, inner, within)
            dims = tuple(d for d in each.dims if d not in over)
            return Reduce("sum", tuple(d for d in over if d in each.dims), each, dims, REAL, span)
        case Product(left, right, span) if _is_of_members(left) or _is_of_members(right):
            members, along = (left, right) if _is_of_members(left) else (right, left)
            factors = (
                covariance(expressions, members, _of_values(pair)),
                functional_covariance(expressions, along, pair),
            )
            return op("*", factors, pair.order, span)
        case Product(left, right, span) if pair.of_x.order >= 0 and pair.of_y.order >= 0:
            return _product(expressions, left, right, pair, span)
        case Term(row, span=span) if row.name in ORDERS:
            return placed(_stationary(expressions, kernel, pair, span), span)
        case Term(row, span=span) if row.name == "Linear":
            return placed(_linear(kernel, pair, span), span)
        case _:
            what = kernel.row.name if isinstance(kernel, Term) else None
            raise _lacking(expressions, what, pair, _span_of(kernel))


def _is_of_members(kernel: Kernel) -> bool:
    """Whether a kernel is the covariance of functions that vary together: it has no points."""
    return isinstance(kernel, Term) and kernel.row.is_joint


def _of_values(pair: Pair) -> Pair:
    """The same points, at which values are asked for: of what does not vary along the line."""
    return replace(pair, of_x=Functional.VALUE, of_y=Functional.VALUE)


def _product(expressions: Expressions, left: Kernel, right: Kernel, pair: Pair, span: Span) -> Expr:
    """Leibniz's rule: each derivative is taken of one factor or the other."""
    total: Expr | None = None
    for at_x in _sides(pair.of_x):
        for at_y in _sides(pair.of_y):
            one = replace(pair, of_x=at_x[0], of_y=at_y[0])
            other = replace(pair, of_x=at_x[1], of_y=at_y[1])
            factors = (
                functional_covariance(expressions, left, one),
                functional_covariance(expressions, right, other),
            )
            part = op("*", factors, pair.order, span)
            total = part if total is None else op("+", (total, part), pair.order, span)
    assert total is not None
    return total


def _sides(asked: Functional) -> tuple[tuple[Functional, Functional], ...]:
    if asked is Functional.VALUE:
        return ((asked, asked),)
    return ((asked, Functional.VALUE), (Functional.VALUE, asked))


def _ends(point: Expr, until: Expr | None) -> tuple[tuple[int, Expr], ...]:
    return ((1, point),) if until is None else ((1, until), (-1, point))


def _stationary(expressions: Expressions, term: Term, pair: Pair, span: Span) -> Expr:
    """h_n at the differences of the points, or of the ends of intervals."""
    order = pair.of_x.order + pair.of_y.order
    rows = ORDERS[term.row.name]
    if order not in rows or not _has_each(rows, pair):
        raise _lacking(expressions, term.row.name, pair, span)
    total: Expr | None = None
    turned = -1 if pair.of_y.order % 2 else 1
    for sign_x, x in _ends(pair.x, pair.until_x):
        for sign_y, y in _ends(pair.y, pair.until_y):
            bindings = {**dict(term.arguments), "t": op("-", (x, y), pair.order, span)}
            bindings["pi"] = PI
            context = Context(pair.kept, pair.order, bindings, pair=pair)
            if term.row.name in V:
                v = expressions.number_of(formula(V[term.row.name]), context)
                context = context.binding("v", pair.named(v, "distance"))
            part = expressions.number_of(formula(rows[order]), context)
            if total is None:
                total = part if turned * sign_x * sign_y > 0 else op("neg", (part,), pair.order)
            else:
                sign = "+" if turned * sign_x * sign_y > 0 else "-"
                total = op(sign, (total, part), pair.order, span)
    assert total is not None
    return total


def _has_each(rows: object, pair: Pair) -> bool:
    """Whether f' exists, not only its covariance with something smoother."""
    asks = Functional.DERIVATIVE in (pair.of_x, pair.of_y)
    return not asks or (isinstance(rows, dict) and 2 in rows)


def _linear(term: Term, pair: Pair, span: Span) -> Expr:
    """scale^2 (x - centre) (y - centre), each factor derived or integrated by itself."""
    given = dict(term.arguments)
    factors = [op("^", (given["scale"], number(2)), (), span)]
    sides = ((pair.of_x, pair.x, pair.until_x), (pair.of_y, pair.y, pair.until_y))
    for asked, point, until in sides:
        moved = op("-", (point, given["centre"]), pair.order, span)
        match asked:
            case Functional.VALUE:
                factors.append(moved)
            case Functional.DERIVATIVE:
                pass
            case Functional.INTEGRAL:
                assert until is not None
                last = op("-", (until, given["centre"]), pair.order, span)
                squares = (op("^", (end, number(2)), pair.order, span) for end in (last, moved))
                factors.append(
                    op(
                        "/",
                        (op("-", tuple(squares), pair.order, span), number(2)),
                        pair.order,
                        span,
                    )
                )
    total = factors[0]
    for factor in factors[1:]:
        total = op("*", (total, factor), pair.order, span)
    return total


def _lacking(expressions: Expressions, row: str | None, pair: Pair, span: Span) -> Unresolved:
    asked = next(a for a in (pair.of_x, pair.of_y) if a is not Functional.VALUE)
    what = f"a function with `{row}`" if row else "a function with this kernel"
    has = [
        name
        for name, orders in ORDERS.items()
        if (2 if asked is Functional.DERIVATIVE else -2) in orders
    ]
    return expressions.fail(
        "G0474",
        f"{what} has no {asked.value} here",
        pair.span or span,
        f"its {asked.value} is asked for",
        secondary=(Label(span, "with this kernel"),),
        help=f"there is one for sums of {', '.join(f'`{n}`' for n in has)} and `Linear`"
        + (", and for their products" if asked is Functional.DERIVATIVE else ""),
    )


def _span_of(kernel: Kernel) -> Span:
    from gendsl.resolve.random_functions.kernels import Formula

    return kernel.statement.span if isinstance(kernel, Formula) else kernel.span


def mean_of(mean: Expr, asked: Functional, point: Expr, until: Expr | None, order: Dims) -> Expr:
    """The mean of what is asked of a function whose own mean is a number."""
    match asked:
        case Functional.VALUE:
            return mean
        case Functional.DERIVATIVE:
            return number(0.0)
        case Functional.INTEGRAL:
            assert until is not None
            return op("*", (mean, op("-", (until, point), order)), order)
