"""Particle filters, bootstrap and guided: the likelihood of a series, estimated without bias.

    resample by the weights,   x_t ~ q(. | x_{t-1}, y_t),
    weight by p(x_t | x_{t-1}) p(y_t | x_t) / q(x_t | x_{t-1}, y_t)

The bootstrap filter has ``q = p``. The mean weight of each time, multiplied over times, has the
likelihood ``p(y | theta)`` as its mean, for any number of particles.

Sources: Gordon, Salmond & Smith (1993), "Novel approach to nonlinear/non-Gaussian Bayesian state
estimation"; Pitt & Shephard (1999) (guided); Del Moral (2004), proposition 7.4.1 (no bias).
"""

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from gendsl.inference.populations.moves import extend, spawn
from gendsl.inference.populations.resampling import Scheme, resample, systematic
from gendsl.inference.populations.state_space import Guide, Row, StateSpace, at_time, num_times
from gendsl.inference.populations.weighted import Weighted, reweight
from gendsl.inference.randomness import Draws


class Filtering(NamedTuple):
    """A filter between two times: the randomness of the times to come, and the particles."""

    draws: Any
    population: Weighted


class Filtered(NamedTuple):
    """What a filter leaves behind.

    Attributes:
        states: [time, particle, ...], the particles of each time, before resampling.
        log_weights: [time, particle], normalised at each time.
        ancestors: int32 [time, particle], where each came from; its own index at the first time.
        log_evidences: [time], log of the estimated likelihood up to that time.
    """

    states: jax.Array
    log_weights: jax.Array
    ancestors: jax.Array
    log_evidences: jax.Array

    @property
    def log_evidence(self) -> jax.Array:
        """Log of the estimated likelihood of the whole series."""
        return self.log_evidences[-1]


@dataclass(frozen=True, slots=True)
class ParticleFilter:
    """A particle filter of ``model``.

    Attributes:
        model: the state-space model.
        num_particles: at least 1.
        guide: draws the states; the model does itself when absent.
        scheme: how particles are resampled.
        resample_below: effective sample size, as a share of the particles, below which they are;
            above one they always are.

    Raises:
        ValueError: if there are no particles.
    """

    model: StateSpace
    num_particles: int
    guide: Guide | None = None
    scheme: Scheme = systematic
    resample_below: float = 0.5

    def __post_init__(self) -> None:
        if self.num_particles < 1:
            raise ValueError(f"a filter needs at least one particle, got {self.num_particles}")

    def begin(self, draws: Draws, theta: jax.Array, row: Row) -> Filtering:
        """Return the filter after the first time, whose data are ``row``."""
        for_now, later = draws.parts(2)
        source = self.guide or self.model
        population = spawn(
            for_now, self.num_particles, lambda each: source.draw_initial(each, theta, row)
        )
        weigh = partial(self._log_first, theta, row)
        return Filtering(later, reweight(population, jax.vmap(weigh)(population.positions)))

    def advance(self, theta: jax.Array, now: Filtering, row: Row) -> tuple[Filtering, jax.Array]:
        """Return the filter one time later, and the ancestors int32 [particle]."""
        for_ancestors, for_states, later = now.draws.parts(3)
        population, ancestors = resample(
            for_ancestors, now.population, self.scheme, self.resample_below
        )
        grow = partial(self._grow, theta, row)
        return Filtering(later, extend(for_states, population, grow)), ancestors

    def up_to(self, draws: Draws, theta: jax.Array, rows: Row, times: jax.Array | int) -> Filtering:
        """Return the filter after ``times`` of the rows, which may be traced, at least 1."""

        def advance(time: jax.Array | int, now: Filtering) -> Filtering:
            return self.advance(theta, now, at_time(rows, time))[0]

        begun = self.begin(draws, theta, at_time(rows, 0))
        end: Filtering = jax.lax.fori_loop(1, times, advance, begun)
        return end

    def estimate(self, draws: Draws, theta: jax.Array, rows: Row) -> jax.Array:
        """Return the log of an unbiased, non-negative estimate of ``p(rows | theta)``."""
        end = self.up_to(draws, theta, rows, num_times(rows))
        return end.population.log_evidence

    def run(self, draws: Draws, theta: jax.Array, rows: Row) -> Filtered:
        """Return the particles, weights and ancestors of all times; as ``estimate`` draws them."""
        num_times(rows)

        def advance(now: Filtering, row: Row) -> tuple[Filtering, tuple[Any, ...]]:
            after, ancestors = self.advance(theta, now, row)
            return after, (*after.population, ancestors)

        begun = self.begin(draws, theta, at_time(rows, 0))
        rest = jax.tree.map(lambda row: row[1:], rows)
        first = (*begun.population, jnp.arange(self.num_particles, dtype=jnp.int32))
        if num_times(rows) == 1:
            states, log_weights, totals, ancestors = (one[None] for one in first)
            return Filtered(states, log_weights, ancestors, totals)
        _, later = jax.lax.scan(advance, begun, rest)
        states, log_weights, totals, ancestors = (
            jnp.concatenate([one[None], many]) for one, many in zip(first, later, strict=True)
        )
        return Filtered(states, log_weights, ancestors, totals)

    def _log_first(self, theta: jax.Array, row: Row, state: jax.Array) -> jax.Array:
        value = self.model.log_observation(theta, state, row)
        if self.guide is not None:
            value = value + self.model.log_initial(theta, state, row)
            value = value - self.guide.log_initial(theta, state, row)
        return value

    def _grow(
        self, theta: jax.Array, row: Row, draws: Draws, before: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
        source = self.guide or self.model
        state = source.draw_next(draws, theta, before, row)
        value = self.model.log_observation(theta, state, row)
        if self.guide is not None:
            value = value + self.model.log_next(theta, before, state, row)
            value = value - self.guide.log_next(theta, before, state, row)
        return state, value


def draw_path(draws: Draws, filtered: Filtered) -> jax.Array:
    """Return a path [time, ...]: a last particle by its weight, and its ancestors."""
    last = draws.choose(filtered.log_weights[-1])
    return path_to(last, filtered.states, filtered.ancestors)


def path_to(last: jax.Array, states: jax.Array, ancestors: jax.Array) -> jax.Array:
    """Return the path [time, ...] that ends in particle ``last`` of the last time.

    Args:
        last: int32 scalar.
        states: [time, particle, ...].
        ancestors: int32 [time, particle]; those of the first time are not read.
    """

    def back(index: jax.Array, row: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        states, ancestors = row
        return ancestors[index], states[index]

    _, path = jax.lax.scan(back, last, (states, ancestors), reverse=True)
    return path
