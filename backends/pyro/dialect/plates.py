"""Plates that are made once: Pyro takes two plates of one name for two sites of one name.

A plate that a program enters once, outside of steps, stays where it is entered. Others are made at
the top of the model, which their sizes, being arguments, allow; one of another size or another axis
is another plate, with another name. Plates of one dimension that draw a batch share the first's.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from gendsl.backends.emit import python as py
from gendsl.backends.emit.document import Block, Def, If, Line, Statement, With
from gendsl.backends.emit.printer import flat
from gendsl.backends.pyro.dialect.numbers import path_of


def with_plates_once(function: Def, fresh: Callable[[str], str]) -> Def:
    """The function with a line at its top for each plate that is entered more than once."""
    uses = list(_plates(function.body, is_repeated=False))
    names = Counter(_name(plate) for plate, _ in uses)
    taken = set(_sites(function.body)) | set(names)
    variables: dict[str, str] = {}
    batches: dict[str, str] = {}
    lines: list[Statement] = []
    seen: set[str] = set()
    for plate, is_repeated in uses:
        key, name = flat(plate), _name(plate)
        if key in variables or (names[name] == 1 and not is_repeated):
            continue
        variables[key] = fresh(f"{name}_plate")
        own = name
        while own in seen or (own != name and own in taken):
            own += "_"
        seen.add(own)
        made = _renamed(plate, own)
        lines.append(Line((variables[key],), _of_batch(made, batches.get(name))))
        batches.setdefault(name, variables[key])
    if not lines:
        return function
    return replace(function, body=(*lines, *_entered(function.body, variables)))


def _with_dim(context: ast.Call) -> ast.Call:
    """The plate with its axis said: one that is alone has the last."""
    if any(keyword.arg == "dim" for keyword in context.keywords):
        return context
    return ast.Call(context.func, context.args, [*context.keywords, _LAST])


_LAST = ast.keyword("dim", py.number(-1))


def _of_batch(plate: ast.Call, first: str | None) -> ast.Call:
    """The plate, its batch that of the plate `first`: those along another axis draw none anew."""
    if first is None:
        return plate
    indices = ast.Attribute(py.name(first), "indices", ast.Load())
    keywords = [
        ast.keyword("subsample", indices) if keyword.arg == "subsample_size" else keyword
        for keyword in plate.keywords
    ]
    return ast.Call(plate.func, plate.args, keywords)


def _is_plate(context: ast.expr) -> bool:
    return isinstance(context, ast.Call) and path_of(context.func) == "pyro.plate"


def _name(plate: ast.Call) -> str:
    first = plate.args[0]
    assert isinstance(first, ast.Constant)
    return str(first.value)


def _renamed(plate: ast.Call, name: str) -> ast.Call:
    return ast.Call(plate.func, [py.string(name), *plate.args[1:]], plate.keywords)


def _plates(body: tuple[Statement, ...], is_repeated: bool) -> Iterator[tuple[ast.Call, bool]]:
    """Every plate that is entered, and whether it may be more than once: in a step."""
    for statement in body:
        match statement:
            case With(contexts, inner):
                for context in contexts:
                    if isinstance(context, ast.Call) and _is_plate(context):
                        yield _with_dim(context), is_repeated
                yield from _plates(inner, is_repeated)
            case If(_, inner) | Block(inner):
                yield from _plates(inner, is_repeated)
            case Def():
                yield from _plates(statement.body, True)
            case _:
                pass


def _sites(body: tuple[Statement, ...]) -> Iterator[str]:
    """The names of the sites."""
    for statement in body:
        match statement:
            case Line(_, ast.Call(args=[ast.Constant(str() as name), *_])):
                yield name
            case With(body=inner) | If(_, inner) | Block(inner) | Def(body=inner):
                yield from _sites(inner)
            case _:
                pass


def _entered(body: tuple[Statement, ...], variables: dict[str, str]) -> tuple[Statement, ...]:
    """The statements, plates that have a variable entered by it."""

    def entered(context: ast.expr) -> ast.expr:
        if not isinstance(context, ast.Call) or not _is_plate(context):
            return context
        variable = variables.get(flat(_with_dim(context)))
        return context if variable is None else py.name(variable)

    result: list[Statement] = []
    for statement in body:
        match statement:
            case With(contexts, inner):
                around = tuple(entered(context) for context in contexts)
                result.append(replace(statement, contexts=around, body=_entered(inner, variables)))
            case If(test, inner):
                result.append(If(test, _entered(inner, variables)))
            case Block(inner):
                result.append(Block(_entered(inner, variables)))
            case Def():
                result.append(replace(statement, body=_entered(statement.body, variables)))
            case _:
                result.append(statement)
    return tuple(result)
