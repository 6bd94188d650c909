"""What is said of a dimension that the left side of a statement lacks."""

from __future__ import annotations

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span
from gendsl.distributions.support import SupportKind
from gendsl.distributions.table import FAMILIES
from gendsl.frontend import ast
from gendsl.ir.expr import Dims, Expr, Op, Ref
from gendsl.ir.walk import children, walk
from gendsl.resolve.expressions import Expressions
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.symbols import Symbol


def _product_with(expr: Expr, extra: str) -> str | None:
    """`X @ beta`, where `X * beta` has one dimension too many and both sides have it."""
    for node in walk(expr):
        match node:
            case Op("*", (Ref(left), Ref(right)), dims) if extra in dims:
                first, second = node.arguments
                if extra in first.dims and extra in second.dims:
                    return f"{left} @ {right}"
            case _:
                pass
    return None


def dimension_errors(
    expressions: Expressions, expr: Expr, extra: Dims, allowed: Dims, left: Dims, whole: Span
) -> Unresolved:
    """Report every dimension that the left side lacks."""
    return [_dimension_error(expressions, expr, dim, allowed, left, whole) for dim in extra][-1]


def _smallest_with(expr: Expr, dim: str) -> Ref | None:
    """The named quantity that brings a dimension into an expression, where it is not reduced."""
    while not isinstance(expr, Ref):
        inner = next((part for part in children(expr) if dim in part.dims), None)
        if inner is None:
            return None
        expr = inner
    return expr if expr.span is not None else None


def _hidden_index(expressions: Expressions, into: str, allowed: Dims) -> Symbol | None:
    """A latent that is a category of a dimension, in each of the positions that there are."""
    for symbol in expressions.symbols.quantities.values():
        if symbol.data is not None or not symbol.dims or not set(symbol.dims) <= set(allowed):
            continue
        drawn = [d for d in symbol.definitions if isinstance(d, ast.SampleStatement)]
        if not drawn or drawn[0].is_predict:
            continue
        family = FAMILIES.get(drawn[0].distribution.function.id)
        if family is None or family.support.kind is not SupportKind.INDEX:
            continue
        dim = expressions.kind_of(symbol.name).dim
        if dim is not None and expressions.symbols.are_alike(dim, into):
            return symbol
    return None


def _gathered(expressions: Expressions, name: str, index: str) -> str:
    """`alpha[county_of]`; of a state at times, `prey(ts)`, the members come before the times."""
    state, opening, times = name.partition("(")
    is_solution = bool(opening) and state in expressions.symbols.ode_of
    return f"{state}[{index}]({times}" if is_solution else f"{name}[{index}]"


def _dimension_error(
    expressions: Expressions, expr: Expr, extra: str, allowed: Dims, left: Dims, whole: Span
) -> Unresolved:
    """Report a dimension that the left side lacks, at the smallest part that has it."""
    culprit = _smallest_with(expr, extra)
    span = culprit.span if culprit is not None and culprit.span is not None else whole
    name = culprit.name if culprit is not None else whole.text
    shown = culprit.dims if culprit is not None else expr.dims
    secondary: tuple[Label, ...] = ()
    help = f"reduce it (`sum[{extra}](...)`, `mean[{extra}](...)`), or give the left side `{extra}`"
    partner = _product_with(expr, extra)
    if partner is not None:
        help = f"a product of matrices is written with `@`: `{partner}`"
    for symbol in expressions.symbols.quantities.values():
        data = symbol.data
        if data is None or data.type.dim is None or not set(data.dims) <= set(allowed):
            continue
        if data.dims and expressions.symbols.are_alike(data.type.dim, extra):
            what = f"this indexes `{data.type.dim}` from `{', '.join(data.dims)}`"
            secondary = (Label(symbol.span, what),)
            help = f"gather it: `{_gathered(expressions, name, data.name)}`"
            break
    else:
        hidden = _hidden_index(expressions, extra, allowed)
        if hidden is not None:
            what = f"this indexes `{extra}` from `{', '.join(hidden.dims)}`"
            secondary = (Label(hidden.span, what),)
            help = f"gather it: `{_gathered(expressions, name, hidden.name)}`"
    missing = [d for d in allowed if d not in shown]
    has_event = set(left) != set(allowed)
    message = (
        f"`{name}` has no dimension `{missing[0]}`"
        if missing and len(shown) == 1
        else f"`{name}` has the dimension `{extra}`, the left side has not"
    )
    kept = (
        f"the left side has [{', '.join(left)}]"
        if not has_event
        else f"here only [{', '.join(allowed)}] may stand"
    )
    return expressions.fail(
        "G0203",
        message,
        span,
        f"has dimensions [{', '.join(shown)}], {kept}",
        secondary=secondary,
        help=help,
    )
