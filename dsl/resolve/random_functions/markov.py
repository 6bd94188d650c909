"""The states of a Markovian kernel: their transitions and covariances, as matrices of expressions.

Of a sum of kernels the states stand side by side, of a product there is one for each pair.
Source: Särkkä & Solin (2019), Applied Stochastic Differential Equations, sec. 12.3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gendsl.ir.expr import Const, Dims, Expr
from gendsl.resolve.build import PI, number, op
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
from gendsl.resolve.random_functions.table import formula
from gendsl.resolve.symbols import Context

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions

Matrix = tuple[tuple[Expr, ...], ...]


@dataclass(frozen=True, slots=True)
class States:
    """f_t = Σ observed x_t with x_t = A x_{t-1} + q; `covariance` is that of x_t."""

    observed: tuple[int, ...]
    transition: Matrix
    covariance: Matrix


@dataclass(frozen=True, slots=True)
class Points:
    """Sorted points along `row`: where they are, and how far each is from the one before.

    `named` keeps what formulas use several times under a name.
    """

    row: str
    place: Callable[[], Expr]
    gap: Expr
    named: Callable[[Expr], Expr]


def not_markovian(kernel: Kernel) -> Term | Formula | SumOver | OfCoordinates | None:
    """The first part of a kernel without a state-space form."""
    match kernel:
        case Term(row):
            return kernel if row.markov is None else None
        case Formula() | SumOver() | OfCoordinates():
            return kernel
        case Sum(left, right) | Product(left, right):
            return not_markovian(left) or not_markovian(right)
        case Scaled(kernel=inner):
            return not_markovian(inner)


def states_of(expressions: Expressions, kernel: Kernel, points: Points) -> States:
    """The states of a kernel all of whose parts have some."""
    match kernel:
        case Term():
            return _term(expressions, kernel, points)
        case Sum(left, right):
            one, other = (states_of(expressions, k, points) for k in (left, right))
            return States(
                one.observed + other.observed,
                _beside(one.transition, other.transition),
                _beside(one.covariance, other.covariance),
            )
        case Product(left, right):
            one, other = (states_of(expressions, k, points) for k in (left, right))
            order = (points.row,)
            return States(
                tuple(a * b for a in one.observed for b in other.observed),
                _each_pair(one.transition, other.transition, order),
                _each_pair(one.covariance, other.covariance, order),
            )
        case Scaled(factor, inner):
            found = states_of(expressions, inner, points)
            order = (points.row,)
            scaled = tuple(tuple(_times(factor, c, order) for c in r) for r in found.covariance)
            return States(found.observed, found.transition, scaled)
        case Formula() | SumOver() | OfCoordinates():
            raise AssertionError("this kernel has no states")


def _term(expressions: Expressions, term: Term, points: Points) -> States:
    form = term.row.markov
    assert form is not None
    bindings = {**dict(term.arguments), "gap": points.gap, "pi": PI}
    context = Context((points.row,), (points.row,), bindings)
    texts = " ".join(text for row in form.covariance for text in row)
    if "place" in texts:
        context = context.binding("place", points.place())
    if form.u is not None:
        u = expressions.number_of(formula(form.u), context)
        context = context.binding("u", points.named(u))

    def matrix(rows: tuple[tuple[str, ...], ...]) -> Matrix:
        return tuple(
            tuple(_entry(expressions.number_of(formula(t), context)) for t in row) for row in rows
        )

    size = len(form.transition)
    return States((1, *(0,) * (size - 1)), matrix(form.transition), matrix(form.covariance))


def _entry(expr: Expr) -> Expr:
    return number(float(expr.value)) if isinstance(expr, Const) else expr


def _beside(one: Matrix, other: Matrix) -> Matrix:
    """The matrix with both on its diagonal."""
    zero = number(0.0)
    above = tuple((*row, *(zero,) * len(other)) for row in one)
    return (*above, *((*(zero,) * len(one), *row) for row in other))


def _each_pair(one: Matrix, other: Matrix, order: Dims) -> Matrix:
    """The Kronecker product."""
    return tuple(
        tuple(_times(a, b, order) for a in row for b in beside) for row in one for beside in other
    )


def _times(left: Expr, right: Expr, order: Dims) -> Expr:
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Const) and one.value == 0:
            return number(0.0)
        if isinstance(one, Const) and one.value == 1:
            return other
    return op("*", (left, right), order)
