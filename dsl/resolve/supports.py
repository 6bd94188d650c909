"""Declared supports against those of families: what is the same, what narrows, what can't be."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gendsl.diagnostics.suggest import nearest
from gendsl.distributions.support import Limit, SupportKind, event_ranks
from gendsl.frontend import ast
from gendsl.ir.expr import Const, Dims, Expr
from gendsl.ir.program import Distribution, Range
from gendsl.ir.types import BOOL, INT, REAL, ValueType, index_into
from gendsl.resolve.build import number, op
from gendsl.resolve.dimension_errors import dimension_errors
from gendsl.resolve.expressions import Expressions, outside
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.symbols import Context

FOREIGN_TYPES = {
    "float": "real",
    "double": "real",
    "number": "real",
    "integer": "int",
    "count": "int >= 0",
    "natural": "int >= 0",
    "boolean": "bool",
    "binary": "bool",
    "positive": "real > 0",
    "nonnegative": "real >= 0",
    "unit_interval": "0 < real < 1",
    "probability": "0 < real < 1",
    "cholesky_factor_corr": "cholesky_corr",
    "corr_matrix": "corr",
    "cov_matrix": "cov",
    "sum_to_zero_vector": "sum_to_zero",
}
"""What other tools call a type; read for help only."""

JOINT = frozenset(kind.value for kind in event_ranks)


@dataclass(frozen=True, slots=True)
class Declared:
    """A written type, resolved: kind of element, kind of support, bounds."""

    type: ValueType
    support: SupportKind
    range: Range


def declared_type(
    expressions: Expressions, type: ast.Type, dims: Dims, context: Context
) -> Declared:
    """What a written type says."""
    if type.name in JOINT:
        return Declared(REAL, SupportKind(type.name), Range())
    match type.name:
        case "real":
            kind, support = REAL, SupportKind.REAL
        case "int":
            kind, support = INT, SupportKind.INT
        case "bool":
            return Declared(BOOL, SupportKind.INT, Range(number(0), number(1)))
        case dim:
            _check_type_name(expressions, type)
            return Declared(index_into(dim), SupportKind.INDEX, Range())
    bounds: list[Expr | None] = []
    for bound in (type.lower, type.upper):
        if bound is None:
            bounds.append(None)
            continue
        value = expressions.number_of(bound.value, context)
        extra = outside(value, dims)
        if extra:
            raise dimension_errors(expressions, value, extra, dims, dims, bound.value.span)
        bounds.append(value)
    strict = [bound is not None and bound.is_strict for bound in (type.lower, type.upper)]
    if kind == INT:
        # Whole numbers above 0 are those from 1: from here on their bounds belong to the range.
        steps = (1 if strict[0] else 0, -1 if strict[1] else 0)
        bounds = [
            op("+", (bound, number(step)), context.order) if bound is not None and step else bound
            for bound, step in zip(bounds, steps, strict=True)
        ]
        strict = [False, False]
    return Declared(kind, support, Range(bounds[0], bounds[1], strict[0], strict[1]))


def _check_type_name(expressions: Expressions, type: ast.Type) -> None:
    """Report a type that is none; `positive` and the like are said with bounds here."""
    dims = expressions.symbols.dims
    if type.name in dims:
        return
    if type.name in expressions.reported:
        raise Unresolved
    expressions.reported.add(type.name)
    bounds = FOREIGN_TYPES.get(type.name)
    close = nearest(type.name, (*ast.type_keywords, *dims))
    raise expressions.fail(
        "G0202",
        f"`{type.name}` is neither a type nor a dimension",
        type.span,
        "unknown type",
        help=(
            f"here it is written `{bounds}`"
            if bounds
            else f"did you mean `{close}`?"
            if close
            else f"types are `real`, `int`, `bool`, ...; an index into a dimension needs"
            f" `dim {type.name}`"
        ),
    )


def family_range(distribution: Distribution) -> Range:
    """The bounds of a distribution's draws: numbers of its row, or its own arguments."""
    support = distribution.family.support
    if support.kind is SupportKind.INHERITED:
        return _hull(tuple(family_range(part) for part in inner_distributions(distribution)))
    lower, upper = (_limit(distribution, limit) for limit in (support.lower, support.upper))
    strict = [limit is not None and limit.is_strict for limit in (support.lower, support.upper)]
    return Range(lower, upper, strict[0], strict[1])


def inner_distributions(distribution: Distribution) -> tuple[Distribution, ...]:
    """The distributions among the arguments."""
    return tuple(
        part
        for _, argument in distribution.arguments
        for part in (argument if isinstance(argument, tuple) else (argument,))
        if isinstance(part, Distribution)
    )


def _hull(ranges: tuple[Range, ...]) -> Range:
    """The smallest range that holds them all, as far as it can be written."""
    lowers, uppers = [r.lower for r in ranges], [r.upper for r in ranges]
    lower, upper = _outer(lowers, "min"), _outer(uppers, "max")
    return Range(
        lower,
        upper,
        lower is not None and all(r.is_lower_strict for r in ranges),
        upper is not None and all(r.is_upper_strict for r in ranges),
    )


