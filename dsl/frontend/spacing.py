"""Where the formatter puts a space: the part that each token plays, and which parts keep apart."""

from __future__ import annotations

from gendsl.grammar.lexer import Token
from gendsl.grammar.soft_words import SOFT_WORDS
from gendsl.grammar.tables import load_tables

OPERAND_ENDS = frozenset({"OPERAND", "RPAR", "RSQB", "QUESTION"})

# Parts that a token's type alone does not tell:
# OPERAND a name or a value, CALL and INDEX brackets after one, SIGN a minus before one,
# MEMBERS and MEMBERS_END the braces of a list of members, OVER the slash of `d/dt`.
_TIGHT_AFTER = frozenset(
    ["CALL", "INDEX", "LPAR", "LSQB", "MEMBERS", "SIGN", "CARET", "DOTDOT", "OVER"]
)
_TIGHT_BEFORE = frozenset(
    ["CALL", "INDEX", "RPAR", "RSQB", "MEMBERS_END", "COMMA", "QUESTION", "CARET", "DOTDOT", "OVER"]
)
_VALUES = frozenset({"NAME", "DOTTED", "NUMBER", "STRING", *SOFT_WORDS}) - {"FACTOR"}


def find_parts(tokens: list[Token]) -> list[str]:
    """The part of each token, comments and newlines under their types."""
    keywords = frozenset(load_tables().keywords.values())
    parts: list[str] = []
    before = ""
    braces: list[str] = []
    for i, token in enumerate(tokens):
        part = "OVER" if _is_over(tokens, i) else _part(token.type, before, braces, keywords)
        parts.append(part)
        if part not in ("COMMENT", "NEWLINE"):
            before = part
    return parts


def _is_over(tokens: list[Token], i: int) -> bool:
    """Whether a token is the slash of `d/dt(`, at the start of a line."""
    if tokens[i].type != "SLASH" or i < 2 or i + 2 >= len(tokens):
        return False
    before, first, below, after = (tokens[i + k] for k in (-2, -1, 1, 2))
    is_start = before.type in ("NEWLINE", "COMMENT", "LBRACE")
    return is_start and first.text == "d" and below.text[0] == "d" and after.type == "LPAR"


def _part(kind: str, before: str, braces: list[str], keywords: frozenset[str]) -> str:
    is_after_operand = before in OPERAND_ENDS
    if kind in _VALUES:
        return "OPERAND"
    if kind == "FACTOR":
        # Where a value has just ended, no expression goes on with a name: a statement starts.
        is_start = is_after_operand or before in ("", "LBRACE", "RBRACE", "MEMBERS_END")
        return "KEYWORD" if is_start else "OPERAND"
    if kind in keywords:
        return "KEYWORD"
    if kind == "LPAR":
        return "CALL" if is_after_operand else kind
    if kind == "LSQB":
        return "INDEX" if is_after_operand else kind
    if kind == "MINUS":
        return kind if is_after_operand else "SIGN"
    if kind == "LBRACE":
        braces.append("MEMBERS" if before == "EQUAL" else "LBRACE")
        return braces[-1]
    if kind == "RBRACE":
        return "MEMBERS_END" if braces.pop() == "MEMBERS" else kind
    return kind


def needs_space(before: str, after: str) -> bool:
    """Whether a space stands between two parts on one line."""
    if before == "LBRACE" and after == "RBRACE":
        return False
    return before not in _TIGHT_AFTER and after not in _TIGHT_BEFORE
