"""Printing Python expressions: least parentheses, double quotes, lines that fit.

The layout is that of common formatters: what does not fit breaks inside its outermost brackets, one
argument a line; an operation that does not fit is put in parentheses and breaks before operators.
"""

from __future__ import annotations

import ast

from gendsl.backends.emit.text import quoted
from gendsl.diagnostics.diagnostic import InternalError

WIDTH = 100
INDENT = 4

ATOM = 100
CALL = 90
POWER = 80
UNARY = 70

_BINARY: dict[type[ast.operator], tuple[str, int]] = {
    ast.Add: ("+", 50),
    ast.Sub: ("-", 50),
    ast.Mult: ("*", 60),
    ast.Div: ("/", 60),
    ast.FloorDiv: ("//", 60),
    ast.Mod: ("%", 60),
    ast.MatMult: ("@", 60),
    ast.Pow: ("**", POWER),
    ast.BitAnd: ("&", 42),
    ast.BitOr: ("|", 40),
}
_UNARY: dict[type[ast.unaryop], str] = {ast.USub: "-", ast.Invert: "~"}
_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Is: "is",
    ast.IsNot: "is not",
}


def precedence(node: ast.expr) -> int:
    """How tightly the outermost operator of an expression binds."""
    match node:
        case ast.BinOp(op=op):
            return _BINARY[type(op)][1]
        case ast.UnaryOp():
            return UNARY
        case ast.Compare():
            return 30
        case ast.IfExp():
            return 10
        case ast.Call() | ast.Attribute() | ast.Subscript():
            return CALL
        case _:
            return ATOM


def flat(node: ast.expr, least: int = 0) -> str:
    """The expression on one line, in parentheses if it binds less tightly than `least`."""
    text = _flat(node)
    return f"({text})" if precedence(node) < least else text


def _flat(node: ast.expr) -> str:
    match node:
        case ast.Constant(value):
            return quoted(value) if isinstance(value, str) else repr(value)
        case ast.Name(identifier):
            return identifier
        case ast.Attribute(value, attribute):
            return f"{flat(value, CALL)}.{attribute}"
        case ast.Call():
            return f"{flat(node.func, CALL)}({', '.join(_arguments(node))})"
        case ast.Subscript(value, inside):
            items = inside.elts if isinstance(inside, ast.Tuple) else [inside]
            return f"{flat(value, CALL)}[{', '.join(flat(i) for i in items)}]"
        case ast.Slice(lower, upper):
            return f"{_end(lower)}:{_end(upper)}"
        case ast.Tuple(items):
            return f"({', '.join(flat(i) for i in items)}{',' if len(items) == 1 else ''})"
        case ast.List(items):
            return f"[{', '.join(flat(i) for i in items)}]"
        case ast.UnaryOp(op, operand):
            return f"{_UNARY[type(op)]}{flat(operand, UNARY)}"
        case ast.BinOp(left, op, right):
            symbol, own = _BINARY[type(op)]
            before, after = (own + 1, UNARY) if symbol == "**" else (own, own + 1)
            return f"{flat(left, before)} {symbol} {flat(right, after)}"
        case ast.IfExp(test, body, orelse):
            return f"{flat(body, 11)} if {flat(test, 11)} else {flat(orelse, 10)}"
        case ast.Compare(left, [op], [right]):
            return f"{flat(left, 31)} {_COMPARE[type(op)]} {flat(right, 31)}"
        case _:
            raise InternalError(f"the printer does not know {type(node).__name__}")


def _end(node: ast.expr | None) -> str:
    if node is None:
        return ""
    text = flat(node)
    return text.replace(" ", "") if isinstance(node, ast.BinOp) and len(text) < 12 else text


def _arguments(node: ast.Call) -> list[str]:
    return [flat(a) for a in node.args] + [f"{k.arg}={flat(k.value)}" for k in node.keywords]


def layout(node: ast.expr, indent: int, prefix: str = "", suffix: str = "") -> list[str]:
    """Lines of `prefix expression suffix` at an indentation, broken where they don't fit."""
    pad = " " * indent
    line = f"{pad}{prefix}{flat(node)}{suffix}"
    if len(line) <= WIDTH:
        return [line]
    inner = indent + INDENT
    match node:
        case ast.Call(ast.Attribute(ast.Call() as receiver, method)) if (
            len(f"{pad}{prefix}{flat(receiver, CALL)}.{method}(") > WIDTH
        ):
            end = f".{method}({', '.join(_arguments(node))}){suffix}"
            return layout(receiver, indent, prefix, end)
        case ast.Call(func, arguments, keywords) if arguments or keywords:
            opened = f"{pad}{prefix}{flat(func, CALL)}("
            lines = [opened]
            for argument in arguments:
                lines += layout(argument, inner, "", ",")
            for item in keywords:
                lines += layout(item.value, inner, f"{item.arg}=", ",")
            return [*lines, f"{pad}){suffix}"]
        case ast.Tuple(items) | ast.List(items):
            left, right = ("(", ")") if isinstance(node, ast.Tuple) else ("[", "]")
            lines = [f"{pad}{prefix}{left}"]
            for item_node in items:
                lines += layout(item_node, inner, "", ",")
            return [*lines, f"{pad}{right}{suffix}"]
        case ast.BinOp():
            return [f"{pad}{prefix}(", *_operands(node, inner), f"{pad}){suffix}"]
        case _:
            return [line]


def _operands(node: ast.BinOp, indent: int) -> list[str]:
    own = precedence(node)
    terms: list[tuple[str, ast.expr]] = []
    left: ast.expr = node
    while isinstance(left, ast.BinOp) and precedence(left) == own and own != POWER:
        terms.append((_BINARY[type(left.op)][0] + " ", left.right))
        left = left.left
    if not terms:
        return [" " * indent + flat(node)]
    lines: list[str] = []
    for i, (symbol, term) in enumerate([("", left), *reversed(terms)]):
        least = own if i == 0 else own + 1
        if precedence(term) < least:
            lines.append(" " * indent + symbol + flat(term, least))
        else:
            lines += layout(term, indent, symbol)
    return lines
