"""Sums over a running number: `sum[k = 1..5](x[time - k])`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.frontend import ast
from gendsl.ir.expr import Const, Expr
from gendsl.resolve.build import number, op
from gendsl.resolve.look_back import look_back_sum

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions
    from gendsl.resolve.symbols import Context


UNROLL_LIMIT = 1000
CHAIN_LIMIT = 32


def running(expressions: Expressions, node: ast.DimCall, context: Context) -> Expr:
    """`sum[k = 1..5](...)`: a look back, or the terms written out, `k` a number in each."""
    for binder in node.binders:
        if binder.dim in expressions.symbols.dims:
            raise expressions.fail(
                "G0213",
                f"`{binder.dim}` is a dimension, so it can't run over numbers",
                binder.span,
                "a dimension",
                secondary=(Label(expressions.symbols.dims[binder.dim].span, "declared here"),),
                help=f"sum over all of it, `{node.function.id}[{binder.dim}](...)`, or call the"
                " running number something else",
            )
    combine = {"sum": "+", "prod": "*", "max": "max", "min": "min"}.get(node.function.id)
    if combine is None or len(node.binders) != 1:
        raise expressions.fail(
            "G0213",
            f"`{node.function.id}` can't run over numbers",
            node.span,
            "over a range",
            help="`sum`, `prod`, `max` and `min` can, over one range",
        )
    binder = node.binders[0]
    ends: list[int] = []
    for end in (binder.lower, binder.upper):
        value = expressions.resolve(end, context) if end is not None else None
        if not isinstance(value, Const) or not isinstance(value.value, int):
            raise expressions.fail(
                "G0213",
                f"the range of `{binder.dim}` is not known here",
                binder.span,
                "both ends must be whole numbers",
                help="sum over a dimension instead: `dim lag = K`, `sum[lag](...)`",
            )
        ends.append(value.value)
    low, high = ends
    if high < low or high - low >= UNROLL_LIMIT:
        raise expressions.fail(
            "G0213",
            f"the range {low}..{high} has {max(high - low + 1, 0)} numbers",
            binder.span,
            f"there must be 1 to {UNROLL_LIMIT}",
            help="the first end comes first: `k = 1..5`"
            if high < low
            else "sum over a dimension instead: `dim lag = K`, `sum[lag](...)`",
        )

    def term(k: int) -> Expr:
        return expressions.number_of(
            node.arguments[0].value, context.binding(binder.dim, number(k))
        )

    if combine == "+":
        past = look_back_sum(term, max(low, 1), high, context.order, node.span)
        if past is not None:
            is_now = low == 0
            return op("+", (term(0), past), context.order, node.span) if is_now else past
    terms = [term(k) for k in range(low, high + 1)]
    # Long sums are split in halves: a chain of them would be nested as deep as it is long.
    while len(terms) > CHAIN_LIMIT:
        pairs = zip(terms[::2], terms[1::2], strict=False)
        rest = terms[len(terms) - len(terms) % 2 :]
        terms = [*(op(combine, pair, context.order, node.span) for pair in pairs), *rest]
    total = terms[0]
    for other in terms[1:]:
        total = op(combine, (total, other), context.order, node.span)
    return total
