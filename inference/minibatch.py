"""Unbiased estimates of a target from some members of one dimension: rows, mostly.

Where the log density is a sum with a term for each of ``count`` members,

    l(z) = l_0(z) + (count / batch) sum_{i in B} l_i(z)

has it as its mean, and its gradient the gradient, as long as every member is as often in ``B``. One
is drawn from each of ``batch`` stretches of equal length, so that none is drawn twice where
``batch`` divides ``count``, and all of them are taken where the two are equal. That costs no more
than ``batch`` random numbers a time, and never more noise than independent draws of members.

Source: Robbins & Monro (1951), "A stochastic approximation method" (gradients with noise); Cochran
(1977), "Sampling techniques", section 5.3 (one member from each stratum).
"""

from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference.randomness import Draws
from gendsl.inference.target import Data, LogDensity, Target, Tempered


@dataclass(frozen=True, slots=True)
class _First:
    """A function of the first of a pair of data."""

    function: LogDensity

    def __call__(self, data: Data, position: jax.Array) -> jax.Array:
        return self.function(data[0], position)


@dataclass(frozen=True, slots=True)
class _FirstTempered:
    """A tempered function of the first of a pair of data."""

    function: Tempered

    def __call__(self, data: Data, position: jax.Array, beta: jax.Array | float) -> jax.Array:
        return self.function(data[0], position, beta)


@dataclass(frozen=True, slots=True)
class Part:
    """An estimate of a target from ``batch`` of ``count`` members.

    Attributes:
        target: its data are the pair of members (int32 [batch]) and whatever the estimate reads.
        count: members in all.
        batch: members at a time, at most ``count``.
        has_draws_of_its_own: whether a guide is drawn from for each member apart; the target then
            reads one at a time, int32 [1].

    Raises:
        ValueError: if ``batch`` is not between 1 and ``count``.
    """

    target: Target
    count: int
    batch: int
    has_draws_of_its_own: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.batch <= self.count:
            raise ValueError(f"batch must be between 1 and {self.count}, got {self.batch}")

    def members(self, draws: Draws) -> jax.Array:
        """Return members, int32 [batch], each of the ``count`` as often as any other."""
        if self.batch == self.count:
            return jnp.arange(self.count, dtype=jnp.int32)
        places = np.arange(self.batch, dtype=np.int64) * self.count
        starts = (places // self.batch).astype(np.int32)
        dtype = jnp.result_type(float)
        ahead = (places % self.batch / self.batch).astype(dtype)
        chance = draws.uniforms(self.batch, dtype)
        inside = jnp.floor(ahead + chance * (self.count / self.batch)).astype(jnp.int32)
        return jnp.minimum(starts + inside, self.count - 1)


@dataclass(frozen=True, slots=True)
class Rows:
    """A target, and how its gradient is estimated: from a part of the rows, or from all of them.

    Data are pairs: those of ``whole``, and those that the estimate reads, () where there is none.
    """

    whole: Target
    part: Part | None = None

    @property
    def target(self) -> Target:
        """The target itself, of such pairs."""
        whole = self.whole
        return Target(
            _First(whole.log_prior),
            _First(whole.log_likelihood),
            whole.size,
            whole.sites,
            None if whole.tempered is None else _FirstTempered(whole.tempered),
            whole.is_hosted,
        )

    @property
    def of_likelihood(self) -> "Rows":
        """The likelihood alone, as a target without a prior."""
        if self.part is None:
            return Rows(_without_prior(self.whole))
        part = replace(self.part, target=_without_prior(self.part.target))
        return Rows(_without_prior(self.whole), part)

    @property
    def estimate(self) -> Target:
        """What is differentiated; its data are those of `drawn`."""
        return self.whole if self.part is None else self.part.target

    def drawn(self, draws: Draws, data: Data) -> Data:
        """Return the data of one estimate, its members drawn."""
        return data[0] if self.part is None else (self.part.members(draws), data[1])

    def slope(self, draws: Draws, data: Data, position: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Return estimates of the log density and of its gradient [dim] at ``position`` [dim]."""
        read: Any = self.drawn(draws, data)
        found: tuple[jax.Array, jax.Array] = jax.value_and_grad(self.estimate.log_density, 1)(
            read, position
        )
        return found


def _without_prior(target: Target) -> Target:
    return Target(_nothing, target.log_likelihood, target.size, target.sites)


def _nothing(data: Data, position: jax.Array) -> jax.Array:
    """A log density of 0 everywhere."""
    return jnp.zeros((), position.dtype)
