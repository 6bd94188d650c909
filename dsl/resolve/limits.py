"""How large a formula may become once its functions are written out."""

from __future__ import annotations

from gendsl.ir.expr import Expr
from gendsl.ir.walk import children

MAX_CALLS = 24
"""How deep functions may call each other."""
MAX_DEPTH = 200
"""How deep a typed expression may be: later passes recurse over it."""
MAX_SIZE = 20_000
"""How many parts it may have, those that stand twice counted twice."""


def measure(expr: Expr) -> tuple[int, int]:
    """The number of parts of an expression and its depth, shared parts looked at once."""
    known: dict[int, tuple[int, int]] = {}
    stack = [expr]
    while stack:
        node = stack[-1]
        parts = children(node)
        waiting = [part for part in parts if id(part) not in known]
        if waiting:
            stack.extend(waiting)
            continue
        stack.pop()
        sizes = [known[id(part)] for part in parts]
        known[id(node)] = (
            1 + sum(size for size, _ in sizes),
            1 + max((depth for _, depth in sizes), default=0),
        )
    return known[id(expr)]
