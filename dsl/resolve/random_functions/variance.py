"""The variance of a random function at each of some points, as an expression."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gendsl.ir.expr import Dims, Expr
from gendsl.resolve.build import number, op
from gendsl.resolve.random_functions.covariance import Pair, covariance
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
from gendsl.resolve.symbols_of_functions import Evaluation

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions


def variance(
    expressions: Expressions,
    kernel: Kernel,
    at: Evaluation,
    named: Callable[[Expr, str], Expr],
    members: Dims,
) -> Expr:
    """The kernel of every point with itself; a stationary one has one variance for all.

    `named` keeps what a formula uses several times under a name; there is a kernel of its own for
    each member of `members`.
    """
    match kernel:
        case Term(row, arguments) if row.is_stationary and not row.is_mixture and not row.is_joint:
            scale = dict(arguments).get("scale")
            return number(1.0) if scale is None else op("^", (scale, number(2)), scale.dims)
        case Sum(left, right) | Product(left, right):
            sides = tuple(variance(expressions, k, at, named, members) for k in (left, right))
            return op("+" if isinstance(kernel, Sum) else "*", sides, (at.row,))
        case Scaled(factor, inner):
            own = variance(expressions, inner, at, named, members)
            return factor if own == number(1.0) else op("*", (factor, own), (at.row,))
        case Term() | Formula() | SumOver() | OfCoordinates():
            rows = (at.row, at.row)
            pair = Pair(at.point, at.point, rows, at.inputs, True, named, members=members)
            return covariance(expressions, kernel, pair)
