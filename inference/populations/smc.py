"""Adaptive tempered sequential Monte Carlo, in its standard and its waste-free form.

Particles go from the prior to the posterior through the targets ``prior likelihood^t`` with
``0 = t_0 < t_1 < ... < 1``. A step from ``t`` to ``t'``

1. takes ``t'`` such that the effective sample size keeps a given fraction (bisection),
2. multiplies the weights by ``likelihood^(t' - t)``, whose mean estimates the ratio of evidences,
3. resamples, and
4. moves every particle by a kernel that keeps the target at ``t'``, with its scale and step size
   from the particles, and a step size drawn anew for each move. It moves a given number of times,
   or until neither a coordinate nor the log density is correlated with what it was at the start.

The particles after the moves say what the step back weighs, by

    mean over t' of likelihood^(t - t') = Z(t) / Z(t').

Where moves reach what the particles before them lacked, the two directions disagree, by about as
much as the evidence is off. In few dimensions and with long steps the weights on the
way back may have no variance; the gap is then noise, which makes the error larger than it is.

The waste-free form resamples only ``particles / chain_length``, runs each as a chain of
``chain_length`` states, and keeps all of them.

Sources: Del Moral, Doucet & Jasra (2006), "Sequential Monte Carlo samplers", section 3.3.2.3;
Dau & Chopin (2022), "Waste-free sequential Monte Carlo", algorithm 2; Grosse, Ghahramani & Adams
(2015), "Sandwiching the marginal likelihood using bidirectional Monte Carlo" (both directions).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logsumexp

from gendsl.inference.populations.moves import move
from gendsl.inference.populations.resampling import Scheme, systematic, taken
from gendsl.inference.populations.tempering import next_temperature, usable
from gendsl.inference.populations.tuning import first_params, rescaled, restepped
from gendsl.inference.populations.varied import varied
from gendsl.inference.populations.weighted import Weighted, ess, even, reweight
from gendsl.inference.protocol import Info, Kernel
from gendsl.inference.randomness import Draws
from gendsl.inference.target import Data, Target


class Trace(NamedTuple):
    """What is recorded of each step; every field is [step], of the islands [island, step].

    Attributes:
        temperature: that the step led to; NaN after the last step.
        ess: effective sample size after weighting.
        log_evidence: estimate so far.
        acceptance_rate: mean over particles and moves.
        num_moves: of each particle.
        num_gradients: over all particles.
        correlation: largest one of a coordinate, or of the log density, with itself before moves.
        gap: by how much the log ratio of evidences is larger on the way back; see the module.
    """

    temperature: jax.Array
    ess: jax.Array
    log_evidence: jax.Array
    acceptance_rate: jax.Array
    num_moves: jax.Array
    num_gradients: jax.Array
    correlation: jax.Array
    gap: jax.Array


@dataclass(frozen=True, slots=True)
class Smc:
    """Tempered SMC by moves of ``kernel``, whose target is ``target.temper()``; see :func:`smc`.

    Attributes:
        target: its log prior is the density of the particles that a run starts from.
        kernel: keeps ``target.temper()``, whose data are ``(temperature, data)``.
        num_moves: of each particle at each temperature, or the most of them. At least 1.
        correlation: move on until no coordinate's correlation with its start, nor the log
            density's, exceeds this, or what it is by chance; None makes ``num_moves`` always.
        chain_length: of the waste-free form, 2 or more; None for the standard form. The chains'
            moves are ``chain_length - 1``, and the two fields above don't matter.
        ess_fraction: of the effective sample size that a step in temperature keeps, in (0, 1).
        scheme: how particles are resampled.
        most_steps: the step of this number goes to temperature 1 wherever it starts.

    Raises:
        ValueError: if a number is out of its range, or the kernel keeps another target.
    """

    target: Target
    kernel: Kernel[Any, Any]
    num_moves: int = 25
    correlation: float | None = None
    chain_length: int | None = None
    ess_fraction: float = 0.75
    scheme: Scheme = systematic
    most_steps: int = 1000

    def __post_init__(self) -> None:
        if self.kernel.target != self.target.temper():
            raise ValueError("the kernel must keep the tempered target: target.temper()")
        if self.num_moves < 1 or self.most_steps < 1:
            raise ValueError(f"num_moves and most_steps are at least 1, got {self.num_moves}")
        if self.chain_length is not None and self.chain_length < 2:
            raise ValueError(f"a chain has at least 2 states, got {self.chain_length}")
        if not 0.0 < self.ess_fraction < 1.0:
            raise ValueError(f"ess_fraction lies between 0 and 1, got {self.ess_fraction}")
        if self.correlation is not None and not 0.0 < self.correlation < 1.0:
            raise ValueError(f"correlation lies between 0 and 1, got {self.correlation}")

    def moved(
        self, data: Data, draws: Draws, population: Weighted, params: Any, is_tuned: bool
    ) -> tuple[Weighted, Any, "Moves"]:
        """Return the particles, equally weighted, after resampling and moves.

        Args:
            data: ``(temperature, data)``.
            params: of the kernel; tuned on the way if ``is_tuned``.
        """
        for_ancestors, for_moves = draws.parts(2)
        keep = self.chain_length
        size = population.size if keep is None else population.size // keep
        ancestors = self.scheme(for_ancestors, population.log_weights, size)
        starts = taken(population.positions, ancestors)
        states = jax.vmap(partial(self.kernel.init, data))(starts)
        chains = even(starts)._replace(positions=states, log_evidence=population.log_evidence)
        begun = _Moving(for_moves, chains, params, _no_moves(starts.dtype))
        step = partial(self._move_once, data, is_tuned)
        if keep is not None:
            end, passed = jax.lax.scan(step, begun, None, length=keep - 1)
            passed = passed.reshape(-1, starts.shape[1])
            positions = jnp.concatenate([starts, passed])
        else:

            def is_on(now: _Moving) -> jax.Array:
                has_room = now.moves.num_moves < self.num_moves
                if self.correlation is None:
                    return has_room
                left = correlation(_looked_at(states), _looked_at(now.population.positions))
                return has_room & (left > max(self.correlation, by_chance(starts.shape)))

            end = jax.lax.while_loop(is_on, lambda now: step(now, None)[0], begun)
            positions = end.population.positions.position
        return (
            even(positions)._replace(log_evidence=population.log_evidence),
            end.params,
            end.moves._replace(
                correlation=correlation(_looked_at(states), _looked_at(end.population.positions))
            ),
        )

    def _move_once(
        self, data: Data, is_tuned: bool, now: "_Moving", _: None
    ) -> tuple["_Moving", jax.Array]:
        for_step, draws = now.draws.parts(2)
        step = partial(self.kernel.step, data, now.params)
        population, info = move(for_step, now.population, step)
        params = now.params
        if is_tuned:
            params = restepped(self.kernel.adaptation, params, info)
        after = _Moving(draws, population, params, now.moves.with_one(info))
        return after, population.positions.position

    def _heights(self, data: Data, population: Weighted) -> jax.Array:
        return usable(jax.vmap(partial(self.target.log_likelihood, data))(population.positions))

    def begin(self, draws: Draws, positions: jax.Array, given: Any) -> "Standing":
        """Return the population before the first step.

        Args:
            positions: [particle, dim], independent draws from the prior.
            given: the kernel's parameters, or None to tune them.
        """
        dtype = positions.dtype
        params = first_params(self.kernel, dtype) if given is None else given
        start = even(positions)._replace(log_evidence=jnp.zeros((), dtype))
        zero = jnp.zeros((), jnp.int32)
        return Standing(draws, start, params, jnp.zeros((), dtype), zero)

    def advance(
        self, data: Data, now: "Standing", schedule: Any, is_tuned: bool
    ) -> tuple["Standing", Trace]:
        """Return the population at the next temperature, and what the step did.

        At temperature 1 it stays, and the trace is not a number.

        Args:
            schedule: the temperatures [step], or None to find them.
            is_tuned: whether the kernel's parameters are.
        """
        for_moves, left = now.draws.parts(2)
        heights = self._heights(data, now.population)
        if schedule is None:
            weights = now.population.log_weights
            found = next_temperature(weights, heights, now.temperature, self.ess_fraction)
            has_end = (now.step + 1 == self.most_steps) | ~jnp.any(heights > -jnp.inf)
            temperature = jnp.where(has_end, jnp.ones_like(found), found)
        else:
            temperature = schedule[jnp.minimum(now.step, len(schedule) - 1)]
        increments = _increments(heights, now.temperature, temperature)
        weighted = reweight(now.population, increments)
        params = now.params
        if is_tuned:
            params = rescaled(self.kernel, params, weighted.positions, weighted.log_weights)
        tempered = (temperature, data)
        population, params, moves = self.moved(tempered, for_moves, weighted, params, is_tuned)
        gap = _gap(
            now.population.log_weights,
            heights,
            self._heights(data, population),
            now.temperature,
            temperature,
        )
        row = Trace(
            temperature,
            ess(weighted.log_weights),
            weighted.log_evidence,
            moves.acceptance_sum / moves.num_moves,
            moves.num_moves.astype(temperature.dtype),
            moves.num_gradients.astype(temperature.dtype),
            moves.correlation,
            gap,
        )
        after = Standing(left, population, params, temperature, now.step + 1)
        is_on = now.temperature < 1
        after = jax.tree.map(lambda new, old: jnp.where(is_on, new, old), after, now)
        return after, jax.tree.map(lambda field: jnp.where(is_on, field, jnp.nan), row)


class Standing(NamedTuple):
    """Where a run stands: what is left of its randomness, the population, and the temperature."""

    draws: Any
    population: Weighted
    params: Any
    temperature: jax.Array
    step: jax.Array


class Moves(NamedTuple):
    """How many moves were made, their acceptance rates' sum, and gradients over all particles.

    And how much correlation was left in the end.
    """

    num_moves: jax.Array
    acceptance_sum: jax.Array
    num_gradients: jax.Array
    correlation: jax.Array

    def with_one(self, info: Info) -> "Moves":
        """Return the sums with one more move, ``info`` [particle]."""
        rate = jnp.mean(jnp.nan_to_num(info.acceptance_rate))
        spent = jnp.sum(info.num_gradients)
        return Moves(
            self.num_moves + 1,
            self.acceptance_sum + rate.astype(self.acceptance_sum.dtype),
            self.num_gradients + spent.astype(self.num_gradients.dtype),
            self.correlation,
        )


class _Moving(NamedTuple):
    draws: Any
    population: Weighted
    params: Any
    moves: Moves


def smc(
    target: Target,
    make: Callable[[Target], Kernel[Any, Any]],
    multiples: tuple[float, ...] | None = None,
    **options: Any,
) -> Smc:
    """Return tempered SMC whose particles move by the kernel that ``make`` makes for a target.

    Its step size is drawn anew for each move, of ``multiples`` (:class:`Varied`), or of those that
    suit the kernel. The options are the fields of :class:`Smc`.
    """
    return Smc(target, varied(make(target.temper()), multiples), **options)


def correlation(before: jax.Array, after: jax.Array) -> jax.Array:
    """Return the largest correlation of a coordinate of ``after`` with itself in ``before``.

    Both are [particle, dim]; a coordinate that doesn't vary counts as 0. Particles that all start
    at one place remember it, so theirs is 1.
    """
    start, end = before - before.mean(0), after - after.mean(0)
    spread = jnp.sqrt(jnp.sum(start**2, 0) * jnp.sum(end**2, 0))
    each = jnp.sum(start * end, 0) / jnp.where(spread > 0, spread, 1.0)
    largest = jnp.max(jnp.where(spread > 0, jnp.abs(each), 0.0))
    return jnp.where(jnp.any(before != before[0]), largest, 1.0)


def by_chance(shape: tuple[int, ...]) -> float:
    """Return what the largest correlation of [particle, dim] independent pairs is about."""
    count, size = shape
    return float(np.sqrt(2 * np.log(2 * (size + 1)) / count))


def _looked_at(states: Any) -> jax.Array:
    """What is to forget its start: coordinates and log density, [particle, dim + 1]."""
    heights: jax.Array = usable(states.log_density)
    is_density = heights > -jnp.inf
    lowest = jnp.min(heights, initial=0.0, where=is_density)
    finite = jnp.where(is_density, heights, lowest)
    return jnp.concatenate([states.position, finite[:, None]], axis=1)


def _gap(
    log_weights: jax.Array, before: jax.Array, after: jax.Array, start: jax.Array, stop: jax.Array
) -> jax.Array:
    """Return ``log Z(stop) / Z(start)`` on the way back, less the same on the way there.

    What is impossible at ``start`` has left the population at ``stop``, so it doesn't count.

    Args:
        log_weights: at ``start``, [particle].
        before: log likelihoods at ``start``, [particle].
        after: those of equally weighted particles at ``stop``, [particle].
    """
    possible = logsumexp(jnp.where(before > -jnp.inf, log_weights, -jnp.inf))
    there = logsumexp(log_weights + _increments(before, start, stop))
    back = logsumexp(_increments(after, stop, start)) - jnp.log(len(after))
    gap = possible - back - there
    return jnp.where(jnp.isfinite(gap), gap, 0.0)


def _increments(heights: jax.Array, start: jax.Array, stop: jax.Array) -> jax.Array:
    """Return ``(stop - start) heights``, -inf where the likelihood is zero."""
    has_some = heights > -jnp.inf
    return jnp.where(has_some, (stop - start) * jnp.where(has_some, heights, 0.0), -jnp.inf)


def _no_moves(dtype: Any) -> Moves:
    zero = jnp.zeros((), dtype)
    return Moves(jnp.zeros((), jnp.int32), zero, zero, zero)
