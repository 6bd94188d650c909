"""What a matrix that is a parameter must be: a factor with its rows in place, or symmetric."""

from __future__ import annotations

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span
from gendsl.distributions.family import FamilyParameter
from gendsl.distributions.support import SupportKind
from gendsl.ir.expr import Const, ConstArray, Expr, Gather, Ref
from gendsl.ir.walk import children, walk
from gendsl.resolve.expressions import Expressions

WHOLE_MATRICES = frozenset({SupportKind.CORR, SupportKind.COV})


def _as_covariance(name: str, kind: SupportKind, event: str, twin: str) -> str:
    if kind is SupportKind.COV:
        return f"write `covariance = {name}`"
    return f"with scales `s[{event}]`, write `covariance = s * {name} * s[{event} = {twin}]`"


def _varies_alone(expr: Expr, dim: str, other: str) -> bool:
    """Whether a part of an expression has one of two dimensions without the other."""
    if dim not in expr.dims:
        return False
    if other not in expr.dims:
        return True
    if isinstance(expr, Gather | ConstArray):
        return False
    return any(_varies_alone(part, dim, other) for part in children(expr))


def check_kind_of_matrix(
    expressions: Expressions,
    parameter: FamilyParameter,
    expr: Expr,
    axes: tuple[str, str],
    span: Span,
    site: Span,
) -> None:
    """A factor is lower triangular with the event dimension as its rows; nothing else is."""
    event, twin = axes
    is_factor = parameter.name == "cholesky"
    rows, columns = (
        _varies_alone(expr, dim, other) for dim, other in ((event, twin), (twin, event))
    )
    if not is_factor and rows != columns:
        raise expressions.fail(
            "G0312",
            f"`{parameter.name}` is not symmetric in `{event}` and `{twin}`",
            span,
            f"something varies over `{event if rows else twin}` alone",
            help=f"scales stand on both sides: `s * R * s[{event} = {twin}]`",
        )
    _check_written(expressions, parameter, expr, span)
    for part in walk(expr):
        if not isinstance(part, Ref) or not {event, twin} <= set(part.dims):
            continue
        kind = expressions.support_of(part.name)
        if kind in WHOLE_MATRICES and is_factor:
            raise expressions.fail(
                "G0312",
                f"`{part.name}` is a whole matrix, `cholesky` wants its factor",
                part.span or span,
                f"a `{kind.value}`",
                help=_as_covariance(part.name, kind, event, twin),
            )
        if kind is SupportKind.CHOLESKY_CORR and not is_factor:
            raise expressions.fail(
                "G0312",
                f"`{part.name}` is a Cholesky factor, `{parameter.name}` wants the matrix",
                part.span or span,
                "a lower-triangular factor",
                help=f"write `cholesky = {span.text}`",
            )
        order = [dim for dim in part.dims if dim in (event, twin)]
        if kind is SupportKind.CHOLESKY_CORR and order != [event, twin]:
            raise expressions.fail(
                "G0312",
                f"the rows of `{part.name}` are `{twin}`, those of this factor are `{event}`",
                part.span or span,
                f"lower triangular over [{twin}, {event}]",
                secondary=(Label(site, f"draws vectors over `{event}`"),),
                help=f"declare it the other way round: `{part.name}[{event}, {twin}]`",
            )


def _check_written(
    expressions: Expressions, parameter: FamilyParameter, expr: Expr, span: Span
) -> None:
    """A matrix that is written as a literal is symmetric, or lower triangular."""
    rows = expr.items if isinstance(expr, ConstArray) else ()
    entries = [row.items for row in rows if isinstance(row, ConstArray)]
    if len(entries) != len(rows):
        return
    for i, row in enumerate(entries):
        for j, above in enumerate(row[i + 1 :], start=i + 1):
            below = entries[j][i]
            is_zero = isinstance(above, Const) and above.value == 0
            if parameter.name == "cholesky" and not is_zero:
                raise expressions.fail(
                    "G0312",
                    "the written factor is not lower triangular",
                    above.span or span,
                    f"in row {i + 1}, to the right of the diagonal",
                    help="a factor has zeros there; a whole matrix is `covariance = [[...]]`",
                )
            if parameter.name != "cholesky" and not _is_same(above, below):
                raise expressions.fail(
                    "G0312",
                    f"`{parameter.name}` is not symmetric",
                    above.span or span,
                    f"row {i + 1}, column {j + 1}",
                    secondary=(Label(below.span or span, f"row {j + 1}, column {i + 1}"),),
                    help="write the same entry on both sides of the diagonal",
                )


def _is_same(one: Expr, other: Expr) -> bool:
    is_number = isinstance(one, Const) and isinstance(other, Const) and one.value == other.value
    return is_number or one == other
