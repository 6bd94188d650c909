"""Conditional sequential Monte Carlo with ancestor sampling: a kernel that moves a whole path.

A particle filter runs in which one particle is held to the present path. At each time that
particle's past is drawn anew, among all particles ``i``, in proportion to

    W_i p(x*_t | x_i),

and at the end one path is drawn by its weight. For any number of particles from two the new path
keeps ``p(path | theta, data)``.

Sources: Andrieu, Doucet & Holenstein (2010), "Particle Markov chain Monte Carlo methods",
section 4.3; Lindsten, Jordan & Schön (2014), "Particle Gibbs with ancestor sampling", algorithm 2.
"""

from dataclasses import dataclass
from functools import partial
from math import prod

import jax
import jax.numpy as jnp

from gendsl.inference.adaptation import Nothing
from gendsl.inference.local import Place
from gendsl.inference.populations.particle_filter import path_to
from gendsl.inference.populations.resampling import multinomial
from gendsl.inference.populations.state_space import Row, StateSpace, at_time
from gendsl.inference.populations.weighted import normalise
from gendsl.inference.protocol import Facts, Info, Status
from gendsl.inference.randomness import Draws
from gendsl.inference.target import Data, LogDensity, Site, Target

PATH = "path"
"""The name of the site that holds a path, in targets of a series' parameters and states."""


def conditional_path(
    draws: Draws,
    model: StateSpace,
    num_particles: int,
    theta: jax.Array,
    rows: Row,
    path: jax.Array,
) -> jax.Array:
    """Return the next path [time, ...] after ``path``; see the module for the rule."""
    for_first, for_later, for_last = draws.parts(3)
    free = num_particles - 1

    def joined(drawn: jax.Array, kept: jax.Array) -> jax.Array:
        return jnp.concatenate([drawn, kept[None]])

    def weights(states: jax.Array, row: Row) -> jax.Array:
        heights = jax.vmap(lambda state: model.log_observation(theta, state, row))(states)
        return normalise(jnp.where(heights < jnp.inf, heights, -jnp.inf))[0]

    def advance(
        carried: tuple[Draws, jax.Array, jax.Array], at: tuple[jax.Array, Row]
    ) -> tuple[tuple[Draws, jax.Array, jax.Array], tuple[jax.Array, jax.Array]]:
        draws, states, log_weights = carried
        kept, row = at
        for_ancestors, for_states, for_link, later = draws.parts(4)
        drawn = multinomial(for_ancestors, log_weights, free)
        step = partial(_next, model, theta, row)
        grown = for_states.map(step, free, states[drawn])
        links = jax.vmap(lambda state: model.log_next(theta, state, kept, row))(states)
        joint = jnp.where(links < jnp.inf, log_weights + links, -jnp.inf)
        link = jnp.where(
            jnp.any(joint > -jnp.inf), for_link.choose(normalise(joint)[0]), free
        ).astype(jnp.int32)
        after = joined(grown, kept)
        return (later, after, weights(after, row)), (after, joined(drawn, link))

    first = at_time(rows, 0)
    begun = for_first.map(lambda each: model.draw_initial(each, theta, first), free)
    start = joined(begun, path[0])
    nothing = jnp.full(num_particles, free, jnp.int32)
    if len(path) == 1:
        last = for_last.choose(weights(start, first))
        return path_to(last, start[None], nothing[None])
    rest = (path[1:], jax.tree.map(lambda row: row[1:], rows))
    end, (states, ancestors) = jax.lax.scan(
        advance, (for_later, start, weights(start, first)), rest
    )
    last = for_last.choose(end[2])
    all_states = jnp.concatenate([start[None], states])
    return path_to(last, all_states, jnp.concatenate([nothing[None], ancestors]))


@dataclass(frozen=True, slots=True)
class ConditionalSmc:
    """Moves the path of a :func:`trajectory_target` given its parameters.

    Attributes:
        target: of parameters and path.
        model: the same model that the target is made of.
        num_particles: at least 2.
        shape: of the path, [time, ...].

    Raises:
        ValueError: if there are too few particles, or the target's path has another size.
    """

    target: Target
    model: StateSpace
    num_particles: int
    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.num_particles < 2:
            raise ValueError(f"a path needs a rival: 2 particles, got {self.num_particles}")
        if len(self.target.coordinates({PATH})) != prod(self.shape):
            raise ValueError(f"the target's path does not have the shape {self.shape}")

    @property
    def facts(self) -> Facts:
        """Exact; without gradients; moves the path."""
        return Facts(is_reversible=False, moves=frozenset({PATH}))

    @property
    def adaptation(self) -> Nothing:
        """There is nothing to adapt."""
        return Nothing()

    def init(self, data: Data, position: jax.Array) -> Place:
        """Return the chain at ``position`` [dim]."""
        return Place(position, self.target.log_density(data, position))

    def step(self, data: Data, params: tuple[()], draws: Draws, state: Place) -> tuple[Place, Info]:
        """Draw a path; the acceptance rate is the share of times at which it is another."""
        size = self.target.size - prod(self.shape)
        theta = state.position[:size]
        before = state.position[size:].reshape(self.shape)
        path = conditional_path(draws, self.model, self.num_particles, theta, data, before)
        position = jnp.concatenate([theta, path.reshape(-1)])
        is_other = jnp.any((path != before).reshape(len(path), -1), axis=1)
        rate = jnp.mean(is_other.astype(position.dtype))
        zero = jnp.zeros((), jnp.int32)
        return self.init(data, position), Info(rate, zero, zero + Status.OK)

    def refresh(self, data: Data, state: Place) -> Place:
        """Return ``state`` with its log density computed anew."""
        return self.init(data, state.position)


def trajectory_target(
    model: StateSpace, log_prior: LogDensity, sites: tuple[Site, ...], shape: tuple[int, ...]
) -> Target:
    """Return the joint target of a model's parameters and its path, whose data are the rows.

    Its position is the parameters and then the path, flat; the observations are its likelihood.

    Args:
        log_prior: ``(rows, theta) -> scalar``.
        sites: of the parameters, which come first.
        shape: of the path, [time, ...].
    """
    size = max((site.stop for site in sites), default=0)
    stop = size + prod(shape)
    return Target(
        _PathPrior(model, log_prior, size, shape),
        _PathLikelihood(model, size, shape),
        stop,
        (*sites, Site(PATH, size, stop)),
    )


@dataclass(frozen=True, slots=True)
class _PathPrior:
    model: StateSpace
    log_prior: LogDensity
    size: int
    shape: tuple[int, ...]

    def __call__(self, data: Data, position: jax.Array) -> jax.Array:
        theta, path = position[: self.size], position[self.size :].reshape(self.shape)
        value = self.log_prior(data, theta)
        value = value + self.model.log_initial(theta, path[0], at_time(data, 0))
        later = jax.tree.map(lambda row: row[1:], data)
        steps = jax.vmap(partial(self.model.log_next, theta))(path[:-1], path[1:], later)
        return value + jnp.sum(steps)


@dataclass(frozen=True, slots=True)
class _PathLikelihood:
    model: StateSpace
    size: int
    shape: tuple[int, ...]

    def __call__(self, data: Data, position: jax.Array) -> jax.Array:
        theta, path = position[: self.size], position[self.size :].reshape(self.shape)
        return jnp.sum(jax.vmap(partial(self.model.log_observation, theta))(path, data))


def _next(
    model: StateSpace, theta: jax.Array, row: Row, draws: Draws, state: jax.Array
) -> jax.Array:
    return model.draw_next(draws, theta, state, row)
