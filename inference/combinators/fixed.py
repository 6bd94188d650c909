"""Parameters that are given, and that warm-up leaves as they are."""

from dataclasses import dataclass, field
from typing import Any

import jax

from gendsl.inference.adaptation import Adaptation


@dataclass(frozen=True, slots=True)
class Fixed:
    """The adaptation that keeps ``value``, any pytree of arrays.

    Compiled programs take the value when they run, so kernels that differ only in it are equal and
    share them.
    """

    value: Any = field(compare=False)

    @property
    def looks_across(self) -> bool:
        """See :class:`gendsl.inference.adaptation.Adaptation`."""
        return False

    def init(self, dtype: Any) -> tuple[tuple[()], Any]:
        """See :class:`gendsl.inference.adaptation.Adaptation`."""
        return (), self.value

    def params(self, learnt: tuple[()], shared: Any) -> Any:
        """See :class:`gendsl.inference.adaptation.Adaptation`."""
        return shared

    def update(self, learnt: tuple[()], info: Any, state: Any, is_learning: jax.Array) -> tuple[()]:
        """See :class:`gendsl.inference.adaptation.Adaptation`."""
        return ()

    def pool(self, learnt: tuple[()], shared: Any, *, is_last: bool) -> tuple[tuple[()], Any]:
        """See :class:`gendsl.inference.adaptation.Adaptation`."""
        return (), shared


def as_adaptation(value: Any) -> Adaptation:
    """Return ``value`` if it is an adaptation, else the one that keeps it."""
    parts = ("init", "params", "update", "pool")
    return value if all(hasattr(value, part) for part in parts) else Fixed(value)
