"""Text to tokens: one regular expression made of the grammar's terminals."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from gendsl.grammar.tables import Tables, load_tables


class Token(NamedTuple):
    """A terminal with its text and where it stands, in characters."""

    type: str
    text: str
    start: int
    end: int


END = "$END"
"""The type of the token behind the last one."""

ERROR = "ERROR"
"""The type of a token whose problem has been reported; no rule accepts it."""


@cache
def _pattern() -> re.Pattern[str]:
    patterns = load_tables().patterns
    return re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in patterns))


def scan(text: str, tables: Tables) -> list[Token]:
    """Every token of the text but the spaces; comments are included, and so is what is no token."""
    keywords = tables.keywords
    tokens = []
    for match in _pattern().finditer(text):
        kind = match.lastgroup or ERROR
        if kind == "SPACE":
            continue
        word = match.group()
        if kind == "NAME":
            kind = keywords.get(word, kind)
        tokens.append(Token(kind, word, match.start(), match.end()))
    return tokens
