"""SMC²: the posterior of a series' parameters as its observations come in.

Each particle is a state of PMMH, that is parameters with the seed of their particle filter, beside
that filter as it stands. At each time

1. every filter takes in the observation, and what its evidence grows by is its particle's weight;
2. where the weights have become poor, particles are resampled and moved by PMMH on all rows so far,
   and their filters are brought up to date.

The log evidence of every stretch of the series comes along. For any number of state particles the
method is consistent as the number of parameter particles grows. (SMC with PMMH moves through
temperatures instead of times is ``smc(filter_target(...), Pmmh)``.)

Source: Chopin, Jacob & Papaspiliopoulos (2013), "SMC²: an efficient algorithm for sequential
analysis of state space models".
"""

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.executables import stored
from gendsl.inference.arrays import on_host
from gendsl.inference.local import Params, Place
from gendsl.inference.populations.islands import combined
from gendsl.inference.populations.moves import extend, move
from gendsl.inference.populations.particle_filter import Filtering, ParticleFilter
from gendsl.inference.populations.pmmh import Pmmh, estimated_target, fresh_seed, stream_at
from gendsl.inference.populations.resampling import resample
from gendsl.inference.populations.state_space import Row, at_time, num_times
from gendsl.inference.populations.tuning import first_params, rescaled, restepped
from gendsl.inference.populations.weighted import Weighted, ess, even, reweight
from gendsl.inference.randomness import Draws, Stream, chain_words
from gendsl.inference.target import Data, LogDensity, Site

_ALWAYS = 2.0


class Particle(NamedTuple):
    """A state of PMMH, ``position`` [dim] of parameters and seed, and its filter as it stands."""

    position: jax.Array
    filtering: Filtering


class Smc2Result(NamedTuple):
    """What a run brings home.

    Attributes:
        thetas: [particle, dim], of all islands one after the other.
        log_weights: [particle]; their exponentials add up to one.
        seeds: [particle, 4]; ``stream_at`` of one reproduces its particle's filter.
        log_evidence: of the whole series; of the mean of the islands' evidences.
        standard_error: of ``log_evidence``, from the islands; NaN with one island.
        log_evidences: [island, time], of the rows up to each time.
        ess: [island, time], before resampling.
        acceptance_rate: [island, time], of the moves; NaN where there were none.
        is_exact: false: the particles are draws in the limit of many.
    """

    thetas: np.ndarray
    log_weights: np.ndarray
    seeds: np.ndarray
    log_evidence: float
    standard_error: float
    log_evidences: np.ndarray
    ess: np.ndarray
    acceptance_rate: np.ndarray
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class Smc2:
    """SMC² by a particle filter and PMMH moves.

    Attributes:
        particle_filter: of the series given its parameters.
        log_prior: ``(rows, theta) -> scalar``, the density of the parameters a run starts from.
        sites: of the parameters.
        num_moves: of each particle whenever they are resampled, at least 1.
        resample_below: effective sample size, as a share of the particles, below which they are.

    Raises:
        ValueError: if ``num_moves`` is below 1.
    """

    particle_filter: ParticleFilter
    log_prior: LogDensity
    sites: tuple[Site, ...]
    num_moves: int = 5
    resample_below: float = 0.5

    def __post_init__(self) -> None:
        if self.num_moves < 1:
            raise ValueError(f"num_moves is at least 1, got {self.num_moves}")

    @property
    def kernel(self) -> Pmmh:
        """PMMH on the first rows; its data are ``(times, rows)``."""
        estimate = _UpTo(self.particle_filter)
        return Pmmh(estimated_target(estimate, _OfRows(self.log_prior), self.sites))

    def begin(self, rows: Row, positions: jax.Array) -> Weighted:
        """Return the population after the first time, of ``positions`` [particle, dim + 4]."""

        def one(position: jax.Array) -> Particle:
            theta, draws = self._split(position)
            return Particle(position, self.particle_filter.begin(draws, theta, at_time(rows, 0)))

        particles = jax.vmap(one)(positions)
        return reweight(even(particles), particles.filtering.population.log_evidence)

    def advance(self, draws: Draws, population: Weighted, row: Row) -> Weighted:
        """Return the population after one more row."""

        def grow(_: Draws, particle: Particle) -> tuple[Particle, jax.Array]:
            theta = self._split(particle.position)[0]
            after = self.particle_filter.advance(theta, particle.filtering, row)[0]
            before = particle.filtering.population.log_evidence
            return particle._replace(filtering=after), after.population.log_evidence - before

        return extend(draws, population, grow)

    def renew(
        self, draws: Draws, population: Weighted, data: Data, params: Params
    ) -> tuple[Weighted, Params, jax.Array]:
        """Return the population resampled, moved and its filters run anew; the acceptance rate.

        Args:
            data: ``(times, rows)``.
        """
        for_ancestors, for_moves = draws.parts(2)
        kernel = self.kernel
        weights = population.log_weights
        params = rescaled(kernel, params, population.positions.position, weights)
        population, _ = resample(for_ancestors, population, below=_ALWAYS)
        states = population._replace(
            positions=jax.vmap(partial(self._state, data))(population.positions)
        )

        def once(_: int, now: tuple[Any, ...]) -> tuple[Any, ...]:
            left, states, params, rates = now
            for_step, later = left.parts(2)
            states, info = move(for_step, states, partial(kernel.step, data, params))
            rate = jnp.mean(info.acceptance_rate)
            return later, states, restepped(kernel.adaptation, params, info), rates + rate

        zero = jnp.zeros_like(population.log_evidence)
        start = (for_moves, states, params, zero)
        _, states, params, rates = jax.lax.fori_loop(0, self.num_moves, once, start)
        particles = jax.vmap(partial(self._caught_up, data))(states.positions.position)
        return population._replace(positions=particles), params, rates / self.num_moves

    def run(
        self, draws: Draws, rows: Row, positions: jax.Array
    ) -> tuple[Weighted, tuple[jax.Array, jax.Array, jax.Array]]:
        """Return the last population; and of each time [time] log evidence, ESS, acceptance."""

        def keep(draws: Draws, population: Weighted, data: Data, params: Params) -> Any:
            return population, params, jnp.full_like(population.log_evidence, jnp.nan)

        def one_time(carried: tuple[Any, ...], at: tuple[jax.Array, Row]) -> Any:
            draws, population, params = carried
            times, row = at
            for_growth, for_renewal, later = draws.parts(3)
            population = self.advance(for_growth, population, row)
            size = ess(population.log_weights)
            is_due = size < self.resample_below * population.size
            population, params, rate = jax.lax.cond(
                is_due, self.renew, keep, for_renewal, population, (times, rows), params
            )
            return (later, population, params), (population.log_evidence, size, rate)

        begun = self.begin(rows, positions)
        params = first_params(self.kernel, positions.dtype)
        later = (
            jnp.arange(2, num_times(rows) + 1),
            jax.tree.map(lambda row: row[1:], rows),
        )
        (_, end, _), seen = jax.lax.scan(one_time, (draws, begun, params), later)
        nothing = jnp.full_like(begun.log_evidence, jnp.nan)
        first = (begun.log_evidence, ess(begun.log_weights), nothing)
        return end, jax.tree.map(lambda a, b: jnp.concatenate([a[None], b]), first, seen)

    def _split(self, position: jax.Array) -> tuple[jax.Array, Stream]:
        size = self.kernel.num_params
        return position[:size], stream_at(position[size:])

    def _state(self, data: Data, particle: Particle) -> Place:
        theta, _ = self._split(particle.position)
        known = particle.filtering.population.log_evidence
        return Place(particle.position, self.log_prior(data[1], theta) + known)

    def _caught_up(self, data: Data, position: jax.Array) -> Particle:
        times, rows = data
        theta, draws = self._split(position)
        return Particle(position, self.particle_filter.up_to(draws, theta, rows, times))


