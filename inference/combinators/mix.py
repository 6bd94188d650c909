"""``mix(weights, k1, k2, ...)``: one of several kernels, drawn at random each time.

With weights that do not depend on the state the mixture keeps what its parts keep, and is
reversible if they are (law K2). Weights that look at the state would be right only at sites which
the drawn kernel can't move, so they are not offered: weights are numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference.adaptation import Each
from gendsl.inference.combinators.totals import moved_by, total
from gendsl.inference.local import Place
from gendsl.inference.protocol import Facts, Info, Kernel
from gendsl.inference.randomness import Draws
from gendsl.inference.target import Data, Target


@dataclass(frozen=True, slots=True)
class Mix:
    """One of ``kernels``, all of one target, drawn in proportion to ``weights``.

    Vectorised over chains all kernels are computed and one is kept: chains draw different ones.
    Every part adapts as though it had been drawn.

    Raises:
        ValueError: if there are no kernels, their targets differ, or a weight is not positive.
    """

    weights: tuple[float, ...]
    kernels: tuple[Kernel[Any, Any], ...]

    def __post_init__(self) -> None:
        if not self.kernels or len(self.weights) != len(self.kernels):
            raise ValueError("a mixture needs at least one kernel, and a weight for each")
        if not all(weight > 0 and np.isfinite(weight) for weight in self.weights):
            raise ValueError(f"the weights of a mixture are positive numbers, got {self.weights}")
        if any(kernel.target != self.target for kernel in self.kernels):
            raise ValueError("the kernels of a mixture must have one target")

    @property
    def target(self) -> Target:
        """What all the kernels keep."""
        return self.kernels[0].target

    @property
    def facts(self) -> Facts:
        """Exact if all parts are, reversible if all are."""
        parts = [kernel.facts for kernel in self.kernels]
        return Facts(
            all(part.is_exact for part in parts),
            all(part.is_reversible for part in parts),
            any(part.has_gradient for part in parts),
            moved_by(self.kernels),
        )

    @property
    def adaptation(self) -> Each:
        """That of each part."""
        return Each(
            tuple(kernel.adaptation for kernel in self.kernels), tuple(range(len(self.kernels)))
        )

    def init(self, data: Data, position: jax.Array) -> Place:
        """Return the chain at ``position`` [dim]."""
        return Place(position, self.target.log_density(data, position))

    def step(
        self, data: Data, params: tuple[Any, ...], draws: Draws, state: Place
    ) -> tuple[Place, Info]:
        """Draw a kernel and move by it."""
        which, *each = draws.parts(1 + len(self.kernels))
        drawn = which.choose(jnp.log(jnp.asarray(self.weights, state.log_density.dtype)))
        parts = []
        for number, kernel in enumerate(self.kernels):
            start = kernel.init(data, state.position)
            end, seen = kernel.step(data, params[number], each[number], start)
            parts.append((seen, end))
        places = [Place(end.position, end.log_density) for _, end in parts]
        infos = [seen._replace(parts=()) for seen, _ in parts]
        place: Place = jax.tree.map(lambda *rows: jnp.stack(rows)[drawn], *places)
        info: Info = jax.tree.map(lambda *rows: jnp.stack(rows)[drawn], *infos)
        spent = total(infos).num_gradients
        return place, info._replace(num_gradients=spent, parts=tuple(parts))

    def refresh(self, data: Data, state: Place) -> Place:
        """Return ``state`` with its log density computed anew."""
        return self.init(data, state.position)


def mix(weights: Sequence[float], *kernels: Kernel[Any, Any]) -> Mix:
    """Return the kernel that moves by one of ``kernels``, drawn in proportion to ``weights``."""
    return Mix(tuple(map(float, weights)), kernels)
