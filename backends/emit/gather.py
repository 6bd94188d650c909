"""Pointwise gathers: `alpha[county_of]`, `xi[item, pair_of]`."""

from __future__ import annotations

import ast
from collections.abc import Callable

from gendsl.backends.emit import python as py
from gendsl.backends.emit.align import aligned, union
from gendsl.backends.emit.positions import Minibatch
from gendsl.backends.emit.scope import Scope, Value
from gendsl.ir.expr import (
    Dims,
    End,
    Expr,
    Gather,
    IndexOf,
    LabelPosition,
    Op,
    Pick,
    Position,
    Ref,
    Shift,
)  # fmt: skip
from gendsl.ir.program import Equation

Lower = Callable[[Expr, Scope], Value]


def gather(
    base: Expr, indices: tuple[tuple[str, Expr], ...], dims: Dims, scope: Scope, lower: Lower
) -> Value:
    """The entries of `base` that the index expressions point to.

    The index expressions vary together, so a dimension of theirs that `base` has too is walked in
    step: its axis is indexed with its own positions.
    """
    renamed = _rename(base, indices, scope, lower)
    if renamed is not None:
        return renamed
    pointers = {dim: _inside(dim, index, scope, lower) for dim, index in indices}
    while isinstance(base, Pick) and base.dim not in pointers:
        pointers[base.dim] = Value(position(base.dim, base.position, scope), ())
        base = base.base
    gathered = tuple(pointers)
    along = union(dims, *(p.dims for p in pointers.values()))
    value = lower(base, scope.whole((*gathered, *along)))
    items: list[ast.expr] = []
    advanced: list[int] = []
    for axis, dim in enumerate(value.dims):
        if dim in pointers:
            items.append(aligned(pointers[dim], along))
            advanced.append(axis)
        elif dim in along:
            items.append(aligned(_positions(dim, scope), along))
            advanced.append(axis)
        else:
            items.append(py.FULL)
    kept = [d for d in value.dims if d not in gathered and d not in along]
    is_adjacent = advanced[-1] - advanced[0] == len(advanced) - 1
    start = advanced[0] if is_adjacent else 0
    result = (*kept[:start], *along, *kept[start:])
    return Value(py.subscript(value.code, items), result)


def _inside(dim: str, index: Expr, scope: Scope, lower: Lower) -> Value:
    """An index; in a dialect whose gathers fail outside, a computed one stops at the ends.

    What lies outside is computed where nothing reads it, as under a condition.
    """
    value = lower(index, scope)
    if not scope.context.dialect.has_strict_types or _is_given(index, scope):
        return value
    size = scope.context.size(dim)
    ends = ast.UnaryOp(ast.USub(), size), py.binary("-", size, py.number(1))
    return Value(py.call("jnp.clip", value.code, *ends), value.dims)


def _is_given(index: Expr, scope: Scope) -> bool:
    """Whether an index is data or drawn, so that it is one of the members'."""
    program = scope.context.program
    match index:
        case Ref(name):
            computed = (*program.nodes, *program.prepared)
            return not any(isinstance(n, Equation) and n.name == name for n in computed)
        case Gather(base=base) | Pick(base=base) | Shift(base=base):
            return _is_given(base, scope)
        case Op():
            return False
        case _:
            return True


def position(dim: str, position: Position, scope: Scope) -> ast.expr:
    """A position along a dimension, as an index."""
    match position:
        case End.FIRST:
            return py.number(0)
        case End.LAST:
            return py.number(-1)
        case LabelPosition(label):
            return scope.context.label(dim, label)
        case int():
            return py.number(position)


def _positions(dim: str, scope: Scope) -> Value:
    window = scope.windows.get(dim)
    if isinstance(window, Minibatch):
        return Value(py.call("jnp.arange", scope.length(dim)), (dim,))
    size = scope.context.size(dim)
    if window is None or window.is_whole:
        return Value(py.call("jnp.arange", size), (dim,))
    return Value(py.call("jnp.arange", window.start.code(size), window.stop.code(size)), (dim,))


def _rename(
    base: Expr, indices: tuple[tuple[str, Expr], ...], scope: Scope, lower: Lower
) -> Value | None:
    """A dimension's own positions only rename the axis."""
    match indices:
        case ((into, IndexOf(dim)),) if dim not in base.dims and dim not in scope.windows:
            value = lower(base, scope.whole([into]))
            return Value(value.code, tuple(dim if d == into else d for d in value.dims))
        case _:
            return None
