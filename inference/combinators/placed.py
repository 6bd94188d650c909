"""What kernels share whose state is a place, and whose proposals have parameters to be set."""

from dataclasses import dataclass

import jax

from gendsl.inference.adaptation import Adaptation
from gendsl.inference.local import Place
from gendsl.inference.protocol import Facts
from gendsl.inference.target import Data, Target


@dataclass(frozen=True, slots=True)
class Placed:
    """The state; a kernel of this kind adds a step that keeps the target and is reversible.

    Attributes:
        target: the density to keep.
        learning: what sets the parameters of the proposals.
    """

    target: Target
    learning: Adaptation

    @property
    def facts(self) -> Facts:
        """Exact and reversible, for any proposals."""
        return Facts()

    @property
    def adaptation(self) -> Adaptation:
        """The one given."""
        return self.learning

    def init(self, data: Data, position: jax.Array) -> Place:
        """Return the chain at ``position`` [dim]."""
        return Place(position, self.target.log_density(data, position))

    def refresh(self, data: Data, state: Place) -> Place:
        """Return ``state`` with its log density computed anew."""
        return self.init(data, state.position)
