"""The nearest of the names that exist, for `did you mean`."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that is most probably meant by `word`, or None.

    Nearest by edits (insert, delete, replace, swap neighbours), capitals and underscores aside,
    and within a third of the word's length, of a single letter its capital alone; the first of
    equals in alphabetical order.
    """
    limit = max(min(1, len(word) - 1), len(word) // 3)
    best: tuple[int, str] | None = None
    for candidate in sorted(set(candidates) - {word}):
        if abs(len(candidate) - len(word)) > limit + candidate.count("_") + word.count("_"):
            continue
        distance = _distance(_plain(word), _plain(candidate), limit)
        if distance <= limit and (best is None or distance < best[0]):
            best = (distance, candidate)
    return best[1] if best else None


def _plain(word: str) -> str:
    return word.casefold().replace("_", "")


def _distance(a: str, b: str, limit: int) -> int:
    """Damerau's distance with adjacent swaps (optimal string alignment), or limit + 1 at most."""
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
        before, last = last, row
    return last[-1]
