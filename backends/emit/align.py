"""Lining up axes by name: transposes, and new axes where an argument lacks a dimension."""

from __future__ import annotations

import ast

from gendsl.backends.emit import python as py
from gendsl.backends.emit.scope import Scope, Value
from gendsl.diagnostics.diagnostic import InternalError
from gendsl.ir.expr import Dims


def union(order: Dims, *parts: Dims) -> Dims:
    """Every dimension of the parts, those of `order` first and in its order."""
    found = dict.fromkeys(d for dims in parts for d in dims)
    return tuple(d for d in order if d in found) + tuple(d for d in found if d not in order)


def transposed(value: Value, dims: Dims) -> Value:
    """The value with its axes in the order that `dims`, which has them all, gives."""
    wanted = tuple(d for d in dims if d in value.dims)
    if len(wanted) != len(value.dims):
        raise InternalError(f"dimensions {value.dims} don't fit into {dims}")
    if wanted == value.dims:
        return value
    if len(wanted) == 2:
        return Value(ast.Attribute(value.code, "T", ast.Load()), wanted)
    moved = [d for d in wanted if d != value.dims[0]]
    order = tuple(value.dims.index(d) for d in wanted)
    if tuple(moved) == value.dims[1:] and len(wanted) > 2:
        where = py.number(wanted.index(value.dims[0]))
        return Value(py.call("jnp.moveaxis", value.code, py.number(0), where), wanted)
    axes = py.sequence([py.number(i) for i in order])
    return Value(py.call("jnp.transpose", value.code, axes), wanted)


def aligned(value: Value, dims: Dims) -> ast.expr:
    """Code that broadcasts against `dims`: axes in order, inner missing ones of length 1."""
    value = transposed(value, dims)
    missing = [d for d in dims if d not in value.dims]
    if not value.dims or not missing:
        return value.code
    first = dims.index(value.dims[0])
    items = [py.FULL if d in value.dims else py.NEW_AXIS for d in dims[first:]]
    return py.subscript(value.code, items)


def spread(value: Value, dims: Dims, scope: Scope) -> ast.expr:
    """Code of exactly the shape of `dims`."""
    if set(value.dims) == set(dims):
        return aligned(value, dims)
    lengths = [scope.length(d) for d in dims]
    if not value.dims:
        shape = lengths[0] if len(lengths) == 1 else py.sequence(lengths)
        return py.call("jnp.full", shape, value.code)
    return py.call("jnp.broadcast_to", aligned(value, dims), py.sequence(lengths))
