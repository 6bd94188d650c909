"""Whole numbers made of data, which a program needs before it is traced."""

from __future__ import annotations

from typing import Any

import numpy as np

from gendsl.diagnostics.diagnostic import InternalError
from gendsl.ir.bound import BoundData
from gendsl.ir.expr import Const, Expr, Op, Reduce, Ref, Size

_OPERATIONS = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "min": np.minimum,
    "max": np.maximum,
    "neg": np.negative,
}


def host_value(expr: Expr, bound: BoundData) -> Any:
    """The value of an expression of numbers, sizes and data, extremes of arrays among them."""
    match expr:
        case Const(value):
            return value
        case Size(dim):
            return bound.sizes[dim]
        case Ref(name):
            return bound.arrays[name]
        case Reduce("min", _, argument):
            return np.min(host_value(argument, bound))
        case Reduce("max", _, argument):
            return np.max(host_value(argument, bound))
        case Op(name, arguments) if name in _OPERATIONS:
            return _OPERATIONS[name](*(host_value(a, bound) for a in arguments))
        case _:
            raise InternalError("a number of states is no number of data")
