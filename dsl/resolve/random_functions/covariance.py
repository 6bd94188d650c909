"""The covariance of two evaluations of a random function, as an expression."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span
from gendsl.frontend import ast
from gendsl.ir.expr import Const, Coordinate, Dims, Expr, Gather, IndexOf, Op, Reduce
from gendsl.ir.rewrite import rewritten
from gendsl.ir.types import REAL
from gendsl.resolve.build import number, op
from gendsl.resolve.expressions import outside
from gendsl.resolve.free import free_names
from gendsl.resolve.random_functions.kernels import Formula, Kernel, Product, Scaled, Sum, Term
from gendsl.resolve.random_functions.table import KernelRow, formula
from gendsl.resolve.symbols import Context
from gendsl.resolve.symbols_of_functions import Evaluation

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions

TINY = 1e-36
"""Below this a squared distance is taken for 0, where its root has no slope."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The points of two evaluations: `x` along `rows[0]`, `y` along `rows[1]`.

    `named` keeps what a formula uses several times under a name.
    """

    x: Expr
    y: Expr
    rows: Dims
    inputs: Dims
    is_same: bool
    named: Callable[[Expr, str], Expr]

    @property
    def same(self) -> Expr:
        """1 where both are one point."""
        if not self.is_same:
            return number(0.0)
        return op("==", (Coordinate(self.rows[0]), Coordinate(self.rows[1])), self.rows)

    @property
    def order(self) -> Dims:
        """The order of dimensions in what is made of both."""
        return (*self.rows, *self.inputs)


def moved(expr: Expr, source: str, target: str) -> Expr:
    """The expression along another dimension of the same members."""
    if source not in expr.dims:
        return expr
    dims = tuple(target if d == source else d for d in expr.dims)
    return Gather(expr, ((source, IndexOf(target, source)),), dims, expr.type, expr.span)


def pair_of(
    one: Evaluation, other: Evaluation, named: Callable[[Expr, str], Expr], is_same: bool = False
) -> Pair:
    """The points of two evaluations; of one with itself, the second along its twin.

    `is_same` says of two that their points are the same ones, along two dimensions.
    """
    if one is other:
        y, rows = moved(one.point, one.row, one.twin), (one.row, one.twin)
    else:
        y, rows = other.point, (one.row, other.row)
    return Pair(one.point, y, rows, one.inputs, is_same or one is other, named)


def covariance(expressions: Expressions, kernel: Kernel, pair: Pair) -> Expr:
    """The kernel at every pair of points."""
    match kernel:
        case Term(span=span):
            return _placed(_term(expressions, kernel, pair), span)
        case Formula(statement):
            return _formula(expressions, statement, pair)
        case Sum(left, right, span):
            parts = (covariance(expressions, k, pair) for k in (left, right))
            return op("+", tuple(parts), pair.order, span)
        case Product(left, right, span):
            parts = (covariance(expressions, k, pair) for k in (left, right))
            return op("*", tuple(parts), pair.order, span)
        case Scaled(factor, inner, span):
            return op("*", (factor, covariance(expressions, inner, pair)), pair.order, span)


def _term(expressions: Expressions, term: Term, pair: Pair) -> Expr:
    row = term.row
    bindings = {**dict(term.arguments), "x": pair.x, "y": pair.y, "same": pair.same}
    bindings["pi"] = number(3.141592653589793)
    context = Context(pair.order, pair.order, bindings)
    uses = [name.id for name in free_names(formula(row.formula))]
    if row.each is not None:
        if "r" in uses:
            distance = _distance(expressions, row, pair, context)
            if uses.count("r") > 1:
                distance = pair.named(_placed(distance, term.span), "distance")
            context = context.binding("r", distance)
        else:
            each = expressions.number_of(formula(row.each), context)
            context = context.binding("s", _summed(each, pair))
    return expressions.number_of(formula(row.formula), context)


def _distance(expressions: Expressions, row: KernelRow, pair: Pair, context: Context) -> Expr:
    """The scaled distance; its slope is finite where the points are one."""
    if not pair.inputs:
        return expressions.number_of(formula("abs(x - y) / len"), context)
    assert row.each is not None
    squared = _summed(expressions.number_of(formula(row.each), context), pair)
    return op("sqrt", (op("max", (squared, number(TINY)), pair.order),), pair.order)


def _summed(each: Expr, pair: Pair) -> Expr:
    """The sum over the coordinates of a point."""
    over = tuple(d for d in pair.inputs if d in each.dims)
    if not over:
        return each
    return Reduce("sum", over, each, tuple(d for d in each.dims if d not in over), REAL)


def _formula(expressions: Expressions, statement: ast.KernelStatement, pair: Pair) -> Expr:
    assert statement.points is not None
    first, second = statement.points
    for name in free_names(statement.value):
        read = expressions.symbols.quantities.get(name.id)
        along = () if read is None else tuple(d for d in read.dims or () if d in pair.rows)
        if along and name.id not in (first.name, second.name):
            raise expressions.fail(
                "G0464",
                f"the kernel `{statement.name}` is not one number for two points",
                name.span,
                f"varies over the points, [{', '.join(along)}]",
                secondary=(Label(statement.name_span, "in this kernel"),),
                help=f"its points are `{first.name}` and `{second.name}`; what is computed of"
                f" `{name.id}` is named before, `let m = mean[{along[0]}]({name.id})`",
            )
    bindings = {first.name: pair.x, second.name: pair.y}
    value = expressions.number_of(statement.value, Context(pair.order, pair.order, bindings))
    extra = outside(value, pair.rows)
    if extra:
        raise expressions.fail(
            "G0464",
            f"the kernel `{statement.name}` is not one number for two points",
            statement.value.span,
            f"varies over [{', '.join(extra)}]",
            secondary=(Label(statement.name_span, "in this kernel"),),
            help=f"sum over the coordinates: `sum[{extra[0]}](...)`",
        )
    return value


def _placed(expr: Expr, span: Span) -> Expr:
    """The expression as one that stands where the kernel is written."""
    inside = rewritten(expr, lambda part: None if part is expr else _placed(part, span))
    return replace(_simplified(inside), span=span)


def _simplified(expr: Expr) -> Expr:
    """What a formula is at a parameter's default: x - 0, 1^2, 1 * x."""
    match expr:
        case Op("-", (left, Const(0.0))):
            return left
        case Op("^", (Const(1.0 | 1) as base, Const())):
            return base
        case Op("*", (Const(1.0 | 1), right)):
            return right
        case _:
            return expr


def plus(left: Expr | None, right: Expr, order: Dims) -> Expr:
    """The sum of what there is."""
    return right if left is None else op("+", (left, right), order)


def is_zero(expr: Expr) -> bool:
    """Whether an expression is the number 0."""
    return getattr(expr, "value", None) == 0
