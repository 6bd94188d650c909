"""Gibbs sampling of discrete coordinates, each from its full conditional.

A coordinate with the values 0, ..., n - 1 is drawn from

    P(z_i = v | all others) = p(z with z_i = v) / sum_w p(z with z_i = w),

by evaluating the density at all of its values.

Source: Geman & Geman (1984), "Stochastic relaxation, Gibbs distributions, and the Bayesian
restoration of images".
"""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference.adaptation import Nothing
from gendsl.inference.local import Place
from gendsl.inference.metropolis import status_of
from gendsl.inference.protocol import Facts, Info
from gendsl.inference.randomness import Draws
from gendsl.inference.target import Data, Target, has_failed


@dataclass(frozen=True, slots=True)
class Gibbs:
    """Gibbs sampling of the discrete sites of ``target``; continuous ones stay as they are.

    Attributes:
        target: what to draw from.
        is_random: whether each of the moves of a transition draws its coordinate, else they take
            turns.

    Raises:
        ValueError: if no site is discrete.
    """

    target: Target
    is_random: bool = False

    def __post_init__(self) -> None:
        if not self.facts.moves:
            raise ValueError("Gibbs needs a discrete site; the target has none")

    @property
    def facts(self) -> Facts:
        """Exact; reversible unless coordinates take turns."""
        moves = frozenset(site.name for site in self.target.sites if site.num_values)
        count = sum(site.stop - site.start for site in self.target.sites if site.num_values)
        return Facts(is_reversible=self.is_random or count == 1, moves=moves)

    @property
    def adaptation(self) -> Nothing:
        """There is nothing to tune."""
        return Nothing()

    def init(self, data: Data, position: jax.Array) -> Place:
        """Return the chain at ``position`` [dim]."""
        return Place(position, self.target.log_density(data, position))

    def refresh(self, data: Data, state: Place) -> Place:
        """Return ``state`` with its log density computed anew."""
        return self.init(data, state.position)

    def step(self, data: Data, params: tuple[()], draws: Draws, state: Place) -> tuple[Place, Info]:
        """Draw as many coordinates as there are."""
        for_order, for_moves = draws.parts(2)
        sites = [site for site in self.target.sites if site.num_values]
        places = np.concatenate([np.arange(site.start, site.stop) for site in sites])
        counts = np.concatenate([np.full(s.stop - s.start, s.num_values) for s in sites])
        order = jnp.arange(len(places))
        if self.is_random:
            order = for_order.map(lambda each: each.choose(jnp.zeros(len(places))), len(places))
        values = np.arange(max(site.num_values for site in sites))

        def turn(each: Draws, state: Place, place: jax.Array, count: jax.Array) -> Place:
            positions = jnp.tile(state.position, (len(values), 1))
            positions = positions.at[:, place].set(values.astype(state.position.dtype))
            heights = jax.vmap(lambda position: self.height(data, position))(positions)
            is_usable = (values < count) & (heights < jnp.inf) & ~has_failed(heights)
            log_weights = jnp.where(is_usable, heights, -jnp.inf)
            drawn = each.choose(jnp.where(jnp.any(log_weights > -jnp.inf), log_weights, 0.0))
            is_drawn = log_weights[drawn] > -jnp.inf
            return Place(
                jnp.where(is_drawn, positions[drawn], state.position),
                jnp.where(is_drawn, heights[drawn], state.log_density),
            )

        end = for_moves.fold(
            turn, len(places), state, jnp.asarray(places)[order], jnp.asarray(counts)[order]
        )
        rate = jnp.ones((), state.log_density.dtype)
        return end, Info(rate, jnp.zeros((), jnp.int32), status_of(end.log_density))

    def height(self, data: Data, position: jax.Array) -> jax.Array:
        """Return the log density by which the values of a coordinate are weighed."""
        return self.target.log_density(data, position)
