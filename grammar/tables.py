"""The LALR(1) tables of `gendsl.lark`, as plain data.

Lark builds them (`compile_grammar.py`); they are kept beside the grammar as `tables.json`, so that
a command need not spend a tenth of a second on rebuilding what has not changed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Rule:
    """A production, as the parser needs it: how much to pop and what to call the result."""

    symbol: str
    """The nonterminal, for the table of gotos."""
    name: str
    """What the builder is told: the alias where there is one."""
    size: int
    is_transparent: bool
    """Written `?rule:` without an alias: a single child stands for itself."""
    is_spliced: bool
    """A helper (`_rule`, a repetition): its children become its parent's."""


@dataclass(frozen=True, slots=True)
class Tables:
    """What lexer and parser run on."""

    patterns: tuple[tuple[str, str], ...]
    """Terminals and their regular expressions, in the order in which they are tried."""
    keywords: dict[str, str]
    """Each word with a meaning of its own, and its terminal."""
    symbols: dict[str, str]
    """The spelling of each terminal that has only one, keywords included."""
    rules: tuple[Rule, ...]
    actions: tuple[dict[str, int], ...]
    """For each state: terminal -> the state to shift to (>= 0) or -1 - the rule to reduce by."""
    gotos: tuple[dict[str, int], ...]
    start_state: int
    end_state: int


def grammar_text() -> str:
    """The text of `gendsl.lark`."""
    return (_FOLDER / "gendsl.lark").read_text(encoding="utf-8")


def digest(grammar: str) -> str:
    """Identifies the grammar that tables were built from."""
    return hashlib.sha256(grammar.encode()).hexdigest()


def from_json(data: Any) -> Tables:
    """The inverse of `compile_grammar.to_json`."""
    actions = tuple(
        {data["terminals"][int(k)]: action for k, action in state.items()}
        for state in data["actions"]
    )
    return Tables(
        patterns=tuple((name, pattern) for name, pattern in data["patterns"]),
        keywords=data["keywords"],
        symbols=data["symbols"],
        rules=tuple(Rule(*row) for row in data["rules"]),
        actions=actions,
        gotos=tuple(data["gotos"]),
        start_state=data["start_state"],
        end_state=data["end_state"],
    )


@cache
def load_tables() -> Tables:
    """The tables of the grammar as it stands, rebuilt in memory where `tables.json` is behind."""
    grammar = grammar_text()
    stored = _FOLDER / "tables.json"
    if stored.is_file():
        data = json.loads(stored.read_text(encoding="utf-8"))
        if data["digest"] == digest(grammar):
            return from_json(data)
    from gendsl.grammar.compile_grammar import compile_grammar

    return from_json(compile_grammar(grammar))
