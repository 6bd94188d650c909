"""Text to syntax tree."""

from __future__ import annotations

from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, InternalError, Label
from gendsl.diagnostics.source import Source, Span
from gendsl.frontend import ast
from gendsl.frontend.build import Builder
from gendsl.grammar.problem import Problem
from gendsl.grammar.syntax import parse_text


def parse(source: Source) -> ast.File:
    """The syntax tree of a source, expressions at most `MAX_DEPTH` deep.

    Raises DiagnosticError with every syntax error, in the order of the text.
    """
    builder = Builder(source)
    tree, problems = parse_text(source.text, builder.reduce)
    problems = problems + builder.problems
    if problems:
        problems.sort(key=lambda problem: (problem.start, problem.end))
        raise DiagnosticError(tuple(_diagnostic(source, problem) for problem in problems))
    if not isinstance(tree, ast.File):
        raise InternalError("the parser gave no tree and no reason")
    return tree


def _diagnostic(source: Source, problem: Problem) -> Diagnostic:
    return Diagnostic(
        code=problem.code,
        message=problem.message,
        span=Span(source, problem.start, problem.end),
        label=problem.label,
        secondary=tuple(
            Label(Span(source, start, end), text) for start, end, text in problem.others
        ),
        help=problem.help,
    )
