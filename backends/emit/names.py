"""Python names for the quantities of a program: safe, short, and each of them once."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Iterable

MODULE_NAMES = frozenset({"model", "prepare", "predict", "self"})
"""Names that mean something at the top of every generated module."""

RESERVED = (
    frozenset(keyword.kwlist)
    | frozenset(keyword.softkwlist)
    | frozenset(dir(builtins))
    | MODULE_NAMES
)
"""Names that a quantity may not take: it gets a trailing underscore."""


def identifier(text: str) -> str:
    """The text as a Python identifier: normalised as Python does, other characters as `_x2e_`."""
    if "(" in text:  # `f(x + 1)`, the values of a function
        text = re.sub(r"\W+", "_", text).strip("_")
    normal = unicodedata.normalize("NFKC", text).replace(".", "_")
    if not normal.isidentifier():
        normal = "".join(c if f"a{c}".isidentifier() else f"_x{ord(c):x}_" for c in normal)
        if not normal.isidentifier():
            normal = f"_{normal}"
    return unicodedata.normalize("NFKC", normal)


class NameTable:
    """Names handed out so far; one that is reserved or taken gets underscores until it is free."""

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._taken = set(RESERVED) | set(reserved)
        self._of: dict[str, str] = {}

    def of(self, quantity: str) -> str:
        """The Python name of a quantity, the same at each call."""
        if quantity not in self._of:
            self._of[quantity] = self.fresh(quantity)
        return self._of[quantity]

    def named(self, quantity: str, wanted: str) -> str:
        """The Python name of a quantity whose own name is no good one."""
        if quantity not in self._of:
            self._of[quantity] = self.fresh(wanted)
        return self._of[quantity]

    def fresh(self, wanted: str) -> str:
        """A name like the one wanted that nothing has taken."""
        found = identifier(wanted)
        while found in self._taken:
            found += "_"
        self._taken.add(found)
        return found
