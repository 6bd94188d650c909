"""Which expressions are Python numbers: torch's functions of arrays take tensors alone."""

from __future__ import annotations

import ast
from collections.abc import Set

from gendsl.backends.emit import python as py

_OF_NUMBERS = frozenset({"min", "max", "abs", "int", "float", "round"})
_CONSTANTS = frozenset({"torch.inf", "torch.nan", "torch.pi"})


def path_of(node: ast.expr) -> str:
    """`torch.sum` of names joined by dots; empty for anything else."""
    match node:
        case ast.Name(identifier):
            return identifier
        case ast.Attribute(value, attribute):
            inner = path_of(value)
            return f"{inner}.{attribute}" if inner else ""
        case _:
            return ""


def is_number(node: ast.expr, numbers: Set[str]) -> bool:
    """Whether it is a Python number wherever the names in `numbers` are."""
    match node:
        case ast.Constant(value):
            return isinstance(value, int | float)
        case ast.Name(identifier):
            return identifier in numbers
        case ast.Attribute():
            return path_of(node) in _CONSTANTS
        case ast.UnaryOp(operand=operand):
            return is_number(operand, numbers)
        case ast.BinOp(left, _, right):
            return is_number(left, numbers) and is_number(right, numbers)
        case ast.Compare(left, _, rights):
            return all(is_number(part, numbers) for part in (left, *rights))
        case ast.IfExp(test, body, orelse):
            return all(is_number(part, numbers) for part in (test, body, orelse))
        case ast.Call(function, arguments):
            name = path_of(function)
            is_plain = name.startswith("math.") or name in _OF_NUMBERS
            return is_plain and all(is_number(part, numbers) for part in arguments)
        case _:
            return False


def as_tensor(node: ast.expr, numbers: Set[str]) -> ast.expr:
    """The expression, a number as `torch.tensor(2.0)`."""
    return py.call("torch.tensor", node) if is_number(node, numbers) else node
