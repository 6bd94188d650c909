"""Which texts are names, which are keywords, and how a label is written."""

from __future__ import annotations

import unicodedata

from gendsl.frontend.literals import write_string
from gendsl.grammar.soft_words import SOFT_WORDS
from gendsl.grammar.tables import load_tables

SOFT_KEYWORDS = frozenset(terminal.lower() for terminal in SOFT_WORDS)
"""Words with a meaning in one place, which are names everywhere else."""


def keywords() -> frozenset[str]:
    """Every word with a meaning of its own: the grammar's list."""
    return frozenset(load_tables().keywords)


def is_name(text: str) -> bool:
    """Whether a text can be a name: of a quantity, a dimension, a model, a member."""
    return (
        text.isidentifier()
        and unicodedata.is_normalized("NFC", text)
        and text not in keywords() - SOFT_KEYWORDS
    )


def print_label(label: str) -> str:
    """A member's label, in quotes where it is no name."""
    return label if is_name(label) else write_string(label)
