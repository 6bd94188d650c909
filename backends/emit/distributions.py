"""Lowering distributions: a family's row says how the backend writes it."""

from __future__ import annotations

import ast

from gendsl.backends.emit import python as py
from gendsl.backends.emit.align import aligned, spread
from gendsl.backends.emit.expressions import lower
from gendsl.backends.emit.networks import network_prediction
from gendsl.backends.emit.reals import as_real, where_strict
from gendsl.backends.emit.scope import Scope
from gendsl.backends.emit.supports import constraint, is_flat
from gendsl.diagnostics.diagnostic import InternalError
from gendsl.distributions.family import EVENT_SIZE, Family, FamilyParameter, Role
from gendsl.distributions.support import SupportKind
from gendsl.ir.expr import Const, Dims, Expr
from gendsl.ir.program import Argument, Distribution, Range, Sample, SampleRole
from gendsl.ir.walk import names_in


def site_distribution(sample: Sample, scope: Scope) -> ast.expr:
    """The distribution of a site: its batch is that of the plates around it."""
    distribution = sample.distribution
    events = distribution.event_dims
    if is_flat(distribution):
        shape = py.sequence([scope.length(d) for d in events])
        support = constraint(sample.support, sample.range, sample.batch_dims, scope)
        return py.call("dist.ImproperUniform", support, py.sequence([]), shape)
    code = distribution_code(distribution, sample.batch_dims, scope)
    if sample.role is SampleRole.OBSERVED and _is_support_inferred(distribution, scope):
        code = helper(scope, "within_support", "WithinSupport", code)
    return code


def helper(
    scope: Scope, module: str, callable: str, *arguments: ast.expr, **keywords: ast.expr
) -> ast.Call:
    """A call of one of our own classes, whose text the program then carries."""
    scope.context.helpers[module] = None
    return py.call(callable, *arguments, **keywords)


def distribution_code(distribution: Distribution, batch: Dims, scope: Scope) -> ast.expr:
    """A distribution over `batch`, whose parameters line up with those axes."""
    family, events = distribution.family, distribution.event_dims
    axes = (*batch, *events) if family.event_rank == 0 and _is_plain(family) else batch
    code = _call(distribution, axes, scope)
    if distribution.truncation is not None:
        code = _truncated(code, distribution, distribution.truncation, axes, scope)
    if distribution.restriction is not None:
        code = _restricted(code, distribution, distribution.restriction, axes, scope)
    return code


def _is_plain(family: Family) -> bool:
    return family.support.kind is not SupportKind.INHERITED


def _call(distribution: Distribution, batch: Dims, scope: Scope) -> ast.expr:
    if distribution.network is not None:
        return network_prediction(distribution, distribution.network, batch, scope)
    spelling = scope.context.dialect.spelling(distribution.form)
    given = dict(distribution.arguments)
    parameters = {p.name: p for p in distribution.form.parameters}
    positional: list[ast.expr] = []
    keywords: dict[str, ast.expr] = {}
    for keyword, name in spelling.arguments:
        if name == EVENT_SIZE:
            code = scope.length(distribution.event_dims[-1])
        elif name in given:
            code = _argument(given[name], parameters[name], distribution, batch, scope)
        elif parameters[name].default is not None:
            code = py.number(parameters[name].default or 0.0)
        else:
            continue
        if keyword:
            keywords[keyword] = code
        else:
            positional.append(code)
    if spelling.helper is None:
        return py.call(spelling.callable, *positional, **keywords)
    if distribution.family.name == "Censored":
        _add_tails(distribution, scope)
    return helper(scope, spelling.helper, spelling.callable, *positional, **keywords)


def _argument(
    argument: Argument,
    parameter: FamilyParameter,
    distribution: Distribution,
    batch: Dims,
    scope: Scope,
) -> ast.expr:
    category = (distribution.category_dim,) if distribution.category_dim is not None else ()
    if isinstance(argument, Distribution):
        inner = (*batch, *category) if parameter.role is Role.COMPONENTS else batch
        return distribution_code(argument, inner, scope)
    if isinstance(argument, tuple):
        return py.array([distribution_code(part, batch, scope) for part in argument])
    if parameter.support.kind in _REALS:
        is_count = distribution.family.is_discrete
        argument = as_real(argument) if is_count else where_strict(argument, scope)
    value = lower(argument, scope)
    match parameter.role:
        case Role.SCALAR:
            if isinstance(argument, Const) and parameter.support.kind is SupportKind.REAL:
                return py.number(float(argument.value))
            return aligned(value, batch)
        case Role.VECTOR:
            event = distribution.event_dims[-1]
            if event in value.dims:
                return aligned(value, (*batch, event))
            if isinstance(argument, Const):
                return py.call("jnp.full", scope.length(event), py.number(float(argument.value)))
            return spread(value, (*_from_first(batch, value.dims), event), scope)
        case Role.EVENT:
            return aligned(value, (*batch, *distribution.event_dims))
        case Role.MATRIX | Role.FACTOR:
            event = distribution.event_dims[-1]
            others = tuple(d for d in value.dims if d not in batch and d != event)
            own = (event,) if event in value.dims else ()
            return aligned(value, (*batch, *own, *others))
        case Role.CATEGORIES | Role.CUTPOINTS:
            extra = tuple(d for d in value.dims if d not in batch)
            return aligned(value, (*batch, *extra))
        case Role.DISTRIBUTION | Role.COMPONENTS | Role.QUERY | Role.CONTEXT:
            raise InternalError(f"`{parameter.name}` of {distribution.family.name} is no number")


