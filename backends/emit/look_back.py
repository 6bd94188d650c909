"""Lowering sums over the past: windows and a product outside a scan, a carried past inside one."""

from __future__ import annotations

import ast
from collections.abc import Callable

from gendsl.backends.emit import python as py
from gendsl.backends.emit.align import spread
from gendsl.backends.emit.contract import contract
from gendsl.backends.emit.positions import END, START, Window, plus
from gendsl.backends.emit.reals import where_strict
from gendsl.backends.emit.scope import Scope, Value
from gendsl.ir.expr import Dims, Expr, LookBack
from gendsl.ir.walk import names_in

LAGS = "(lags)"
"""The axis of lags of a past; no dimension of a program is called so."""

Lower = Callable[[Expr, Scope], Value]


def look_back(expr: LookBack, scope: Scope, lower: Lower) -> Value:
    """The code of a sum over the past where it stands."""
    step = scope.step
    if step is not None and step.dim == expr.along:
        rest = tuple(d for d in expr.base.dims if d != expr.along)
        past = step.pasts[past_key(expr)]
        return _summed(_from_first(past, rest, expr), expr, scope, lower)
    if names_in(expr.base) & scope.started.keys():
        return _at_start(expr, scope, lower)
    inner = scope.whole([expr.along])
    window = scope.windows.get(expr.along, Window())
    dims = (expr.along, *(d for d in expr.base.dims if d != expr.along))
    base = Value(spread(lower(where_strict(expr.base, scope), inner), dims, inner), dims)
    is_whole = expr.last is None and expr.first == 1
    if is_whole and expr.weights is not None and expr.weights.dims == (expr.over,):
        weights = _weights(expr, scope, lower)
        whole = _helper(scope, "convolve", base.code, weights.code)
        return Value(py.subscript(whole, [window.slice()]), dims)
    size = scope.context.size(expr.along)
    last = py.number(expr.last) if expr.last is not None else count(expr, scope)
    start = window.start.code(size)
    arguments = (base.code, py.number(expr.first), last, start)
    code: ast.expr = _helper(scope, "lagged", *arguments)
    if window.stop != END:
        code = py.subscript(code, [py.FULL, ast.Slice(None, window.length(size), None)])
    return _summed(Value(code, (LAGS, *dims)), expr, scope, lower)


def _helper(scope: Scope, function: str, *arguments: ast.expr) -> ast.Call:
    """A call of one of our own functions, whose text the program then carries."""
    scope.context.helpers[function] = None
    return py.call(function, *arguments)


def past_key(expr: LookBack) -> tuple[Expr, Expr | None, int]:
    """Look backs over a range share one past of what they read; one over it all has its own."""
    return (expr.base, expr.weights, expr.offset) if expr.last is None else (expr.base, None, 0)


def count(expr: LookBack, scope: Scope) -> ast.expr:
    """How many steps back it reads."""
    if expr.last is not None:
        return py.number(expr.last)
    assert expr.over is not None
    return plus(scope.context.size(expr.over), -1 - expr.offset)


def beginning(expr: LookBack, steps: ast.expr, scope: Scope, lower: Lower) -> ast.expr:
    """The past before the first step, the newest first."""
    dims = (expr.along, *(d for d in expr.base.dims if d != expr.along))
    started = spread(lower(expr.base, scope), dims, scope)
    return _helper(scope, "latest", started, steps)


def _at_start(expr: LookBack, scope: Scope, lower: Lower) -> Value:
    """At a position before the steps begin, where only the positions before it are known."""
    before = scope.within(expr.along, Window(START, scope.windows[expr.along].start))
    past = beginning(expr, count(expr, scope), before, lower)
    rest = tuple(d for d in expr.base.dims if d != expr.along)
    return _summed(_from_first(past, rest, expr), expr, scope, lower)


def _from_first(past: ast.expr, rest: Dims, expr: LookBack) -> Value:
    lower = py.number(expr.first - 1) if expr.first > 1 else None
    upper = None if expr.last is None else py.number(expr.last)
    is_all = lower is None and upper is None
    items = [py.FULL if is_all else ast.Slice(lower, upper, None)]
    return Value(py.subscript(past, items), (LAGS, *rest))


def _weights(expr: LookBack, scope: Scope, lower: Lower) -> Value:
    """The weights of the lags from the first to the last, these on the axis that they had."""
    assert expr.weights is not None and expr.over is not None
    whole = Scope(scope.context) if expr.over == expr.along else scope.whole([expr.over])
    value = lower(expr.weights, whole)
    start = expr.first + expr.offset
    stop = None if expr.last is None else py.number(expr.last + expr.offset + 1)
    lower_end = py.number(start) if start else None
    part = py.FULL if lower_end is None and stop is None else ast.Slice(lower_end, stop, None)
    items = [part if d == expr.over else py.FULL for d in value.dims]
    dims = tuple(LAGS if d == expr.over else d for d in value.dims)
    return Value(py.subscript(value.code, items), dims)


def _summed(past: Value, expr: LookBack, scope: Scope, lower: Lower) -> Value:
    rest = tuple(d for d in past.dims if d != LAGS)
    if expr.weights is None:
        axis = {"axis": py.number(past.dims.index(LAGS))} if rest else {}
        return Value(py.call("jnp.sum", past.code, **axis), rest)
    weights = _weights(expr, scope, lower)
    return contract(weights, past, (LAGS,), expr.dims)
