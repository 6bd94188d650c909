"""The covariance of two evaluations of a random function, as an expression."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span
from gendsl.frontend import ast
from gendsl.ir.expr import Const, Coordinate, Dims, Expr, Op, Reduce
from gendsl.ir.rewrite import rewritten
from gendsl.ir.types import REAL
from gendsl.resolve.build import PI, number, op
from gendsl.resolve.expressions import outside
from gendsl.resolve.free import free_names
from gendsl.resolve.indexing import resolve_index
from gendsl.resolve.random_functions.coregions import coregion
from gendsl.resolve.random_functions.functionals import Functional, functional_covariance
from gendsl.resolve.random_functions.kernel_calls import between
from gendsl.resolve.random_functions.kernels import (
    Formula,
    Kernel,
    OfCoordinates,
    Product,
    Scaled,
    Sum,
    SumOver,
    Term,
)
from gendsl.resolve.random_functions.moving import moved
from gendsl.resolve.random_functions.table import KernelRow, formula
from gendsl.resolve.random_functions.wide_networks import wide_network
from gendsl.resolve.symbols import Context
from gendsl.resolve.symbols_of_functions import Evaluation, Members

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
    members: Dims = ()
    """The dimensions for each of whose members there is a kernel of its own."""
    kernels: Mapping[str, Kernel] = field(default_factory=dict)
    """The kernels that a formula of the table calls, by the names of its parameters."""
    members_x: Members = ()
    """Of which of several functions the values at x are."""
    members_y: Members = ()
    of_x: Functional = Functional.VALUE
    of_y: Functional = Functional.VALUE
    until_x: Expr | None = None
    """The end of the interval that begins at x."""
    until_y: Expr | None = None
    span: Span | None = None
    """Where what is no value is asked for."""

    @property
    def same(self) -> Expr:
        """1 where both are one point."""
        if not self.is_same:
            return number(0.0)
        return op("==", (Coordinate(self.rows[0]), Coordinate(self.rows[1])), self.rows)

    @property
    def is_of_values(self) -> bool:
        """Whether the function's values are asked for at both."""
        return self.of_x is Functional.VALUE and self.of_y is Functional.VALUE

    @property
    def kept(self) -> Dims:
        """The dimensions that a kernel at both may have."""
        return (*self.rows, *self.members)

    @property
    def order(self) -> Dims:
        """The order of dimensions in what is made of both."""
        return (*self.rows, *self.inputs)


def pair_of(
    one: Evaluation,
    other: Evaluation,
    named: Callable[[Expr, str], Expr],
    is_same: bool = False,
    members: Dims = (),
) -> Pair:
    """The points of two evaluations; of one with itself, the second along its twin.

    `is_same` says of two that their points are the same ones, along two dimensions.
    """
    if one is other:
        y, rows = moved(one.point, one.row, one.twin), (one.row, one.twin)
    else:
        y, rows = other.point, (one.row, other.row)
    members_y, until_y = other.members, other.until
    if one is other:
        until_y = None if until_y is None else moved(until_y, one.row, one.twin)
        members_y = tuple((d, moved(index, one.row, one.twin)) for d, index in one.members)
    return Pair(
        one.point, y, rows, one.inputs, is_same or one is other, named, members,
        members_x=one.members, members_y=members_y,
        of_x=Functional(one.asked), of_y=Functional(other.asked),
        until_x=one.until, until_y=until_y,
        span=other.span if other.asked != Functional.VALUE else one.span,
    )  # fmt: skip


def covariance(expressions: Expressions, kernel: Kernel, pair: Pair) -> Expr:
    """The kernel at every pair of points, or what is asked of the function there."""
    if not pair.is_of_values:
        return functional_covariance(expressions, kernel, pair)
    match kernel:
        case Term(row, span=span) if row.is_layered:
            return placed(wide_network(expressions, kernel, pair), span)
        case Term(row) if row.is_joint:
            return coregion(expressions, kernel, pair)
        case Term(span=span):
            return placed(_term(expressions, kernel, pair), span)
        case SumOver():
            return _sum_over(expressions, kernel, pair)
        case OfCoordinates(inner, items, span):
            context = Context(pair.kept, pair.order, {})
            x, y = (resolve_index(expressions, p, items, span, context) for p in (pair.x, pair.y))
            value = covariance(expressions, inner, between(pair, x, y, context))
            extra = outside(value, pair.kept)
            if extra:
                raise expressions.fail(
                    "G0464",
                    "a kernel of some coordinates is one number for two points",
                    span,
                    f"varies over [{', '.join(extra)}]",
                    help="its lengths vary over the coordinates that are left: those of the index",
                )
            return value
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


def _sum_over(expressions: Expressions, kernel: SumOver, pair: Pair) -> Expr:
    """A sum of kernels; coordinates that are summed over are points of their own in it."""
    over = kernel.over
    taken = [d for d in over if d in (*pair.rows, *pair.members)]
    if taken:
        raise expressions.fail(
            "G0470",
            f"kernels are added over `{taken[0]}`, along which the points stand",
            kernel.span,
            "the same dimension",
            help="components have a dimension of their own: `dim component = 3`",
        )
    inputs = tuple(d for d in pair.inputs if d not in over)
    within = replace(pair, inputs=inputs, members=(*pair.members, *over))
    each = covariance(expressions, kernel.kernel, within)
    for dim in over:
        if dim not in each.dims:
            raise expressions.fail(
                "G0470",
                f"nothing of this kernel varies over `{dim}`",
                kernel.span,
                f"{len(over)} summed over" if len(over) > 1 else "summed over",
                help=f"give a parameter that dimension, `data len[{dim}] : real > 0`, or drop the"
                " sum",
            )
    return Reduce(
        "sum", over, each, tuple(d for d in each.dims if d not in over), REAL, kernel.span
    )


def _term(expressions: Expressions, term: Term, pair: Pair) -> Expr:
    row = term.row
    if pair.inputs and row.is_on_line:
        raise expressions.fail(
            "G0469",
            f"`{row.name}` is a kernel of points on a line",
            term.span,
            f"these have the coordinates [{', '.join(pair.inputs)}]",
            help=f"give it one of them: `{row.name}(...)[{pair.inputs[0]} = 0]`",
        )
    bindings = {**dict(term.arguments), "x": pair.x, "y": pair.y, "same": pair.same}
    bindings["pi"] = PI
    pair = replace(pair, kernels=dict(term.kernels))
    context = Context(pair.kept, pair.order, bindings, pair=pair)
    uses = [name.id for name in free_names(formula(row.formula))]
    if row.each is not None:
        if "r" in uses:
            distance = _distance(expressions, row, pair, context)
            if uses.count("r") > 1:
                distance = pair.named(placed(distance, term.span), "distance")
            context = context.binding("r", distance)
        else:
            each = expressions.number_of(formula(row.each), context)
            context = context.binding("s", _summed(each, pair))
        if row.also is not None:
            also = expressions.number_of(formula(row.also), context)
            context = context.binding("t", _summed(also, pair))
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
    pair = replace(pair, kernels={})
    context = Context(pair.kept, pair.order, bindings, pair=pair)
    value = expressions.number_of(statement.value, context)
    extra = outside(value, pair.kept)
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


def placed(expr: Expr, span: Span) -> Expr:
    """The expression as one that stands where the kernel is written."""
    inside = rewritten(expr, lambda part: None if part is expr else placed(part, span))
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
