"""What a user sets: `tau = 3`, `theta[school = "A"] = 2`; read from the command line or Python."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gendsl.api.failure import UsageError
from gendsl.diagnostics.diagnostic import Diagnostic

Member = str | int
"""A label, or a position where a dimension has no labels."""

_LEFT = re.compile(r"\s*(?P<name>[^\s\[\]=]+)\s*(?:\[(?P<at>.*)\])?\s*", re.DOTALL)
_PICK = re.compile(
    r"""\s*(?:(?P<dim>[^\s="',]+)\s*=\s*)?(?:"(?P<quoted>[^"]*)"|(?P<bare>[^"',=]+?))\s*(?:,|$)"""
)
_WORDS = {"true": True, "false": False, "inf": math.inf, "-inf": -math.inf}


@dataclass(frozen=True, slots=True)
class Setting:
    """A quantity, the members at which it is set (all of it where there are none), and the value.

    `at` has pairs of a dimension and one of its members; the dimension is `None` where the user
    left it out. `value` is a number, a bool, a label, or nested lists of these.
    """

    name: str
    at: tuple[tuple[str | None, Member], ...]
    value: Any

    @property
    def target(self) -> str:
        """The left side as a user may write it again."""
        if not self.at:
            return self.name
        parts = (
            (f"{dim}=" if dim is not None else "") + (f'"{m}"' if isinstance(m, str) else str(m))
            for dim, m in self.at
        )
        return f"{self.name}[{', '.join(parts)}]"


@dataclass(frozen=True, slots=True)
class Fixed:
    """Everything that a user set: quantities conditioned on, and quantities intervened on."""

    conditioned: tuple[Setting, ...] = ()
    intervened: tuple[Setting, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.conditioned or self.intervened)

    def to_attributes(self) -> dict[str, dict[str, Any]]:
        """What a result says of it: left sides and values."""
        groups = {"conditioned": self.conditioned, "intervened": self.intervened}
        return {key: {s.target: s.value for s in group} for key, group in groups.items() if group}

    @classmethod
    def from_attributes(cls, attributes: Mapping[str, Any]) -> Fixed:
        """The inverse of `to_attributes`."""
        return cls(
            settings_from(attributes.get("conditioned", {})),
            settings_from(attributes.get("intervened", {})),
        )


def settings_from(values: Mapping[str, Any]) -> tuple[Setting, ...]:
    """Read settings given in Python: names, with members in brackets if need be, and values.

    Raises:
        UsageError: if a name or a value can't be read.
    """
    return tuple(Setting(*_left(name), _plain(name, value)) for name, value in values.items())


def read_settings(texts: Iterable[str], option: str) -> tuple[Setting, ...]:
    """Read `NAME=VALUE` from the command line; a value is JSON, a label, or a path of JSON.

    Raises:
        UsageError: if a text is of another form, or names a file that can't be read.
    """
    return tuple(_read(text, option) for text in texts)


def _read(text: str, option: str) -> Setting:
    left, sign, right = _split(text)
    if not sign or not right.strip():
        raise _unreadable(
            f"`{option} {text}` is not of the form NAME=VALUE",
            f"`{option} tau=3`, `{option} 'theta[school=\"A\"]=2'`, `{option} theta=theta.json`",
        )
    return Setting(*_left(left), _value(right.strip(), option))


def _split(text: str) -> tuple[str, str, str]:
    """Split at the first `=` outside of brackets."""
    depth = 0
    for i, character in enumerate(text):
        depth += (character == "[") - (character == "]")
        if character == "=" and depth == 0:
            return text[:i], "=", text[i + 1 :]
    return text, "", ""


def _left(text: str) -> tuple[str, tuple[tuple[str | None, Member], ...]]:
    match = _LEFT.fullmatch(text)
    if match is None:
        raise _unreadable(f"`{text}` is no name of a quantity", _LEFT_HELP)
    return match["name"], () if match["at"] is None else _members(match["at"], text)


_LEFT_HELP = 'a name, with members in brackets if need be: `theta`, `theta[school="A"]`'


def _members(text: str, whole: str) -> tuple[tuple[str | None, Member], ...]:
    found: list[tuple[str | None, Member]] = []
    place = 0
    while place < len(text):
        match = _PICK.match(text, place)
        if match is None or match.end() == place:
            raise _unreadable(f"`{whole}` can't be read at `{text[place:]}`", _LEFT_HELP)
        bare = match["bare"]
        member: Member = match["quoted"] if bare is None else bare.strip()
        if bare is not None and re.fullmatch(r"-?\d+", bare.strip()):
            member = int(bare)
        found.append((match["dim"], member))
        place = match.end()
    if not found:
        raise _unreadable(f"`{whole}` names no member", _LEFT_HELP)
    return tuple(found)


def _value(text: str, option: str) -> Any:
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if text.endswith(".json"):
        return _from_file(Path(text))
    try:
        value = json.loads(text)
    except ValueError:
        if re.fullmatch(r"[+-]?\.?\d+\.?\d*([eE][+-]?\d+)?", text):
            return float(text)
        if text[0] in "[{\"'":
            raise _unreadable(
                f"`{option} ...={text}` is not JSON", "a list is written `[1, 2, 3]`"
            ) from None
        return text
    return _plain(text, value)


def _from_file(path: Path) -> Any:
    try:
        return _plain(str(path), json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        reason = error.strerror or str(error)
    except ValueError as error:
        reason = f"it is not JSON: {error}"
    raise UsageError(Diagnostic("G0906", f"`{path}` can't be read: {reason}"))


def _plain(name: str, value: Any) -> Any:
    """The value as nested lists of numbers, bools and labels."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(name, part) for part in value]
    if isinstance(value, bool | int | float | str):
        return value
    raise _unreadable(
        f"the value of `{name}` is a {type(value).__name__}",
        "a value is a number, a label, or an array of them",
    )


def _unreadable(message: str, help: str) -> UsageError:
    return UsageError(Diagnostic("G0906", message, help=help))
