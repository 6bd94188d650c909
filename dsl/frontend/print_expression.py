"""Expressions to text."""

from __future__ import annotations

from typing import assert_never

from gendsl.frontend import ast
from gendsl.frontend.literals import write_string

# How tightly an expression holds together; the grammar's levels, from loose to tight.
PIPELINE, OR, AND, NOT, COMPARISON, SUM, PRODUCT, SIGN, POWER, OPERAND = range(10)

_LEVELS = {
    ">>": PIPELINE,
    "|>": PIPELINE,
    "or": OR,
    "and": AND,
    "+": SUM,
    "-": SUM,
    "*": PRODUCT,
    "/": PRODUCT,
    "@": PRODUCT,
    "^": POWER,
    "<": COMPARISON,
    "<=": COMPARISON,
    ">": COMPARISON,
    ">=": COMPARISON,
    "==": COMPARISON,
    "!=": COMPARISON,
}


def print_expr(expr: ast.Expr) -> str:
    """The expression on one line."""
    match expr:
        case ast.Number(value):
            return repr(value)
        case ast.String(value):
            return write_string(value)
        case ast.Name(id):
            return id
        case ast.Unary(op, operand):
            return f"not {wrap(operand, NOT)}" if op == "not" else f"-{wrap(operand, SIGN)}"
        case ast.Binary():
            return _binary(expr)
        case ast.Call(function, arguments, given=given):
            known = f" given {print_arguments(given)}" if given else ""
            return f"{function.id}({print_arguments(arguments)}){known}"
        case ast.DimCall(function, binders, arguments):
            inside = ", ".join(_binder(binder) for binder in binders)
            return f"{function.id}[{inside}]({print_arguments(arguments)})"
        case ast.Index(base, items):
            return f"{wrap(base, OPERAND)}[{print_items(items)}]"
        case ast.Array(items):
            return f"[{', '.join(print_expr(item) for item in items)}]"
        case _:
            assert_never(expr)


def level(expr: ast.Expr) -> int:
    """How tightly the expression holds together."""
    match expr:
        case ast.Binary(op):
            return _LEVELS[op]
        case ast.Unary(op):
            return NOT if op == "not" else SIGN
        case _:
            return OPERAND


def wrap(expr: ast.Expr, least: int) -> str:
    """The expression, in parentheses where its place asks for a tighter one."""
    text = print_expr(expr)
    return text if level(expr) >= least else f"({text})"


def _binary(expr: ast.Binary) -> str:
    own = _LEVELS[expr.op]
    if expr.op == "^":
        return f"{wrap(expr.left, OPERAND)}^{_exponent(expr.right)}"
    # Comparisons do not chain; all else groups to the left.
    left = wrap(expr.left, own + 1 if own == COMPARISON else own)
    return f"{left} {expr.op} {wrap(expr.right, own + 1)}"


def _exponent(expr: ast.Expr) -> str:
    if isinstance(expr, ast.Unary) and expr.op == "-":
        return f"-{_exponent(expr.operand)}"
    return wrap(expr, POWER)


def print_arguments(arguments: tuple[ast.Argument, ...]) -> str:
    """What stands between a call's parentheses."""
    return ", ".join(
        print_expr(a.value)
        if a.name is None
        else f"{a.name} {'~' if a.is_prior else '='} {print_expr(a.value)}"
        for a in arguments
    )


def print_items(items: tuple[ast.IndexItem, ...]) -> str:
    """What stands between brackets that index."""
    return ", ".join(
        print_expr(i.value) if i.dim is None else f"{i.dim} = {print_expr(i.value)}" for i in items
    )


def _binder(binder: ast.Binder) -> str:
    if binder.by is not None:
        return f"{binder.dim} by {print_expr(binder.by)}"
    if binder.lower is None or binder.upper is None:
        return binder.dim
    return f"{binder.dim} = {print_expr(binder.lower)}..{print_expr(binder.upper)}"
