"""Mistakes in the lines of a `pfn` block."""

from __future__ import annotations

from gendsl.grammar.lexer import Token
from gendsl.grammar.problem import Problem
from gendsl.grammar.tables import load_tables
from gendsl.grammar.view import OPERAND_STARTS, View

_LINES = "`predict y given X`, `require a > 0`, `inputs = X ~ Normal(0, 1)`, `rows = 8..256`"


def pfn_line(view: View) -> Problem | None:
    """What a line of the block lacks, or what has no place there."""
    is_inside = any(token.type == "LBRACE" for token in view.tokens)
    if view.first.type != "PFN" or not is_inside or view.opener() is not None:
        return None
    line = _line(view)
    token = view.token
    is_keyword = token.text in load_tables().keywords and token.type not in OPERAND_STARTS
    if not line and is_keyword:
        return view.problem(
            "G0115",
            f"`{token.text}` cannot stand in a `pfn` block",
            f"it belongs in the model, or beside it; lines are {_LINES}",
        )
    if not line or is_keyword:
        return None
    if line[0].type == "PREDICT" and token.type in OPERAND_STARTS:
        help = "write `predict y given X`, with commas between several names"
        return view.problem("G0101", f"`given` or a comma is missing before `{token.text}`", help)
    if line[0].type == "REQUIRE" and len(line) == 1 and token.type in ("NEWLINE", "RBRACE"):
        return Problem(
            "G0101",
            "`require` needs a condition",
            line[0].start,
            line[0].end,
            "",
            "write `require slope > 0`",
        )
    if len(line) == 1 and line[0].type in OPERAND_STARTS and token.type != "EQUAL":
        return view.problem_from(
            line[0],
            "G0101",
            f"`{line[0].text}` begins no line of a `pfn` block",
            f"lines are {_LINES}",
        )
    return None


def pfn_file(view: View) -> Problem | None:
    """What the line lacks that names the file of a trained network."""
    is_heading = view.first.type == "PFN" and len(view.tokens) > 1
    if not is_heading or any(token.type == "LBRACE" for token in view.tokens):
        return None
    help = f'write `pfn {view.second.text} from "robust.pfn"`'
    if view.previous.type == "FROM" and len(view.tokens) == 3:
        return view.problem("G0101", "the path of a network stands in quotes", help)
    if len(view.tokens) == 2 and view.token.type in ("STRING", "EQUAL"):
        return view.problem("G0101", "`from` is missing before the path of a network", help)
    return None


def known_rows(view: View) -> Problem | None:
    """What stands after `given` and is no `x = ...`."""
    is_known = "GIVEN" in view.types and view.types[-3:-2] in (["GIVEN"], ["COMMA"])
    if not is_known or view.expected != {"EQUAL"} or view.opener() is not None:
        return None
    name = view.previous.text
    return view.problem(
        "G0101", f"`=` is missing after `{name}`", f"name each input: `given {name} = {name}`"
    )


def _line(view: View) -> list[Token]:
    """The tokens of the line before the one that does not fit."""
    found: list[Token] = []
    for token in reversed(view.tokens):
        if token.type in ("NEWLINE", "LBRACE"):
            break
        found.insert(0, token)
    return found
