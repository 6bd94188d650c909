"""The document of a generated program: statements with comments, and their rendering."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from gendsl.backends.emit.printer import INDENT, WIDTH, flat, layout
from gendsl.backends.emit.text import comment, docstring


@dataclass(frozen=True, slots=True)
class Note:
    """What a comment says: the statement, and where it stands."""

    statement: str
    place: str


@dataclass(frozen=True, slots=True)
class Line:
    """`target = value`, or `value` alone; several targets unpack a tuple."""

    targets: tuple[str, ...]
    value: ast.expr
    note: Note | None = None


@dataclass(frozen=True, slots=True)
class Return:
    """`return value`."""

    value: ast.expr


@dataclass(frozen=True, slots=True)
class With:
    """`with a, b as i:` around statements; `targets` has a name, or none, for each context."""

    contexts: tuple[ast.expr, ...]
    body: tuple[Statement, ...]
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class If:
    """`if test:` around statements."""

    test: ast.expr
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Statements that stay together."""

    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter, its type and its default as text."""

    name: str
    annotation: str = ""
    default: ast.expr | None = None


@dataclass(frozen=True, slots=True)
class Def:
    """A function; `keyword_only` puts a `*` before its parameters."""

    name: str
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...]
    doc: str = ""
    is_keyword_only: bool = False
    note: Note | None = None


Statement = Line | Return | With | If | Block | Def


def render(statements: Sequence[Statement], indent: int = 0) -> list[str]:
    """The lines of some statements."""
    lines: list[str] = []
    last: Statement | None = None
    for statement in statements:
        if last is not None and (isinstance(statement, Def) or isinstance(last, Def)):
            lines.append("")
        lines += _statement(statement, indent)
        last = statement
    return lines


def merged(statements: Sequence[Statement]) -> list[Statement]:
    """The statements, those that follow each other in the same contexts put together."""
    result: list[Statement] = []
    for statement in statements:
        last = result[-1] if result else None
        if (
            isinstance(statement, With)
            and isinstance(last, With)
            and _header(statement, 0) == _header(last, 0)
        ):
            result[-1] = With(last.contexts, (*last.body, *statement.body), last.targets)
        else:
            result.append(statement)
    return result


def note_lines(note: Note | None, indent: int) -> list[str]:
    """A comment on a line of its own."""
    return [] if note is None else [" " * indent + _note(note, WIDTH - indent)]


def _note(note: Note, width: int) -> str:
    place = comment(note.place)
    statement = comment(note.statement)
    room = max(width - len(place) - 5, 20)
    if len(statement) > room:
        statement = statement[: room - 1] + "…"
    return f"# {statement}   {place}"


def _statement(statement: Statement, indent: int) -> list[str]:
    pad = " " * indent
    inner = indent + INDENT
    match statement:
        case Line(targets, value, note):
            prefix = ", ".join(targets) + " = "
            lines = layout(value, indent, prefix if targets else "")
            if note is None:
                return lines
            beside = f"{lines[0]}  {_note(note, WIDTH)}"
            if len(lines) == 1 and len(beside) <= WIDTH:
                return [beside]
            return [*note_lines(note, indent), *lines]
        case Return(ast.Tuple(items)) if len(items) > 1:
            line = f"{pad}return {', '.join(flat(item) for item in items)}"
            return [line] if len(line) <= WIDTH else layout(statement.value, indent, "return ")
        case Return(value):
            return layout(value, indent, "return ")
        case With(body=body):
            return [*_header(statement, indent), *render(body, inner)]
        case Block(body):
            return render(body, indent)
        case If(test, body):
            return [f"{pad}if {flat(test)}:", *render(body, inner)]
        case Def():
            lines = note_lines(statement.note, indent) + _signature(statement, indent)
            if statement.doc:
                lines.append(f'{pad}    """{docstring(statement.doc)}"""')
            return lines + render(statement.body, inner)


def _header(statement: With, indent: int) -> list[str]:
    pad = " " * indent
    targets = statement.targets or ("",) * len(statement.contexts)
    names = [f" as {target}" if target else "" for target in targets]
    parts = list(zip(statement.contexts, names, strict=True))
    line = f"{pad}with {', '.join(flat(c) + name for c, name in parts)}:"
    if len(line) <= WIDTH:
        return [line]
    lines = [f"{pad}with ("]
    for context, name in parts:
        lines += layout(context, indent + INDENT, "", f"{name},")
    return [*lines, f"{pad}):"]


def _parameter(parameter: Parameter) -> str:
    text = parameter.name + (f": {parameter.annotation}" if parameter.annotation else "")
    if parameter.default is None:
        return text
    equals = " = " if parameter.annotation else "="
    return f"{text}{equals}{flat(parameter.default)}"


def _signature(function: Def, indent: int) -> list[str]:
    pad = " " * indent
    parts = [_parameter(p) for p in function.parameters]
    if function.is_keyword_only and parts:
        parts.insert(0, "*")
    line = f"{pad}def {function.name}({', '.join(parts)}):"
    if len(line) <= WIDTH:
        return [line]
    return [f"{pad}def {function.name}(", *(f"{pad}    {part}," for part in parts), f"{pad}):"]
