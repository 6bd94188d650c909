"""Sums of products over named dimensions: `@` where the axes allow, else `einsum`."""

from __future__ import annotations

import ast
import string

from gendsl.backends.emit import python as py
from gendsl.backends.emit.scope import Value
from gendsl.ir.expr import Dims


def contract(left: Value, right: Value, over: Dims, order: Dims) -> Value:
    """The sum over dimensions that both factors have; the result's axes prefer `order`."""
    return _product(left, right, over) or _einsum(left, right, over, order)


def product_sum(left: Value, right: Value, over: Dims, order: Dims) -> Value | None:
    """A contraction if that saves an array of all dimensions, else `None`."""
    if not all(d in left.dims and d in right.dims for d in over):
        return None
    together = {*left.dims, *right.dims}
    is_saving = len(left.dims) < len(together) and len(right.dims) < len(together)
    is_vector = len(left.dims) == 1 or len(right.dims) == 1
    if not is_saving and not is_vector:
        return None
    return contract(left, right, over, order)


def _product(left: Value, right: Value, over: Dims) -> Value | None:
    if len(over) != 1 or set(left.dims) & set(right.dims) != set(over):
        return None
    if len(left.dims) > 2 or len(right.dims) > 2:
        return None
    if len(left.dims) == 1 and len(right.dims) == 2 and right.dims[1] == over[0]:
        left, right = right, left
    first = left if left.dims[-1] == over[0] else _flip(left)
    second = right if right.dims[0] == over[0] else _flip(right)
    return Value(py.binary("@", first.code, second.code), (*first.dims[:-1], *second.dims[1:]))


def _flip(value: Value) -> Value:
    return Value(ast.Attribute(value.code, "T", ast.Load()), value.dims[::-1])


def _einsum(left: Value, right: Value, over: Dims, order: Dims) -> Value:
    letters = dict(
        zip(dict.fromkeys((*left.dims, *right.dims)), string.ascii_lowercase, strict=False)
    )
    found = {d for d in letters if d not in over}
    result = tuple(d for d in order if d in found) + tuple(
        d for d in letters if d in found and d not in order
    )
    spell = ["".join(letters[d] for d in dims) for dims in (left.dims, right.dims, result)]
    pattern = py.string(f"{spell[0]},{spell[1]}->{spell[2]}")
    return Value(py.call("jnp.einsum", pattern, left.code, right.code), result)
