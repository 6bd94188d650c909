"""How messages spell several names, and counts of things."""

from __future__ import annotations

from collections.abc import Iterable


def listed(names: Iterable[object], most: int | None = None) -> str:
    """`` `a`, `b` ``, or the first few of them: `` `a`, `b` and 3 more ``."""
    every = [f"`{name}`" for name in names]
    shown = every if most is None else every[:most]
    rest = len(every) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 value`, `3 values`; `many` where the plural is not `one` with an s."""
    return f"{number} {one if number == 1 else many or one + 's'}"
