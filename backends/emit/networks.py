"""The predictive distribution of a trained network: its file, the context, and the queries."""

from __future__ import annotations

import ast

from gendsl.backends.emit import python as py
from gendsl.backends.emit.align import aligned
from gendsl.backends.emit.expressions import lower
from gendsl.backends.emit.scope import Scope
from gendsl.ir.expr import Dims, Expr
from gendsl.ir.program import Argument, Distribution
from gendsl.ir.trained import TrainedNetwork

DIGITS = 16
"""Of a file's digest, which tell it from all others that are not made to be taken for it."""
_COLUMN = "one column"
"""Stands for the axis of columns of an input that has one."""


def network_prediction(
    distribution: Distribution, network: TrainedNetwork, batch: Dims, scope: Scope
) -> ast.Call:
    """`network_mixture(network_file("robust.pfn", "3f0c..."), x=[x[:, None]], y=y, new=[...])`."""
    target = network.target
    assert target is not None
    given = dict(distribution.arguments)
    count = len(network.inputs)
    asked = [_expr(given[each.name]) for each in network.inputs]
    *known, observed = (
        _expr(given[p.name]) for p in distribution.form.parameters[count : 2 * count + 1]
    )
    [row] = observed.dims
    whole = scope.everywhere()
    file = py.call("network_file", py.string(network.path), py.string(network.digest[:DIGITS]))
    pairs = list(zip(network.inputs, known, asked, strict=True))
    keywords = {
        "x": py.array([_columns(k, (row,), each.has_columns, whole) for each, k, _ in pairs]),
        "y": lower(observed, whole).code,
        "new": py.array([_columns(q, batch, each.has_columns, scope) for each, _, q in pairs]),
    }
    if target.first:
        keywords["first"] = py.number(target.first)
    callable = distribution.form.numpyro.callable
    scope.context.helpers["network_file"] = None
    scope.context.helpers[callable] = None
    return py.call(callable, file, **keywords)


def _columns(value: Expr, dims: Dims, has_columns: bool, scope: Scope) -> ast.expr:
    """An input with its axis of columns last; a single number stays one."""
    code = lower(value, scope)
    own = tuple(dim for dim in code.dims if dim not in dims)
    return aligned(code, (*dims, *(own if has_columns else (_COLUMN,))))


def _expr(argument: Argument) -> Expr:
    assert not isinstance(argument, Distribution | tuple)
    return argument
