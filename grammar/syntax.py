"""Text to the value of its rules: lexer, layout and automaton in a row."""

from __future__ import annotations

from gendsl.grammar.foreign import explain_foreign
from gendsl.grammar.lalr import Reduce, parse_tokens
from gendsl.grammar.layout import lay_out
from gendsl.grammar.lexer import scan
from gendsl.grammar.messages import explain
from gendsl.grammar.problem import Problem
from gendsl.grammar.tables import load_tables


def parse_text(text: str, reduce: Reduce) -> tuple[object, list[Problem]]:
    """What `reduce` makes of the text, and every syntax error, in no order.

    Where there are errors the value is incomplete.
    """
    tables = load_tables()
    tokens, foreign = explain_foreign(scan(text, tables))
    tokens, brackets = lay_out(tokens)
    value, failures = parse_tokens(tables, text, tokens, reduce, explain)
    return value, foreign + brackets + _once(failures)


def _once(problems: list[Problem]) -> list[Problem]:
    """Without repetitions of what is said once for all statements outside a model."""
    seen: set[str] = set()
    kept = []
    for problem in problems:
        if problem.code != "G0115" or problem.message not in seen:
            kept.append(problem)
        seen.add(problem.message)
    return kept
