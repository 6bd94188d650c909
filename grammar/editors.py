"""A TextMate grammar for editors, made from the terminals: `python -m gendsl.grammar.editors`.

Colours only: what fits together is the language server's or the compiler's to say.
"""

from __future__ import annotations

import json
import re
from typing import Any

from gendsl.grammar.layout import DECLARATION_STARTS, STATEMENT_STARTS
from gendsl.grammar.tables import load_tables

_OPERATOR_WORDS = frozenset({"AND", "OR", "NOT"})


def textmate() -> dict[str, Any]:
    """The grammar as JSON data, for a file `gendsl.tmLanguage.json`."""
    tables = load_tables()
    patterns = dict(tables.patterns)
    words = {terminal: word for word, terminal in tables.keywords.items()}
    starts = [words[name] for name in words if name in STATEMENT_STARTS | {"FACTOR"}]
    operators = [words[name] for name in words if name in _OPERATOR_WORDS]
    others = sorted(set(words.values()) - set(starts) - set(operators))
    declarations = [words[name] for name in words if name in DECLARATION_STARTS]
    signs = [
        tables.symbols[name]
        for name, _ in tables.patterns
        if name in _OPERATORS and name in tables.symbols
    ]
    rules = [
        ("comment.line.number-sign.gen", patterns["COMMENT"]),
        ("string.quoted.double.gen", patterns["STRING"]),
        ("invalid.illegal.gen", patterns["BAD_NUMBER"]),
        ("constant.numeric.gen", patterns["NUMBER"]),
        ("keyword.declaration.gen", rf"^\s*{_any_word(declarations)}"),
        ("keyword.control.gen", rf"(?:(?<=\{{)|^)\s*{_any_word(starts)}"),
        ("keyword.operator.word.gen", _any_word(operators)),
        ("keyword.other.gen", _any_word(others)),
        ("entity.name.function.gen", rf"{patterns['NAME']}(?=\s*\()"),
        ("variable.other.gen", rf"{patterns['DOTTED']}|{patterns['NAME']}"),
        ("keyword.operator.gen", "|".join(re.escape(sign) for sign in signs)),
    ]
    return {
        "name": "gendsl",
        "scopeName": "source.gen",
        "fileTypes": ["gen"],
        "patterns": [{"name": scope, "match": pattern} for scope, pattern in rules],
    }


_OPERATORS = frozenset(
    {
        "TILDE", "EQUAL", "DOTDOT", "THEN", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL",
        "EQUAL_EQUAL", "NOT_EQUAL", "PLUS", "MINUS", "STAR", "SLASH", "AT", "CARET",
    }
)  # fmt: skip


def _any_word(words: list[str]) -> str:
    return rf"\b(?:{'|'.join(words)})\b"


def main() -> None:
    """Print the grammar."""
    print(json.dumps(textmate(), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