def _truncated(
    code: ast.expr, distribution: Distribution, range: Range, axes: Dims, scope: Scope
) -> ast.expr:
    bounds: dict[str, ast.expr] = {}
    for keyword, bound in (("low", range.lower), ("high", range.upper)):
        if bound is not None:
            bounds[keyword] = bound_code(bound, axes, scope, distribution.family.is_discrete)
    _add_tails(distribution, scope)
    return helper(scope, "truncated", "Truncated", code, **bounds)


def bound_code(bound: Expr, axes: Dims, scope: Scope, is_discrete: bool) -> ast.expr:
    """A bound, lined up with the site's axes."""
    if isinstance(bound, Const) and not is_discrete:
        return py.number(float(bound.value))
    return aligned(lower(bound, scope), axes)


def _add_tails(distribution: Distribution, scope: Scope) -> None:
    """The rules for the tails of every family inside."""
    if distribution.family.tails is not None:
        scope.context.helpers[distribution.family.tails] = None
    for _, argument in distribution.arguments:
        for part in argument if isinstance(argument, tuple) else (argument,):
            if isinstance(part, Distribution):
                _add_tails(part, scope)


_REALS = frozenset({SupportKind.REAL, SupportKind.SIMPLEX, SupportKind.ORDERED, SupportKind.COV})

_ORDERED = {SupportKind.ORDERED: "Ordered", SupportKind.POSITIVE_ORDERED: "PositiveOrdered"}


def _restricted(
    code: ast.expr, distribution: Distribution, kind: SupportKind, axes: Dims, scope: Scope
) -> ast.expr:
    """The density on a joint support; normalised where it is known how."""
    events = distribution.event_dims
    arguments = [lower(a, scope) for a in _expressions(distribution)]
    if not any(set(axes) == set(a.dims) for a in arguments):
        code = py.method(code, "expand", py.array([scope.length(d) for d in axes]))
    base = py.method(code, "to_event", py.number(len(events)))
    is_exchangeable = not any(set(events) & set(a.dims) for a in arguments)
    if kind in _ORDERED and is_exchangeable and _is_inside(distribution, kind):
        return helper(scope, "ordered", _ORDERED[kind], base)
    if kind is SupportKind.SUM_TO_ZERO and distribution.family.name == "Normal":
        return helper(scope, "sum_to_zero", "SumToZero", base)
    return helper(scope, "restricted", "Restricted", base, constraint(kind, Range(), axes, scope))


def _is_inside(distribution: Distribution, kind: SupportKind) -> bool:
    """Whether sorted draws lie in the support."""
    lower = distribution.family.support.lower
    return kind is SupportKind.ORDERED or (lower is not None and lower.value == 0.0)


def _from_first(batch: Dims, dims: Dims) -> Dims:
    """The batch from the first dimension that `dims` has: what stands before it broadcasts."""
    found = [i for i, dim in enumerate(batch) if dim in dims]
    return batch[found[0] :] if found else ()


def _expressions(distribution: Distribution) -> list[Expr]:
    """What varies with the entries: a network's context does not."""
    contexts = {p.name for p in distribution.form.parameters if p.role is Role.CONTEXT}
    return [
        argument
        for name, argument in distribution.arguments
        if not isinstance(argument, Distribution | tuple) and name not in contexts
    ]


def _is_support_inferred(distribution: Distribution, scope: Scope) -> bool:
    """Whether a limit of the support, or of the base's, depends on what is inferred."""
    support = distribution.family.support
    given = dict(distribution.arguments)
    for limit in (support.lower, support.upper):
        if limit is not None and isinstance(limit.value, str):
            argument = given.get(limit.value)
            if argument is None or isinstance(argument, Distribution | tuple):
                continue
            if any(scope.context.program.datum(name) is None for name in names_in(argument)):
                return True
    base = given.get("base")
    return isinstance(base, Distribution) and _is_support_inferred(base, scope)
