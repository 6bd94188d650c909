"""Types as written: which operand of `0 < real < 1` is the type, and which are its bounds."""

from __future__ import annotations

from dataclasses import dataclass

from gendsl.diagnostics.source import Span
from gendsl.frontend import ast


class TypeProblem(Exception):
    """What is written where a type is due is no type."""

    def __init__(self, message: str, span: Span, help: str) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.help = help


@dataclass(frozen=True, slots=True)
class Operand:
    """One operand between the comparisons; `is_bare` when it is not in parentheses."""

    node: ast.Expr
    is_optional: bool
    is_bare: bool
    span: Span


_HELP = "a type is `real`, `int >= 0`, `0 < real < 1`, a dimension's name, `simplex`, ..."


def read_type(operands: list[Operand], operators: list[str], span: Span) -> ast.Type:
    """The type of one to three operands; raises TypeProblem."""
    place = _place(operands, span)
    base = operands[place]
    assert isinstance(base.node, ast.Name)
    lower: ast.Bound | None = None
    upper: ast.Bound | None = None
    for i, operator in enumerate(operators):
        if operator in ("==", "!="):
            raise TypeProblem(f"`{operator}` gives no bound", span, _HELP)
        is_before = i < place
        bound = operands[i] if is_before else operands[i + 1]
        piece = ast.Bound(bound.node, operator in "<>", bound.span)
        if (operator[0] == "<") == is_before:
            if lower is not None:
                raise TypeProblem("two lower bounds", span, "write `0 < real < 1`")
            lower = piece
        else:
            if upper is not None:
                raise TypeProblem("two upper bounds", span, "write `0 < real < 1`")
            upper = piece
    return ast.Type(base.node.id, lower, upper, base.is_optional, span)


def _place(operands: list[Operand], span: Span) -> int:
    """Which operand is the type's name."""
    names = [
        i
        for i, operand in enumerate(operands)
        if isinstance(operand.node, ast.Name) and operand.is_bare and "." not in operand.node.id
    ]
    if len(operands) == 3:
        names = [i for i in names if i == 1]
    marked = [i for i in names if operands[i].is_optional]
    known = [i for i in names if _id(operands[i]) in ast.type_keywords]
    for choice in (marked, known, names):
        if choice:
            return choice[0]
    raise TypeProblem("a type is expected here", span, _HELP)


def _id(operand: Operand) -> str:
    assert isinstance(operand.node, ast.Name)
    return operand.node.id
