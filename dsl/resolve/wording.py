"""Which name was probably meant."""

from __future__ import annotations

from collections.abc import Iterable

from gendsl.diagnostics.suggest import nearest


def likely(word: str, options: Iterable[str]) -> str | None:
    """The name that is probably meant; of one letter, only the other case of it."""
    close = nearest(word, options)
    is_far = close is not None and len(word) == 1 and close.casefold() != word.casefold()
    return None if is_far else close
