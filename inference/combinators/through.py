"""``through(T, k)``: a kernel in the coordinates ``u`` of a transport ``z = T(u)``.

The inner kernel keeps the density of ``u``, ``p(T(u)) |det dT/du|``, so the whole keeps ``p(z)``
for any parameters of the transport, trained or not (law T1). A good transport makes the inner
target easy; a bad one only makes it slow.

Sources: Parno & Marzouk (2018), "Transport map accelerated Markov chain Monte Carlo"; Hoffman et
al. (2019), "NeuTra-lizing bad geometry in Hamiltonian Monte Carlo using neural transport".
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from gendsl.inference.adaptation import Adaptation, Each
from gendsl.inference.combinators.fixed import as_adaptation
from gendsl.inference.local import Place
from gendsl.inference.protocol import Facts, Info, Kernel
from gendsl.inference.randomness import Draws
from gendsl.inference.target import Data, Target
from gendsl.inference.transport import Transport, pullback


@dataclass(frozen=True, slots=True)
class Through:
    """``kernel``, of ``pullback(target, transport)``; its parameters are ``theta`` and its own.

    ``learning`` says where ``theta`` comes from.
    """

    target: Target
    transport: Transport[Any]
    kernel: Kernel[Any, Any]
    learning: Adaptation

    @property
    def facts(self) -> Facts:
        """The kernel's; all sites move."""
        return self.kernel.facts._replace(moves=None)

    @property
    def adaptation(self) -> Each:
        """Of the transport, from the draws; and of the kernel, from its own transitions."""
        return Each((self.learning, self.kernel.adaptation), (0, 1))

    def init(self, data: Data, position: jax.Array) -> Place:
        """Return the chain at ``position`` [dim]."""
        return Place(position, self.target.log_density(data, position))

    def refresh(self, data: Data, state: Place) -> Place:
        """Return ``state`` with its log density computed anew."""
        return self.init(data, state.position)

    def step(
        self, data: Data, params: tuple[Any, Any], draws: Draws, state: Place
    ) -> tuple[Place, Info]:
        """Pull, move, and push; a chain that stays, stays bit for bit."""
        theta, inner = params
        given = theta, data
        place, _ = self.transport.pull(theta, state.position)
        end, info = self.kernel.step(given, inner, draws, self.kernel.init(given, place))
        pushed, log_det = self.transport.push(theta, end.position)
        has_moved = jnp.any(end.position != place) & jnp.all(jnp.isfinite(place))
        after = Place(
            jnp.where(has_moved, pushed, state.position),
            jnp.where(has_moved, end.log_density - log_det, state.log_density),
        )
        return after, info._replace(parts=((info, after), (info, end)))


def through(
    target: Target,
    transport: Transport[Any],
    make: Callable[[Target], Kernel[Any, Any]],
    theta: Any,
) -> Through:
    """Return the kernel that ``make`` makes for ``target`` seen through ``transport``.

    ``theta`` are the transport's parameters, or an :class:`Adaptation` that learns them.

    Raises:
        ValueError: if ``target`` has discrete sites.
    """
    kernel = make(pullback(target, transport))
    return Through(target, transport, kernel, as_adaptation(theta))
