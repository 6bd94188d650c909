"""How ChEES learns its step size and trajectory length, from all chains in every transition.

With ``z`` where a chain starts and ``z'`` where its trajectory leads, both whitened, the criterion
is a quarter of

    E (|z' - E z'|^2 - |z - E z|^2)^2:

how far the squared distance from the mean changes. A trajectory of length ``u T`` that ends with
momentum ``q'`` contributes to its derivative by ``T``

    u (|z' - E z'|^2 - |z - E z|^2) (z' - E z')^T q',

up to a constant. Means are over the chains, those over ``z'`` weighted by the acceptance
probability. ``log T`` climbs by Adam with a rate of 0.025, without momentum,

    v <- 0.95 v + 0.05 g^2,   log T <- log T + 0.025 g / sqrt(v / (1 - 0.95^t)),   g = T dC/dT.

The step size follows the harmonic mean over the chains of the acceptance probability, which feels
the worst of them, by :mod:`gendsl.inference.robbins_monro`. After the last window ``log T`` and the
log step size are averages over it. All chains of a device have the same numbers; those of several
devices are averaged where a window ends.

Sources: Hoffman, Radul & Sountsov (2021), "An adaptive-MCMC scheme for setting trajectory lengths
in Hamiltonian Monte Carlo", eqs. 4-6 and section 3; Kingma & Ba (2015), "Adam: a method for
stochastic optimization".
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference import robbins_monro
from gendsl.inference.adaptation import CHAINS
from gendsl.inference.arrays import on_host
from gendsl.inference.metric import Moments
from gendsl.inference.robbins_monro import RobbinsMonro
from gendsl.inference.scaling import Scaling, reach_ratio, step_ratio

_RATE = 0.025
_MEMORY = 0.95
_SMALLEST_RATE = 1e-3
_FIRST_STEP, _FIRST_LENGTH = 0.1, 1.0


class CheesParams(NamedTuple):
    """What warm-up sets and sampling keeps.

    Attributes:
        step_size: scalar > 0.
        scale: a square root of the inverse metric: [dim] > 0, or lower triangular [dim, dim].
        length: of a trajectory, step size times steps, at most; scalar > 0.
    """

    step_size: jax.Array
    scale: jax.Array
    length: jax.Array


class Seen(NamedTuple):
    """The last trajectory, whitened: ``start``, ``end``, ``momentum`` [dim], its ``share`` of T."""

    start: jax.Array
    end: jax.Array
    momentum: jax.Array
    share: jax.Array


class Ascent(NamedTuple):
    """Where ``log T`` stands: scalars.

    ``square`` is the mean squared derivative, ``log_average`` the mean of the ``log T`` since
    ``num_averaged`` updates ago.
    """

    log_length: jax.Array
    square: jax.Array
    num_updates: jax.Array
    log_average: jax.Array
    num_averaged: jax.Array


class CheesLearnt(NamedTuple):
    """What a chain has learnt: step size and length, as all others; the moments of the window."""

    step: RobbinsMonro
    ascent: Ascent
    moments: Moments


@dataclass(frozen=True, slots=True)
class StepAndLength:
    """A step size, a trajectory length and a metric that the chains share.

    Attributes:
        size: coordinates that the kernel moves.
        wanted: the harmonic mean of acceptance probabilities to aim at.
        max_steps: of a trajectory.
        is_dense: whether the metric is.
    """

    size: int
    wanted: float
    max_steps: int
    is_dense: bool = False

    @property
    def scaling(self) -> Scaling:
        """How the metric is learnt."""
        return Scaling(self.size, self.is_dense)

    @property
    def looks_across(self) -> bool:
        """See :class:`gendsl.inference.adaptation.Adaptation`."""
        return True

    def init(self, dtype: Any) -> tuple[CheesLearnt, jax.Array]:
        """See :class:`gendsl.inference.adaptation.Adaptation`."""
        moments, scale = self.scaling.init(dtype)
        log_step, log_length = (
            jnp.log(jnp.asarray(x, dtype)) for x in (_FIRST_STEP, _FIRST_LENGTH)
        )
        return CheesLearnt(robbins_monro.start(log_step), begin(log_length), moments), scale

    def params(self, learnt: CheesLearnt, shared: jax.Array) -> CheesParams:
        """See :class:`gendsl.inference.adaptation.Adaptation`."""
        step_size = jnp.exp(learnt.step.log_step)
        return CheesParams(step_size, shared, jnp.exp(learnt.ascent.log_length))

    def update(
        self, learnt: CheesLearnt, info: Any, state: Any, is_learning: jax.Array
    ) -> CheesLearnt:
        """See :class:`gendsl.inference.adaptation.Adaptation`; under a `vmap` over `CHAINS`."""
        rate = jnp.maximum(info.acceptance_rate, _SMALLEST_RATE)
        harmonic = 1.0 / jax.lax.pmean(1.0 / rate, CHAINS)
        step = robbins_monro.update(learnt.step, harmonic, jnp.asarray(self.wanted, rate.dtype))
        slope = self.slope(state.seen, info.acceptance_rate)
        ascent = climb(learnt.ascent, slope)
        longest = step.log_step + np.log(self.max_steps)
        bounded = jnp.clip(ascent.log_length, step.log_step, longest)
        moments = self.scaling.observe(learnt.moments, state, is_learning)
        return CheesLearnt(step, ascent._replace(log_length=bounded), moments)

    def slope(self, seen: Seen, acceptance_rate: jax.Array) -> jax.Array:
        """Return the derivative of the criterion by ``T``, the mean over all chains."""
        is_usable = jnp.all(jnp.isfinite(seen.end)) & jnp.all(jnp.isfinite(seen.momentum))
        weight = jnp.where(is_usable, acceptance_rate, 0.0)
        end = jnp.where(is_usable, seen.end, seen.start)
        momentum = jnp.where(is_usable, seen.momentum, 0.0)
        total = jax.lax.pmean(weight, CHAINS)
        unit = jnp.where(total > 0, total, 1.0)
        before = seen.start - jax.lax.pmean(seen.start, CHAINS)
        after = end - jax.lax.pmean(weight * end, CHAINS) / unit
        change = jnp.sum(after * after) - jnp.sum(before * before)
        each = seen.share * change * jnp.sum(after * momentum)
        mean: jax.Array = jax.lax.pmean(weight * each, CHAINS) / unit
        return mean

    def pool(
        self, learnt: CheesLearnt, shared: jax.Array, *, is_last: bool
    ) -> tuple[CheesLearnt, jax.Array]:
        """See :class:`gendsl.inference.adaptation.Adaptation`."""
        scale = shared if is_last else self.scaling.estimate(learnt.moments, shared)
        log_step = _shared(learnt.step.log_average, step_ratio(shared, scale))
        log_length = _shared(learnt.ascent.log_average, reach_ratio(shared, scale))
        moments = self.scaling.empty(learnt.moments)
        return CheesLearnt(robbins_monro.restart(log_step), begin(log_length), moments), scale


def begin(log_length: jax.Array) -> Ascent:
    """Return the ascent that starts from ``log_length``, an array of any shape."""
    nothing = log_length * 0
    return Ascent(log_length, nothing, nothing, log_length, nothing)


def climb(ascent: Ascent, slope: jax.Array) -> Ascent:
    """Return ``ascent`` after a transition in which the derivative by ``T`` was ``slope``."""
    count, averaged = ascent.num_updates + 1, ascent.num_averaged + 1
    gradient = jnp.nan_to_num(slope * jnp.exp(ascent.log_length), posinf=0.0, neginf=0.0)
    square = _MEMORY * ascent.square + (1.0 - _MEMORY) * gradient * gradient
    size = jnp.sqrt(square / (1.0 - _MEMORY**count))
    step = _RATE * gradient / jnp.where(size > 0, size, 1.0)
    log_length = ascent.log_length + step
    share = 2.0 / (averaged + 1)
    log_average = ascent.log_average + share * (log_length - ascent.log_average)
    return Ascent(log_length, square, count, log_average, averaged)


def _shared(logs: jax.Array, change: float) -> jax.Array:
    each = np.asarray(logs)
    return on_host(np.full_like(each, np.mean(each) + change))
