"""Text of the user's inside generated code: literals and comments that can't end early."""

from __future__ import annotations

import re


def _escaped(character: str) -> str:
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def printable(text: str) -> str:
    """The text with control, format, surrogate and separator characters written as escapes."""
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def quoted(text: str) -> str:
    """A string literal in double quotes."""
    return '"' + printable(text.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def comment(text: str) -> str:
    """One line of comment, without the `#`: runs of white space become one space."""
    return printable(re.sub(r"[\s\x85\u2028\u2029]+", " ", text).strip())


def docstring(text: str) -> str:
    """A docstring's inside: it holds neither quotes nor escapes that the writer did not mean."""
    return printable(text.replace("\\", "\\\\").replace('"', '\\"'))
