"""Univariate slice sampling: each direction in turn, uniformly on where the density is high enough.

Along a direction ``d`` through ``z``: draw a level ``log y = log p(z) + log u``; put an interval of
one width at random over ``z`` and step each end out, by whole widths, until it is below the level
or the ``most_steps`` widths, shared at random between the ends, are used up; draw uniformly from
the interval, shrinking it to each point that is below the level, until one is not.

The directions are the columns of ``S``, ``Params.scale``, and the width is ``e``: with a diagonal
they are the coordinates, with a dense root the axes that warm-up learnt. Any width is right; of
the standard deviations that warm-up learns, two to three are efficient.

Source: Neal (2003), "Slice sampling", figures 3 (stepping out) and 5 (shrinkage).
"""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from gendsl.inference.adaptation import StepAndScale
from gendsl.inference.local import Params, Place
from gendsl.inference.metropolis import refuse_discrete, status_of
from gendsl.inference.protocol import Facts, Info
from gendsl.inference.randomness import Draws, unit_interval
from gendsl.inference.target import Data, Target

_MOST_TRIES = 200


@dataclass(frozen=True, slots=True)
class Slice:
    """Univariate slice sampling over all directions.

    Attributes:
        target: what to draw from.
        most_steps: widths that an interval may grow to.
        is_random: whether each of the ``dim`` moves of a transition draws its direction, else they
            take turns.
        is_dense: whether warm-up learns the directions.

    Raises:
        ValueError: if the target has no coordinates, or discrete ones; if ``most_steps`` is not
            positive.
    """

    target: Target
    most_steps: int = 16
    is_random: bool = False
    is_dense: bool = False

    def __post_init__(self) -> None:
        refuse_discrete(self.target, "slice sampling")
        if self.most_steps < 1:
            raise ValueError(f"an interval is at least one width, got {self.most_steps}")

    @property
    def facts(self) -> Facts:
        """Exact, without gradients; reversible unless directions take turns."""
        return Facts(is_reversible=self.is_random or self.target.size == 1)

    @property
    def adaptation(self) -> StepAndScale:
        """The standard deviations of the draws; a width of 2.5 of them."""
        return StepAndScale(self.target.size, None, self.is_dense, False, 2.5)

    def init(self, data: Data, position: jax.Array) -> Place:
        """Return the chain at ``position`` [dim]."""
        return Place(position, self.target.log_density(data, position))

    def refresh(self, data: Data, state: Place) -> Place:
        """Return ``state`` with its log density computed anew."""
        return self.init(data, state.position)

    def step(self, data: Data, params: Params, draws: Draws, state: Place) -> tuple[Place, Info]:
        """Move ``dim`` times, along one direction each time."""
        size = self.target.size
        for_order, for_moves = draws.parts(2)
        order = jnp.arange(size)
        if self.is_random:
            order = for_order.map(lambda each: each.choose(jnp.zeros(size)), size)

        def turn(each: Draws, state: Place, number: jax.Array) -> Place:
            if params.scale.ndim == 1:
                direction = (
                    jnp.zeros(size, state.position.dtype).at[number].set(params.scale[number])
                )
            else:
                direction = params.scale[:, number]
            return self.along(data, params.step_size * direction, each, state)

        end = for_moves.fold(turn, size, state, order)
        rate = jnp.ones((), state.log_density.dtype)
        return end, Info(rate, jnp.zeros((), jnp.int32), status_of(end.log_density))

    def along(self, data: Data, direction: jax.Array, draws: Draws, state: Place) -> Place:
        """Return a draw from the line through ``state``; ``direction`` [dim] is one width long."""
        dtype = state.position.dtype
        for_level, for_offset, for_limit, for_shrinking = draws.parts(4)
        level = self.level(for_level, state)
        left = -for_offset.uniforms(1, dtype)[0]
        limit = self.limit(for_limit, dtype)

        def at(place: jax.Array) -> Place:
            return self.init(data, state.position + place * direction)

        def step_out(end: jax.Array, by: float, steps: jax.Array) -> jax.Array:
            def is_inside(now: tuple[jax.Array, jax.Array]) -> jax.Array:
                place, left_over = now
                return (left_over > 0) & (at(place).log_density > level)

            stepped: tuple[jax.Array, jax.Array] = jax.lax.while_loop(
                is_inside, lambda now: (now[0] + by, now[1] - 1), (end, steps)
            )
            return stepped[0]

        right = step_out(left + 1.0, 1.0, self.most_steps - 1 - limit)
        left = step_out(left, -1.0, limit)

        def shrink(now: Any) -> Any:
            tries, low, high, _, _ = now
            share = unit_interval(for_shrinking.bits(tries), dtype)[0]
            place = low + share * (high - low)
            found = at(place)
            is_left = place < 0
            return (
                tries + 1,
                jnp.where(is_left, place, low),
                jnp.where(is_left, high, place),
                found,
                self.is_inside(found, level),
            )

        start = jnp.zeros((), jnp.int32), left, right, state, jnp.zeros((), bool)
        *_, found, is_found = jax.lax.while_loop(
            lambda now: ~now[4] & (now[0] < _MOST_TRIES), shrink, start
        )
        after: Place = jax.tree.map(lambda a, b: jnp.where(is_found, a, b), found, state)
        return after

    def level(self, draws: Draws, state: Place) -> jax.Array:
        """Return the log of the height above which the density has to be."""
        return state.log_density + jnp.log(draws.uniforms(1, state.log_density.dtype)[0])

    def limit(self, draws: Draws, dtype: DTypeLike) -> jax.Array:
        """Return how many widths the left end may step out; the right one gets what is left."""
        return jnp.floor(draws.uniforms(1, dtype)[0] * self.most_steps)

    def is_inside(self, place: Place, level: jax.Array) -> jax.Array:
        """Return whether a point of the interval ends the search."""
        return (place.log_density > level) & (place.log_density < jnp.inf)