def _outer(bounds: list[Expr | None], name: str) -> Expr | None:
    found = [bound for bound in bounds if bound is not None]
    if not found or len(found) < len(bounds):
        return None
    result = found[0]
    for bound in found[1:]:
        if bound == result:
            continue
        if isinstance(bound, Const) and isinstance(result, Const):
            result = (min if name == "min" else max)(result, bound, key=lambda c: c.value)
        else:
            result = op(name, (result, bound), ())
    return result


def _limit(distribution: Distribution, limit: Limit | None) -> Expr | None:
    if limit is None:
        return None
    if isinstance(limit.value, str):
        argument = dict(distribution.arguments).get(limit.value)
        return None if isinstance(argument, Distribution | tuple) else argument
    is_int = distribution.family.is_discrete
    return number(int(limit.value) if is_int else limit.value)


def family_support(distribution: Distribution) -> SupportKind:
    """What kind of value a distribution draws, combinators looked into."""
    kind = distribution.family.support.kind
    if kind is not SupportKind.INHERITED:
        return kind
    parts = inner_distributions(distribution)
    return family_support(parts[0]) if parts else SupportKind.REAL


@dataclass(frozen=True, slots=True)
class SiteSupport:
    """A site's distribution with its truncation or restriction, and what its draws satisfy."""

    distribution: Distribution
    support: SupportKind
    range: Range


def narrow(
    expressions: Expressions,
    distribution: Distribution,
    declared: Declared | None,
    type: ast.Type | None,
) -> SiteSupport:
    """Apply a declared support to a distribution."""
    kind, range = family_support(distribution), family_range(distribution)
    if kind is SupportKind.ANY:
        if declared is None:
            return SiteSupport(distribution, SupportKind.REAL, Range())
        return SiteSupport(distribution, declared.support, declared.range)
    if declared is None or type is None:
        return SiteSupport(distribution, kind, range)
    name = distribution.family.name
    if declared.support is not kind:
        is_joint = declared.support in event_ranks and kind is SupportKind.REAL
        if is_joint and distribution.family.event_rank == 0:
            if not _covers(range, declared.support):
                way_out = (
                    "write `: positive_ordered`"
                    if declared.support is SupportKind.ORDERED and _is_positive(range)
                    else f"drop `: {type.name}`"
                )
                raise expressions.fail(
                    "G0305",
                    f"`{name}` does not cover `{type.name}`",
                    type.span,
                    f"`{name}` draws a part of the line only",
                    help=f"{way_out}, or use a distribution over all reals",
                )
            restricted = replace(distribution, restriction=declared.support)
            return SiteSupport(restricted, declared.support, Range())
        raise expressions.fail(
            "G0305",
            f"`{name}` draws {_noun(kind)}, not {_noun(declared.support)}",
            type.span,
            f"declared `{type.name}`",
            help=f"drop `: {type.span.text}`, or choose a distribution that draws"
            f" {_noun(declared.support)}",
        )
    narrowed = Range(
        _tighter(declared.range.lower, range.lower, is_lower=True),
        _tighter(declared.range.upper, range.upper, is_lower=False),
        declared.range.is_lower_strict,
        declared.range.is_upper_strict,
    )
    if narrowed.lower is None and narrowed.upper is None:
        return SiteSupport(distribution, kind, range)
    if not distribution.family.has_cdf:
        raise expressions.fail(
            "G0304",
            f"`{name}` can't be truncated",
            type.span,
            "narrows its support",
            help=_WHOLE
            if distribution.network is not None
            else "its distribution function has no usable form; choose another family or drop the"
            " bound",
        )
    both = Range(
        narrowed.lower if narrowed.lower is not None else range.lower,
        narrowed.upper if narrowed.upper is not None else range.upper,
        narrowed.is_lower_strict if narrowed.lower is not None else range.is_lower_strict,
        narrowed.is_upper_strict if narrowed.upper is not None else range.is_upper_strict,
    )
    return SiteSupport(replace(distribution, truncation=narrowed), kind, both)


_WHOLE = (
    "a trained network has no distribution function on the log scale: drop the bound, which it has"
    " learnt if its prior has it, or train one that predicts the target's logarithm"
)


def _is_positive(range: Range) -> bool:
    lower = range.lower
    return isinstance(lower, Const) and lower.value == 0 and range.upper is None


def _covers(range: Range, joint: SupportKind) -> bool:
    """Whether a distribution of single numbers has mass all over a joint support."""
    if range == Range():
        return True
    if joint is SupportKind.SIMPLEX:
        lower, upper = range.lower, range.upper
        return (lower is None or (isinstance(lower, Const) and lower.value <= 0)) and (
            upper is None or (isinstance(upper, Const) and upper.value >= 1)
        )
    return joint is SupportKind.POSITIVE_ORDERED and _is_positive(range)


def _tighter(declared: Expr | None, own: Expr | None, is_lower: bool) -> Expr | None:
    """The declared bound where it cuts something off, else nothing."""
    if declared is None or own is None:
        return declared
    if isinstance(declared, Const) and isinstance(own, Const):
        cuts = declared.value > own.value if is_lower else declared.value < own.value
        return declared if cuts else None
    return None if declared == own else declared


def _noun(kind: SupportKind) -> str:
    return {
        SupportKind.REAL: "real numbers",
        SupportKind.INT: "whole numbers",
        SupportKind.BOOL: "0 or 1",
        SupportKind.INDEX: "categories",
    }.get(kind, f"{'an' if kind.value[0] in 'aeiou' else 'a'} `{kind.value}`")
