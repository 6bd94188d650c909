"""What a kernel that moves by one other kernel takes from it."""

from dataclasses import dataclass
from typing import Any

import jax

from gendsl.inference.protocol import Facts, Kernel
from gendsl.inference.target import Data, Target


@dataclass(frozen=True, slots=True)
class Wrapped:
    """The target, the facts and the states of ``kernel``; a subclass has its own ``step``.

    What the subclass makes of the kernel is reversible where the kernel is.
    """

    kernel: Kernel[Any, Any]

    @property
    def target(self) -> Target:
        """The kernel's."""
        return self.kernel.target

    @property
    def facts(self) -> Facts:
        """The kernel's."""
        return self.kernel.facts

    def init(self, data: Data, position: jax.Array) -> Any:
        """Return the kernel's state at ``position`` [dim]."""
        return self.kernel.init(data, position)

    def refresh(self, data: Data, state: Any) -> Any:
        """Return ``state`` with its caches computed anew."""
        return self.kernel.refresh(data, state)
