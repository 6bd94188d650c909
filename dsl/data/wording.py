"""How messages spell names, labels and values."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

import numpy as np

from gendsl.diagnostics import suggest

LONGEST_VALUE = 40
MOST_LISTED = 6


def spell(value: object) -> str:
    """A label or a value as it would be written: text in quotes, long text cut."""
    if value is None:
        return "nothing"
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool):
        return "true" if value else "false"
    text = f'"{value}"' if isinstance(value, str) else repr(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 3] + "..."


def spell_all(values: Iterable[object]) -> str:
    """Some labels, the first few of them."""
    listed = list(values)
    shown = ", ".join(spell(v) for v in listed[:MOST_LISTED])
    return shown if len(listed) <= MOST_LISTED else f"{shown}, ... ({len(listed)} in all)"


def quote_all(names: Iterable[str]) -> str:
    """Names in backquotes, the first few of them."""
    listed = list(names)
    shown = ", ".join(f"`{n}`" for n in listed[:MOST_LISTED])
    return shown if len(listed) <= MOST_LISTED else f"{shown}, ... ({len(listed)} in all)"


def nearest(name: Hashable, choices: Iterable[Hashable]) -> Hashable | None:
    """The choice that is most probably meant by `name`, or `None`."""
    by_text = {str(c): c for c in choices}
    found = suggest.nearest(str(name), by_text)
    if found is None or (len(found) < 3 and found.casefold() != str(name).casefold()):
        return None  # any short word is near any other
    return by_text[found]


def nearest_label(label: Hashable, labels: Iterable[Hashable]) -> Hashable | None:
    """The nearest label with the same digits: `clinic 3` is no slip for `clinic 13`."""
    digits = _digits(label)
    return nearest(label, [v for v in labels if _digits(v) == digits])


def _digits(label: Hashable) -> str:
    return "".join(c for c in str(label) if c.isdigit())


def shape_of(sizes: Sequence[int]) -> str:
    """`8`, `3 x 4`, or `a single value`."""
    return " x ".join(str(s) for s in sizes) if sizes else "a single value"
