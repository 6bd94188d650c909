"""``seq(k1, k2, ...)``: one kernel after the other; ``palindrome``: there and back.

If each part keeps the target so does the whole (law K2). A sequence is not reversible in general;
a palindrome of reversible parts, ``k1 k2 ... kn ... k2 k1``, is.
"""

from dataclasses import dataclass
from typing import Any

import jax

from gendsl.inference.adaptation import Each
from gendsl.inference.combinators.totals import moved_by, total
from gendsl.inference.local import Place
from gendsl.inference.protocol import Facts, Info, Kernel
from gendsl.inference.randomness import Draws
from gendsl.inference.target import Data, Target


@dataclass(frozen=True, slots=True)
class Seq:
    """``kernels``, all of one target, one after the other as ``order`` says.

    Raises:
        ValueError: if there are no kernels, or their targets differ.
    """

    kernels: tuple[Kernel[Any, Any], ...]
    order: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.kernels or not self.order:
            raise ValueError("a sequence needs at least one kernel")
        if any(kernel.target != self.target for kernel in self.kernels):
            raise ValueError("the kernels of a sequence must have one target")

    @property
    def target(self) -> Target:
        """What all the kernels keep."""
        return self.kernels[0].target

    @property
    def facts(self) -> Facts:
        """Exact if all parts are; reversible if they are, and the order is a palindrome."""
        parts = [kernel.facts for kernel in self.kernels]
        is_mirrored = self.order == self.order[::-1]
        return Facts(
            all(part.is_exact for part in parts),
            is_mirrored and all(part.is_reversible for part in parts),
            any(part.has_gradient for part in parts),
            moved_by(self.kernels),
        )

    @property
    def adaptation(self) -> Each:
        """That of each part, from its own transitions."""
        return Each(tuple(kernel.adaptation for kernel in self.kernels), self.order)

    def init(self, data: Data, position: jax.Array) -> Place:
        """Return the chain at ``position`` [dim]."""
        return Place(position, self.target.log_density(data, position))

    def step(
        self, data: Data, params: tuple[Any, ...], draws: Draws, state: Place
    ) -> tuple[Place, Info]:
        """Move by each part in turn."""
        parts = []
        for number, each in zip(self.order, draws.parts(len(self.order)), strict=True):
            kernel = self.kernels[number]
            start = kernel.init(data, state.position)
            end, info = kernel.step(data, params[number], each, start)
            state = Place(end.position, end.log_density)
            parts.append((info, end))
        return state, total([info for info, _ in parts])._replace(parts=tuple(parts))

    def refresh(self, data: Data, state: Place) -> Place:
        """Return ``state`` with its log density computed anew."""
        return self.init(data, state.position)


def seq(*kernels: Kernel[Any, Any]) -> Seq:
    """Return the kernel that moves by each of ``kernels`` in turn."""
    return Seq(kernels, tuple(range(len(kernels))))


def palindrome(*kernels: Kernel[Any, Any]) -> Seq:
    """Return the kernel that moves by ``kernels`` and back: ``k1 k2 k3 k2 k1``."""
    there = tuple(range(len(kernels)))
    return Seq(kernels, (*there, *there[-2::-1]))
