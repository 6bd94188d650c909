"""``on(sites, k)``: a kernel on some sites, given all others.

The inner kernel keeps the conditional of its sites, so the whole keeps the joint; the other sites
stay as they are, bit for bit (law K3). Whatever it caches is computed at the start of each
transition, as others may have moved.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from gendsl.inference.adaptation import Each
from gendsl.inference.local import Place
from gendsl.inference.protocol import Facts, Info, Kernel
from gendsl.inference.randomness import Draws
from gendsl.inference.target import Data, Target


@dataclass(frozen=True, slots=True)
class On:
    """``kernel``, of ``target.restrict(sites)``, on the ``sites`` of ``target``."""

    target: Target
    sites: frozenset[str]
    kernel: Kernel[Any, Any]

    @property
    def facts(self) -> Facts:
        """Those of the kernel, of these sites."""
        return self.kernel.facts._replace(moves=self.sites)

    @property
    def adaptation(self) -> Each:
        """The kernel's."""
        return Each((self.kernel.adaptation,), (0,))

    def init(self, data: Data, position: jax.Array) -> Place:
        """Return the chain at ``position`` [dim]."""
        return Place(position, self.target.log_density(data, position))

    def step(
        self, data: Data, params: tuple[Any], draws: Draws, state: Place
    ) -> tuple[Place, Info]:
        """Move the sites; one more evaluation than the kernel takes, to begin with."""
        places = np.asarray(self.target.coordinates(self.sites))
        given = (data, state.position)
        start = self.kernel.init(given, state.position[places])
        end, info = self.kernel.step(given, params[0], draws, start)
        position = state.position.at[places].set(end.position)
        parts = ((info, end),)
        return Place(position, end.log_density), info._replace(parts=parts)

    def refresh(self, data: Data, state: Place) -> Place:
        """Return ``state`` with its log density computed anew."""
        return self.init(data, state.position)


def on(target: Target, sites: Iterable[str], make: Callable[[Target], Kernel[Any, Any]]) -> On:
    """Return the kernel that ``make`` makes for the conditional of ``sites`` given the others.

    Raises:
        ValueError: if there is no such site, or a kernel with gradients is to move a discrete one.
    """
    chosen = frozenset(sites)
    kernel = make(target.restrict(chosen))
    discrete = [s.name for s in target.sites if s.name in chosen and s.num_values]
    if kernel.facts.has_gradient and discrete:
        raise ValueError(f"a kernel that takes gradients can't move {', '.join(discrete)}")
    return On(target, chosen, kernel)
