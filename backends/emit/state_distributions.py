"""Log densities for every state: exact, and without NaN, where a state makes a value impossible."""

from __future__ import annotations

import ast

from gendsl.backends.emit import python as py
from gendsl.backends.emit.align import union
from gendsl.backends.emit.distributions import helper, site_distribution
from gendsl.backends.emit.expressions import lower
from gendsl.backends.emit.scope import Scope, Value
from gendsl.ir.expr import (
    Const,
    Expr,
    Gather,
    IndexOf,
    Op,
    Pick,
    Reduce,
    Ref,
    Shift,
)  # fmt: skip
from gendsl.ir.program import Distribution, Sample
from gendsl.ir.types import REAL
from gendsl.ir.walk import names_in, sites

EDGES: dict[str, tuple[str, str | int, int | None, int | str | None]] = {
    "Bernoulli": ("p", "probs", 0, 1),
    "Binomial": ("p", "probs", 0, "total_count"),
    "Geometric": ("p", "probs", None, 0),
    "Poisson": ("rate", 0, 0, None),
    "NegativeBinomial": ("mean", 0, 0, None),
}
"""Families that are certain of one value where a parameter is 0 or 1: the parameter, its keyword in
NumPyro or its place, the value at 0 and the value at 1 (or the argument that it equals)."""

_PLACES = {"Poisson": ("rate",), "NegativeBinomial": ("mean", "dispersion")}

_OPEN = frozenset({"inv_logit", "Phi", "inv_cloglog", "exp", "log1p_exp"})
"""Functions whose values lie inside the edges."""


def state_distribution(score: Sample, scope: Scope) -> ast.expr:
    """The distribution of a table: at the edges of its parameters, and of its support, too."""
    distribution = score.distribution
    code = site_distribution(score, scope)
    if _is_support_moved(score):
        return helper(scope, "within_support", "WithinSupport", code)
    edge = EDGES.get(distribution.family.name)
    if edge is None or distribution.truncation is not None or not isinstance(code, ast.Call):
        return code
    argument = dict(distribution.arguments).get(edge[0])
    if not isinstance(argument, Expr) or not _may_be_at_edge(argument, scope):
        return code
    return _at_edges(code, distribution, scope)


def _at_edges(code: ast.Call, distribution: Distribution, scope: Scope) -> ast.expr:
    """`AtEdges(dist.Bernoulli, "probs", w * p, at_0=0, at_1=1)`."""
    _, keyword, at_0, at_1 = EDGES[distribution.family.name]
    places = _PLACES.get(distribution.family.name, ())
    given = dict(zip(places, code.args, strict=False))
    given |= {k.arg: k.value for k in code.keywords if k.arg is not None}
    name = places[keyword] if isinstance(keyword, int) else keyword
    if name not in given:
        return code
    argument = given.pop(name)
    certain: dict[str, ast.expr] = {}
    if at_0 is not None:
        certain["at_0"] = py.number(at_0)
    if at_1 is not None:
        certain["at_1"] = given[at_1] if isinstance(at_1, str) else py.number(at_1)
    arguments = (code.func, py.string(name), argument)
    return helper(scope, "at_edges", "AtEdges", *arguments, **certain, **given)


def _may_be_at_edge(expr: Expr, scope: Scope) -> bool:
    """Whether some state may put a parameter at an edge: not if it is an entry of a random site."""
    if isinstance(expr, Const):
        return expr.value in (0, 1)
    if not any(scope.context.is_states(dim) for dim in expr.dims):
        return False
    if isinstance(expr, Op) and expr.name in _OPEN:
        return False
    program = scope.context.program
    is_entry = _is_plain(expr) and all(
        program.datum(name) is None and any(site.name == name for site in sites(program))
        for name in names_in(expr)
    )
    return not is_entry


def _is_support_moved(score: Sample) -> bool:
    """Whether some values that are scored may lie outside the support, by state or by entry."""
    distribution = score.distribution
    given = dict(distribution.arguments)
    support = distribution.family.support
    limits = [limit.value for limit in (support.lower, support.upper) if limit is not None]
    named = [given[limit] for limit in limits if isinstance(limit, str) and limit in given]
    bounds = [limit for limit in named if isinstance(limit, Expr)]
    if distribution.truncation is not None:
        ends = (distribution.truncation.lower, distribution.truncation.upper)
        bounds += [end for end in ends if end is not None]
    # A part of a series has bounds of its own; its states are those of all parts.
    return any(bound.dims for bound in bounds) or (score.slice is not None and bool(bounds))


def log_weights(score: Sample, scope: Scope) -> Value | None:
    """The logarithms of categories' probabilities: entries of the weights, not a distribution."""
    distribution = score.distribution
    category = distribution.category_dim
    if distribution.family.name != "Categorical" or distribution.truncation is not None:
        return None
    ((name, argument),) = distribution.arguments
    if not isinstance(argument, Expr) or score.value is None or category not in argument.dims:
        return None
    states = score.value.dims
    if name == "logit" and isinstance(score.value, IndexOf):
        value = lower(argument, scope)
        dims = tuple(states[0] if d == category else d for d in value.dims)
        axis = py.number(dims.index(states[0]) - len(dims))
        return Value(py.call("jax.nn.log_softmax", value.code, axis=axis), dims)
    chosen = _entries(argument, category, score.value)
    if name == "logit":
        without = tuple(d for d in argument.dims if d != category)
        total = Reduce("logsumexp", (category,), argument, without, REAL)
        dims = union(chosen.dims, without)
        return lower(Op("-", (chosen, total), dims, REAL), scope)
    value = lower(chosen, scope)
    if _is_plain(argument):
        return Value(py.call("jnp.log", value.code), value.dims)
    return Value(helper(scope, "log_or_impossible", "log_or_impossible", value.code), value.dims)


def _entries(weights: Expr, category: str, value: Expr) -> Expr:
    """The weights' entries at a category, in one gather with those that they are taken by."""
    base = weights
    indices: tuple[tuple[str, Expr], ...] = ((category, value),)
    if isinstance(weights, Gather) and category in weights.base.dims:
        pointed = {d for _, index in weights.indices for d in index.dims}
        is_renaming = any(isinstance(index, IndexOf) for _, index in weights.indices)
        if category not in pointed and not is_renaming and not isinstance(value, IndexOf):
            base, indices = weights.base, (*weights.indices, *indices)
    gone = {dim for dim, _ in indices}
    new = dict.fromkeys(d for _, index in indices for d in index.dims)
    dims = tuple(dict.fromkeys((*new, *(d for d in base.dims if d not in gone))))
    return Gather(base, indices, dims, REAL, weights.span)


def _is_plain(expr: Expr) -> bool:
    """Whether an expression only takes entries of a quantity."""
    match expr:
        case Ref():
            return True
        case Gather(base=base) | Pick(base=base) | Shift(base=base):
            return _is_plain(base)
        case _:
            return False
