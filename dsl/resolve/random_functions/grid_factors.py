"""The factors of a kernel on a grid: one for each side, in the order of the arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span
from gendsl.ir.expr import Expr
from gendsl.resolve.build import number, op
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.random_functions.kernels import Kernel, Product, Scaled, Sum, Term
from gendsl.resolve.random_functions.reading import Process
from gendsl.resolve.symbols_of_functions import RandomFunction

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions


def factors(
    expressions: Expressions, function: RandomFunction, process: Process
) -> tuple[Kernel, Kernel]:
    """The kernels of the first and the second side; numbers and constants are in the first.

    Raises:
        Unresolved: for a kernel that is no product of two.
    """
    scales: list[Expr] = []
    found: list[Kernel] = []

    def gather(kernel: Kernel, around: Span | None) -> None:
        """The factors that are written beside each other: one with a name is one factor."""
        match kernel:
            case Scaled(factor, inner):
                scales.append(factor)
                gather(inner, around)
            case Product(left, right, span) if around is None or _is_inside(span, around):
                gather(left, span)
                gather(right, span)
            case Term(row, ((_, scale),)) if row.name == "Constant":
                scales.append(op("^", (scale, number(2)), scale.dims))
            case _:
                found.append(kernel)

    gather(process.kernel, None)
    if len(found) != 2:
        raise _refused(expressions, function, found)
    first, second = found
    for scale in reversed(scales):
        first = Scaled(scale, first, function.statement.distribution.span)
    return first, second


def _is_inside(span: Span, around: Span) -> bool:
    return span.source is around.source and around.start <= span.start and span.end <= around.end


def _refused(expressions: Expressions, function: RandomFunction, found: list[Kernel]) -> Unresolved:
    count = len(found)
    is_sum = count == 1 and isinstance(found[0], Sum)
    if is_sum:
        label = "a sum"
        help = (
            "a sum of products has no factors: let the points be a table, `data X[row, axis]`, and"
            " write `approx = exact` with `k1[axis = 0] * k2[axis = 1] + ...`"
        )
    elif count > 2:
        label = f"{count} factors"
        help = "name what belongs to one side: `kernel k = RBF(1) * Linear(1)`, then `k * RBF(2)`"
    else:
        label = "1 factor" if count else "no factor"
        help = "give each side its kernel: `kernel = RBF(1) * Matern32(2)`"
    return expressions.fail(
        "G0459",
        f"the kernel of `{function.name}` is no product of two, one for each side of a grid",
        function.statement.distribution.span,
        label,
        secondary=tuple(Label(e.span, "a grid") for e in function.evaluations[:1]),
        help=help,
    )
