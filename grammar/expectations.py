"""Terminals in words."""

from __future__ import annotations

from gendsl.grammar.lexer import END, Token
from gendsl.grammar.soft_words import SOFT_WORDS
from gendsl.grammar.tables import load_tables

_NAMES = {
    "NAME": "a name",
    "NUMBER": "a number",
    "STRING": "a string",
    "NEWLINE": "a line end",
    END: "the end of the file",
}

_GROUPS = (
    (
        frozenset({"NAME", "NUMBER", "STRING", "LPAR", "MINUS"}),
        frozenset(
            {"NAME", "DOTTED", "NUMBER", "STRING", "LPAR", "LSQB", "MINUS", "NOT", *SOFT_WORDS}
        ),
        "an expression",
    ),
    (
        frozenset({"PLUS", "STAR"}),
        frozenset(
            [
                "PLUS",
                "MINUS",
                "STAR",
                "SLASH",
                "AT",
                "CARET",
                "LESS",
                "LESS_EQUAL",
                "GREATER",
                "GREATER_EQUAL",
                "EQUAL_EQUAL",
                "NOT_EQUAL",
                "AND",
                "OR",
                "THEN",
                "PIPE",
            ]
        ),
        "an operator",
    ),
    (
        frozenset({"DIM", "DATA"}),
        frozenset({"DIM", "DATA", "LET", "PREDICT", "OBSERVE", "NAME", *SOFT_WORDS}),
        "a statement",
    ),
    (
        frozenset({"NAME", "LIKE"}),
        frozenset({"NAME", *SOFT_WORDS}),
        "a name",
    ),
    (frozenset({"NAME", "DOTTED"}), frozenset({"NAME", "DOTTED"}), "a name"),
)


def describe(token: Token) -> str:
    """A token in words."""
    if token.type == "NEWLINE":
        return "the end of the line"
    if token.type == END:
        return "the end of the file"
    return f"`{token.text}`"


def list_expected(terminals: frozenset[str]) -> str:
    """What would fit, gathered into a few words."""
    rest = set(terminals)
    words = []
    for sign, members, word in _GROUPS:
        if sign <= rest:
            rest -= members
            words.append(word)
    if "NEWLINE" in rest:
        rest -= {END, "RBRACE"}
    spelled = load_tables().symbols
    order = sorted(rest, key=lambda name: (name not in _NAMES, name))
    words += [_NAMES.get(name) or f"`{spelled.get(name, name.lower())}`" for name in order]
    words = list(dict.fromkeys(words))
    if not words:
        return "nothing more"
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]
