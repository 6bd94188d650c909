"""NumPyro's constraints for declared supports."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from gendsl.backends.emit import python as py
from gendsl.backends.emit.align import aligned
from gendsl.backends.emit.expressions import lower
from gendsl.backends.emit.scope import Scope
from gendsl.distributions.support import SupportKind
from gendsl.ir.expr import Const, Dims, Expr
from gendsl.ir.program import Distribution, Range
from gendsl.ir.types import Kind

_JOINT: dict[SupportKind, str] = {
    SupportKind.SIMPLEX: "constraints.simplex",
    SupportKind.ORDERED: "constraints.ordered_vector",
    SupportKind.POSITIVE_ORDERED: "constraints.positive_ordered_vector",
    SupportKind.SUM_TO_ZERO: "constraints.zero_sum(1)",
    SupportKind.UNIT_VECTOR: "constraints.sphere",
    SupportKind.CORR: "constraints.corr_matrix",
    SupportKind.CHOLESKY_CORR: "constraints.corr_cholesky",
    SupportKind.COV: "constraints.positive_definite",
}


@dataclass(frozen=True, slots=True)
class Gaps:
    """The places of an array where entries are missing."""

    array: ast.expr
    places: ast.expr


def is_flat(distribution: Distribution) -> bool:
    """Whether it is the improper uniform."""
    return distribution.family.support.kind is SupportKind.ANY


def constraint(
    kind: SupportKind, range: Range, axes: Dims, scope: Scope, gaps: Gaps | None = None
) -> ast.expr:
    """The constraint of a support; bounds line up with the site's axes, or are those of `gaps`."""
    if kind in _JOINT:
        return py.template(_JOINT[kind], ())
    bounds = [_bound(b, axes, scope, gaps) for b in (range.lower, range.upper)]
    match bounds:
        case (None, None):
            return py.dotted("constraints.real")
        case (low, None) if low is not None:
            if isinstance(range.lower, Const) and range.lower.value == 0:
                return py.dotted("constraints.positive")
            return py.call("constraints.greater_than", low)
        case (None, high) if high is not None:
            return py.call("constraints.less_than", high)
        case _:
            return py.call("constraints.interval", *(b for b in bounds if b is not None))


def _bound(bound: Expr | None, axes: Dims, scope: Scope, gaps: Gaps | None) -> ast.expr | None:
    if bound is None:
        return None
    if isinstance(bound, Const) and bound.type.kind is not Kind.REAL:
        return py.number(float(bound.value))
    code = aligned(lower(bound, scope), axes)
    if gaps is None or not bound.dims:
        return code
    whole = py.call("jnp.broadcast_to", code, py.call("jnp.shape", gaps.array))
    return ast.Subscript(whole, gaps.places, ast.Load())
