"""Sites that nothing reads stand alone: `pyro.deterministic("p", ...)` without a variable."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from gendsl.backends.emit.document import Block, Def, If, Line, Return, Statement, With
from gendsl.backends.pyro.dialect.numbers import path_of

_SITES = frozenset({"pyro.sample", "pyro.deterministic"})


def without_unread(function: Def) -> Def:
    """The function, sites whose variable is never read without that variable."""
    read = {
        part.id
        for expression in _expressions(function.body)
        for part in ast.walk(expression)
        if isinstance(part, ast.Name)
    }
    return replace(function, body=_kept(function.body, read))


def _expressions(body: tuple[Statement, ...]) -> Iterator[ast.expr]:
    for statement in body:
        match statement:
            case Line(_, value) | Return(value):
                yield value
            case With(contexts, inner):
                yield from contexts
                yield from _expressions(inner)
            case If(test, inner):
                yield test
                yield from _expressions(inner)
            case Block(inner) | Def(body=inner):
                yield from _expressions(inner)


def _kept(body: tuple[Statement, ...], read: set[str]) -> tuple[Statement, ...]:
    return tuple(_statement(statement, read) for statement in body)


def _statement(node: Statement, read: set[str]) -> Statement:
    match node:
        case Line((name,), ast.Call(func)) if path_of(func) in _SITES and name not in read:
            return replace(node, targets=())
        case With() | If() | Block() | Def():
            return replace(node, body=_kept(node.body, read))
        case _:
            return node
