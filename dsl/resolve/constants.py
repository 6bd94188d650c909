"""Parameters of families that are written as numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gendsl.diagnostics.source import Span
from gendsl.distributions.family import Family, FamilyParameter
from gendsl.distributions.support import SupportKind
from gendsl.frontend import ast
from gendsl.ir.expr import Const, ConstArray, Expr
from gendsl.resolve.expressions import Expressions
from gendsl.resolve.parameter_help import describe, parameter_hint


def check_constant(
    expressions: Expressions, family: Family, parameter: FamilyParameter, expr: Expr, span: Span
) -> None:
    """A number that can never be this parameter is an error."""
    if isinstance(expr, ConstArray):
        for item in expr.items:
            check_constant(expressions, family, parameter, item, item.span or span)
        return
    if not isinstance(expr, Const):
        return
    support = parameter.support
    value = float(expr.value)
    low = support.lower.value if support.lower is not None else None
    high = support.upper.value if support.upper is not None else None
    is_bad = (
        isinstance(low, float)
        and (
            value < low or (value == low and support.lower is not None and support.lower.is_strict)
        )
    ) or (
        isinstance(high, float)
        and (
            value > high
            or (value == high and support.upper is not None and support.upper.is_strict)
        )
    )
    if is_bad:
        raise expressions.fail(
            "G0308",
            f"`{parameter.name}` of `{family.name}` can't be {expr.value}",
            span,
            f"must be {describe(parameter)}",
            help=parameter_hint(parameter, value),
        )
    if support.kind is SupportKind.INT and value != int(value):
        raise expressions.fail(
            "G0308",
            f"`{parameter.name}` of `{family.name}` can't be {expr.value}",
            span,
            "must be a whole number",
            help=f"`{parameter.name}` is {parameter.help}",
        )


def check_order(
    expressions: Expressions,
    family: Family,
    parameters: Sequence[FamilyParameter],
    pairs: Sequence[tuple[str, object]],
    written: Mapping[str, ast.Expr],
) -> None:
    """A number that can't be this parameter beside another one, as in `Uniform(2, -2)`.

    Raises:
        Unresolved: if there is one; it has been reported.
    """
    numbers = {name: value for name, value in pairs if isinstance(value, Const)}
    for parameter in parameters:
        limit, found = parameter.support.lower, numbers.get(parameter.name)
        if limit is None or not isinstance(limit.value, str) or found is None:
            continue
        least = numbers.get(limit.value)
        if least is None or found.value > least.value:
            continue
        if found.value == least.value and not limit.is_strict:
            continue
        other = next(p for p in parameters if p.name == limit.value)
        raise expressions.fail(
            "G0308",
            f"`{parameter.name}` of `{family.name}` can't be {found.value}, as `{other.name}` is"
            f" {least.value}",
            written[parameter.name].span,
            f"must be {'greater than' if limit.is_strict else 'at least'} {least.value}",
            help=f"`{other.name}` is {other.help}, `{parameter.name}` {parameter.help}",
        )