def run_smc2(
    method: Smc2, rows: Row, *, seed: int, prior_thetas: Any, num_islands: int = 4
) -> Smc2Result:
    """Return particles of the parameters' posterior and the log evidence of every stretch.

    Args:
        rows: arrays stacked over [time].
        prior_thetas: [particle, dim], independent draws from the prior, divided among islands.

    Raises:
        ValueError: if the particles can't be divided evenly, or none of them has any likelihood.
    """
    thetas = np.asarray(prior_thetas, jnp.result_type(float))
    size = method.kernel.num_params
    if thetas.ndim != 2 or thetas.shape[1] != size:
        raise ValueError(f"prior_thetas must have shape [particle, {size}], got {thetas.shape}")
    if num_islands < 1 or len(thetas) < 2 * num_islands or len(thetas) % num_islands:
        raise ValueError(
            f"{len(thetas)} particles can't be divided evenly into {num_islands} islands of two "
            "or more"
        )
    words = chain_words(seed, num_islands)
    islands = thetas.reshape(num_islands, -1, size)
    rows = jax.tree.map(on_host, rows)
    ends, (totals, sizes, rates) = _islands(method, rows, words, islands)
    totals = np.asarray(totals)
    if not np.any(np.isfinite(totals[:, -1])):
        raise ValueError(
            f"the estimated likelihood is zero, or no number, at every one of the {len(thetas)} "
            "particles: check the prior, or take more particles"
        )
    log_evidence, error = combined(totals[:, -1])
    shares = totals[:, -1] - log_evidence - np.log(num_islands)
    positions = np.asarray(ends.positions.position).reshape(len(thetas), -1)
    return Smc2Result(
        thetas=positions[:, :size],
        log_weights=(np.asarray(ends.log_weights) + shares[:, None]).reshape(-1),
        seeds=positions[:, size:],
        log_evidence=log_evidence,
        standard_error=error,
        log_evidences=totals,
        ess=np.asarray(sizes),
        acceptance_rate=np.asarray(rates),
    )


@stored("method")
def _islands(method: Smc2, rows: Row, words: jax.Array, islands: jax.Array) -> Any:
    def one(island: tuple[jax.Array, jax.Array]) -> Any:
        words, thetas = island
        for_seeds, for_run = Stream(words, jnp.zeros((), jnp.uint32)).parts(2)

        def seeded(draws: Draws, theta: jax.Array) -> jax.Array:
            return jnp.concatenate([theta, fresh_seed(draws, theta.dtype)])

        positions = for_seeds.map(seeded, len(thetas), thetas)
        return method.run(for_run, rows, positions)

    # One after the other: side by side, every one would move whenever any of them has to.
    return jax.lax.map(one, (words, islands))


@dataclass(frozen=True, slots=True)
class _UpTo:
    particle_filter: ParticleFilter

    def __call__(self, draws: Draws, data: Data, theta: jax.Array) -> jax.Array:
        times, rows = data
        end = self.particle_filter.up_to(draws, theta, rows, times)
        return end.population.log_evidence


@dataclass(frozen=True, slots=True)
class _OfRows:
    log_prior: LogDensity

    def __call__(self, data: Data, theta: jax.Array) -> jax.Array:
        return self.log_prior(data[1], theta)
