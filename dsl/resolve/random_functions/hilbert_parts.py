"""What a kernel is made of for the Hilbert-space solver: spectral densities, and series of its own.

A stationary kernel of the table has a spectral density; those of a sum are added. `Periodic` is a
series of waves, `Constant` and `Linear` are one function for each of their weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gendsl.ir.expr import Const, Expr, Op
from gendsl.resolve.build import op
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

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions

OWN = ("Periodic", "Constant", "Linear")
"""Kernels with basis functions of their own."""


@dataclass(frozen=True, slots=True)
class Part:
    """A kernel of the table times a number; `None` stands for 1."""

    factor: Expr | None
    term: Term


def parts_of(
    expressions: Expressions, kernel: Kernel, factor: Expr | None = None
) -> tuple[Part, ...]:
    """The parts of a sum; a kernel that is none is a diagnostic."""
    match kernel:
        case Sum(left, right):
            return (
                *parts_of(expressions, left, factor),
                *parts_of(expressions, right, factor),
            )
        case Scaled(own, inner):
            both = own if factor is None else op("*", (factor, own), own.dims)
            return parts_of(expressions, inner, both)
        case Term(row) if row.spectrum is not None or row.name in OWN:
            return (Part(factor, kernel),)
        case Term(row, span=span):
            raise expressions.fail(
                "G0492",
                f"`{row.name}` has no spectral density here",
                span,
                "not for `hilbert`",
                help="write `approx = inducing(m = 128)` or `approx = exact`, for any kernel",
            )
        case Product(span=span):
            raise expressions.fail(
                "G0492",
                "a product of kernels has no spectral density here",
                span,
                "not for `hilbert`",
                help="write `approx = inducing(m = 128)` or `approx = exact`, for any kernel",
            )
        case SumOver(span=span) | OfCoordinates(span=span):
            raise expressions.fail(
                "G0492",
                "`hilbert` has no sums over a dimension, and no kernels of some coordinates",
                span,
                "not for `hilbert`",
                help="write `approx = inducing(m = 128)` or `approx = exact`, for any kernel",
            )
        case Formula(statement):
            raise expressions.fail(
                "G0492",
                f"the spectral density of `{statement.name}` is not known",
                statement.name_span,
                "not for `hilbert`",
                help="write `approx = inducing(m = 128)` or `approx = exact`, for any kernel",
            )


def root(factor: Expr, order: tuple[str, ...]) -> Expr:
    """The square root of a scale: of `amp^2` it is `amp`, as the sign of weights is free."""
    match factor:
        case Op("^", (base, Const(2))):
            return base
        case _:
            return op("sqrt", (factor,), order)
