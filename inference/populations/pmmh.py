"""Particle marginal Metropolis-Hastings: Metropolis with an unbiased estimate of the likelihood.

The estimate ``Z(theta, u)`` is a function of the parameters and of the random numbers ``u`` that go
into it. Its seed is kept in the position, as a discrete site, so that the target

    prior(theta) m(u) Z(theta, u),   with m uniform over the seeds,

is a density like any other, and its marginal in ``theta`` is the posterior. The estimate of the
present state is thereby carried and never drawn anew, which would not keep the posterior (law W2);
it survives a chunk's end, a checkpoint and any composition. The proposal is a random walk in
``theta`` with a fresh seed.

Sources: Andrieu & Roberts (2009), "The pseudo-marginal approach for efficient Monte Carlo
computations"; Andrieu, Doucet & Holenstein (2010), section 2.4.2; Sherlock, Thiery, Roberts &
Rosenthal (2015), "On the efficiency of pseudo-marginal random walk Metropolis algorithms" (an
acceptance rate of 0.07 is best for a noisy estimate, 0.23 for an exact one).
"""

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp

from gendsl.inference.adaptation import StepAndScale
from gendsl.inference.local import Params, Place
from gendsl.inference.populations.particle_filter import ParticleFilter
from gendsl.inference.protocol import Facts, Info, Status
from gendsl.inference.randomness import Draws, Stream
from gendsl.inference.target import Data, LogDensity, Site, Target

SEED = "seed"
"""The name of the site that holds the seed of an estimate."""
SEED_SIZE = 4
SEED_VALUES = 1 << 16

Estimate = Callable[[Draws, Data, jax.Array], jax.Array]
"""``(draws, data, theta) -> scalar``: the log of an unbiased, non-negative estimate."""


def stream_at(seed: jax.Array) -> Stream:
    """Return the random numbers of a ``seed`` [4] of whole numbers below 65,536, kept as floats.

    They are that small because single precision holds them exactly.
    """
    halves = seed.astype(jnp.uint32)
    words = (halves[0::2] << 16) | halves[1::2]
    return Stream(words, jnp.zeros((), jnp.uint32))


def fresh_seed(draws: Draws, dtype: jnp.dtype) -> jax.Array:
    """Return a seed [4], every one with the same probability."""
    return jnp.floor(draws.uniforms(SEED_SIZE, dtype) * SEED_VALUES)


def estimated_target(estimate: Estimate, log_prior: LogDensity, sites: tuple[Site, ...]) -> Target:
    """Return the target of parameters and seed, in this order, with an estimated likelihood.

    Args:
        estimate: of the likelihood.
        log_prior: ``(data, theta) -> scalar``.
        sites: of the parameters.
    """
    size = max(site.stop for site in sites)
    stop = size + SEED_SIZE
    seed = Site(SEED, size, stop, SEED_VALUES)
    return Target(_Prior(log_prior, size), _Estimated(estimate, size), stop, (*sites, seed))


def filter_target(
    particle_filter: ParticleFilter, log_prior: LogDensity, sites: tuple[Site, ...]
) -> Target:
    """Return the target of a series' parameters, by its particle filter; its data are the rows."""
    return estimated_target(FilterEstimate(particle_filter), log_prior, sites)


@dataclass(frozen=True, slots=True)
class FilterEstimate:
    """The likelihood of rows by a particle filter, as an :data:`Estimate`."""

    particle_filter: ParticleFilter

    def __call__(self, draws: Draws, data: Data, theta: jax.Array) -> jax.Array:
        return self.particle_filter.estimate(draws, theta, data)


@dataclass(frozen=True, slots=True)
class Pmmh:
    """Random-walk Metropolis on the parameters of an :func:`estimated_target`.

    Attributes:
        target: has a site ``seed``, its last.
        wanted: the acceptance rate that warm-up aims at.

    Raises:
        ValueError: if the target has no such site.
    """

    target: Target
    wanted: float = 0.15

    def __post_init__(self) -> None:
        self.target.coordinates({SEED})

    @property
    def num_params(self) -> int:
        """How many coordinates the parameters have."""
        return self._seed.start

    @property
    def facts(self) -> Facts:
        """Exact, reversible, without gradients."""
        return Facts()

    @property
    def adaptation(self) -> StepAndScale:
        """A step size for the acceptance rate, the scale of the draws."""
        start = float(self.num_params) ** -0.5
        return StepAndScale(self.target.size, self.wanted, has_gradient=False, start=start)

    def init(self, data: Data, position: jax.Array) -> Place:
        """Return the chain at ``position`` [dim], whose seed settles the estimate."""
        return Place(position, self.target.log_density(data, position))

    def step(self, data: Data, params: Params, draws: Draws, state: Place) -> tuple[Place, Info]:
        """Propose parameters and a seed; accept by the ratio of estimates."""
        for_params, for_seed, for_accept = draws.parts(3)
        size, site = self.num_params, self._seed
        dtype = state.position.dtype
        noise = for_params.normals(size, dtype)
        scale = params.scale
        offset = scale[:size] * noise if scale.ndim == 1 else scale[:size, :size] @ noise
        theta = state.position[:size] + params.step_size * offset
        uniforms = for_seed.uniforms(site.stop - site.start, dtype)
        proposed = jnp.concatenate([theta, jnp.floor(uniforms * site.num_values)])
        log_density = self.target.log_density(data, proposed)
        is_density = log_density < jnp.inf
        log_ratio = jnp.where(is_density, log_density - state.log_density, -jnp.inf)
        is_accepted = for_accept.coin(log_ratio)
        end = Place(
            jnp.where(is_accepted, proposed, state.position),
            jnp.where(is_accepted, log_density, state.log_density),
        )
        rate = jnp.exp(jnp.minimum(jnp.nan_to_num(log_ratio, nan=-jnp.inf), 0.0))
        status = jnp.where(jnp.isnan(log_density), Status.NON_FINITE, Status.OK)
        return end, Info(rate, jnp.zeros((), jnp.int32), status.astype(jnp.int32))

    def refresh(self, data: Data, state: Place) -> Place:
        """Return ``state`` with its log density computed anew: the same seed, the same estimate."""
        return self.init(data, state.position)

    @property
    def _seed(self) -> Site:
        return next(site for site in self.target.sites if site.name == SEED)


@dataclass(frozen=True, slots=True)
class _Prior:
    log_prior: LogDensity
    size: int

    def __call__(self, data: Data, position: jax.Array) -> jax.Array:
        return self.log_prior(data, position[: self.size])


@dataclass(frozen=True, slots=True)
class _Estimated:
    estimate: Estimate
    size: int

    def __call__(self, data: Data, position: jax.Array) -> jax.Array:
        return self.estimate(stream_at(position[self.size :]), data, position[: self.size])
