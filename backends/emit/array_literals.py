"""Array literals: `jnp.array` of numbers, a stack of what varies."""

from __future__ import annotations

import ast
from collections.abc import Callable

from gendsl.backends.emit import python as py
from gendsl.backends.emit.align import aligned, union
from gendsl.backends.emit.scope import Scope, Value
from gendsl.ir.expr import ConstArray, Dims, Expr

Lower = Callable[[Expr, Scope], Value]


def array_literal(expr: ConstArray, scope: Scope, lower: Lower) -> tuple[frozenset[str], Value]:
    """The code of a literal, and its own dimensions: along these it is always whole."""
    numbers = _numbers(expr, scope, lower)
    if numbers is not None:
        code, dims = numbers
        return frozenset(dims), Value(py.call("jnp.array", code), dims)
    items = [lower(item, scope) for item in expr.items]
    rest = union((), *(item.dims for item in items))
    codes = [aligned(item, rest) for item in items]
    is_even = all(set(item.dims) == set(rest) for item in items)
    rows = py.array(codes) if is_even else py.call("jnp.broadcast_arrays", *codes)
    return frozenset((expr.own,)), Value(py.call("jnp.stack", rows), (expr.own, *rest))


def _numbers(expr: ConstArray, scope: Scope, lower: Lower) -> tuple[ast.expr, Dims] | None:
    """The nested lists of a literal all of whose entries are single numbers."""
    codes: list[ast.expr] = []
    inner: set[Dims] = set()
    for item in expr.items:
        if isinstance(item, ConstArray):
            part = _numbers(item, scope, lower)
            if part is None:
                return None
            code, dims = part
        else:
            code, dims = (value := lower(item, scope)).code, value.dims
            if dims:
                return None
        codes.append(code)
        inner.add(dims)
    if len(inner) != 1:
        return None
    return py.array(codes), (expr.own, *inner.pop())
