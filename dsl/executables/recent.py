"""What was found for the keys that were asked for last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Recent(Generic[V]):
    """Values of keys, found once for each of the `most` that were asked for last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: OrderedDict[Hashable, V] = OrderedDict()

    def get(self, key: Hashable, find: Callable[[], V]) -> V:
        """Return the value of a key, by `find()` where it is not known."""
        if key not in self._found:
            self._found[key] = find()
            if len(self._found) > self._most:
                self._found.popitem(last=False)
        self._found.move_to_end(key)
        return self._found[key]

    def clear(self) -> None:
        """Forget all of them."""
        self._found.clear()
