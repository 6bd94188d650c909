"""What numbers and strings stand for."""

from __future__ import annotations

import math
import re

_ESCAPES = {'"': '"', "\\": "\\", "n": "\n", "t": "\t"}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)")
_MAX_DIGITS = 400


def read_number(text: str) -> int | float:
    """The value of a NUMBER; an int unless it has a point or an exponent.

    Raises ValueError, with words for the user, where it is too large to be held.
    """
    plain = text.replace("_", "")
    if len(plain) > _MAX_DIGITS:
        raise ValueError(f"a number of {len(plain)} characters")
    if plain.isdigit():
        return int(plain)
    value = float(plain)
    if math.isinf(value):
        raise ValueError(f"`{text}` is larger than the largest number, about 1.8e308")
    return value


def bad_escape(text: str) -> re.Match[str] | None:
    """The first escape in a STRING that means nothing."""
    for match in _ESCAPE.finditer(text):
        escape = match.group(1)
        if escape[0] == "u" and len(escape) == 5:
            if not 0xD800 <= int(escape[1:], 16) < 0xE000:
                continue
        elif escape in _ESCAPES:
            continue
        return match
    return None


def read_string(text: str) -> str:
    """The value of a STRING, quotes included in `text`, whose escapes are good."""
    return _ESCAPE.sub(
        lambda m: chr(int(m.group(1)[1:], 16)) if m.group(1)[0] == "u" else _ESCAPES[m.group(1)],
        text[1:-1],
    )


def write_string(value: str) -> str:
    """The inverse of `read_string`."""
    out = []
    for character in value:
        if character in '"\\':
            out.append("\\" + character)
        elif character == "\n":
            out.append("\\n")
        elif character == "\t":
            out.append("\\t")
        elif character.isprintable() or ord(character) > 0xFFFF:
            out.append(character)
        else:
            out.append(f"\\u{ord(character):04x}")
    return '"' + "".join(out) + '"'
