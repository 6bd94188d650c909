"""Builders of Python expressions: syntax trees, so that no text of the user's is ever pasted."""

from __future__ import annotations

import ast
import keyword
import math
import re
from collections.abc import Mapping, Sequence

from gendsl.diagnostics.diagnostic import InternalError


def name(identifier: str) -> ast.Name:
    """A variable; anything but a plain identifier is our own fault."""
    if not identifier.isidentifier() or keyword.iskeyword(identifier):
        raise InternalError(f"{identifier!r} is no Python identifier")
    return ast.Name(identifier, ast.Load())


def dotted(path: str) -> ast.expr:
    """`jnp.exp`, from names joined by dots."""
    first, *rest = path.split(".")
    node: ast.expr = name(first)
    for part in rest:
        node = ast.Attribute(node, name(part).id, ast.Load())
    return node


def string(text: str) -> ast.Constant:
    """A string literal."""
    return ast.Constant(text)


def number(value: float | int | bool) -> ast.expr:
    """A number; infinities and NaN are `jnp.inf` and `jnp.nan`."""
    if isinstance(value, float) and math.isnan(value):
        return dotted("jnp.nan")
    if not isinstance(value, bool) and (value < 0 or math.copysign(1.0, value) < 0):
        return ast.UnaryOp(ast.USub(), number(-value))
    if isinstance(value, float) and math.isinf(value):
        return dotted("jnp.inf")
    return ast.Constant(value)


def call(function: str | ast.expr, *arguments: ast.expr, **keywords: ast.expr) -> ast.Call:
    """`function(a, b, key=c)`."""
    target = dotted(function) if isinstance(function, str) else function
    return ast.Call(target, list(arguments), [ast.keyword(k, v) for k, v in keywords.items()])


def method(receiver: ast.expr, attribute: str, *arguments: ast.expr) -> ast.Call:
    """`receiver.attribute(a, b)`."""
    return call(ast.Attribute(receiver, name(attribute).id, ast.Load()), *arguments)


def binary(operator: str, left: ast.expr, right: ast.expr) -> ast.expr:
    """`left operator right`."""
    return template(f"{{0}} {operator} {{1}}", (left, right))


def sequence(items: Sequence[ast.expr]) -> ast.Tuple:
    """`(a, b)`."""
    return ast.Tuple(list(items), ast.Load())


def array(items: Sequence[ast.expr]) -> ast.List:
    """`[a, b]`."""
    return ast.List(list(items), ast.Load())


FULL = ast.Slice(None, None, None)
"""`:` inside brackets."""

NEW_AXIS = ast.Constant(None)
"""`None` inside brackets."""


def subscript(base: ast.expr, items: Sequence[ast.expr]) -> ast.expr:
    """`base[a, b]`; full slices at the end are left out, and with them empty brackets."""
    kept = list(items)
    while kept and kept[-1] is FULL:
        kept.pop()
    if not kept:
        return base
    inside = kept[0] if len(kept) == 1 else sequence(kept)
    return ast.Subscript(base, inside, ast.Load())


_HOLE = re.compile(r"\{(\w+)\}")


class _Fill(ast.NodeTransformer):
    def __init__(self, parts: Mapping[str, ast.expr]) -> None:
        self.parts = parts

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.parts.get(node.id.removeprefix("hole_"), node)


def template(
    pattern: str, arguments: Sequence[ast.expr], named: Mapping[str, ast.expr] | None = None
) -> ast.expr:
    """A spelling of the project's own tables, such as `jnp.log1p(-{0})`, with its holes filled."""
    parts = {str(i): argument for i, argument in enumerate(arguments)} | dict(named or {})
    tree = ast.parse(_HOLE.sub(r"hole_\1", pattern), mode="eval").body
    filled = _Fill(parts).visit(tree)
    if not isinstance(filled, ast.expr):
        raise InternalError(f"the spelling {pattern!r} is no expression")
    return filled
