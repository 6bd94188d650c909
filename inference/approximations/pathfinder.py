"""Multi-path Pathfinder: the best normal on the way to a mode, from several starts.

Each path climbs by L-BFGS. At every point of it the inverse Hessian in factored form makes a
normal, whose ELBO is estimated with a few draws; the path's answer is the normal of highest ELBO,
which is often not the one at the mode. The diagonal starts at 1 and after a step ``s`` with change
of gradient ``z`` becomes

    1 / (A / (b a) + z^2 / b - A s^2 / (b c a^2)),  A = sum a z^2, b = s.z, c = sum s^2 / a.

Draws at which the density is not finite are left out of the ELBO, which is then that of the normal
cut down to the rest: the mean of ``log p - log q`` there plus the log of its share.

The paths' answers make an equal mixture. Its density, where the paper has that of the path which a
draw came from, is the ``log q`` of the importance weights: a place that one path reaches badly and
another well then has no large weight.

Sources: Zhang, Carpenter, Gelman & Vehtari (2022), "Pathfinder: parallel quasi-Newton variational
inference", algorithms 1 to 3; Gilbert & Lemaréchal (1989) for the diagonal; Owen & Zhou (2000),
"Safe and effective importance sampling", section 3, for the mixture's density.
"""

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference.approximations import path_mixture
from gendsl.inference.approximations.lbfgs import Climb, climb
from gendsl.inference.approximations.path_mixture import Factored, PathMixture, Paths, factored
from gendsl.inference.approximations.purposes import Purpose, words_for
from gendsl.inference.approximations.result import Approximation, Outcome, judged
from gendsl.inference.approximations.starting import starting_points
from gendsl.inference.arrays import on_host
from gendsl.inference.randomness import Draws, Stream
from gendsl.inference.target import Data, Target, has_failed

_POINTS_AT_ONCE = 16
_LEAST_CURVATURE = 1e-12
_TOLERANCE = 1e-6


class PathfinderDetails(NamedTuple):
    """What each path found.

    Attributes:
        num_steps: taken [path].
        best: the step whose normal is used [path]; -1 for a path that led nowhere.
        ends: where the climbs ended [path, dim].
    """

    num_steps: np.ndarray
    best: np.ndarray
    ends: np.ndarray


@dataclass(frozen=True, slots=True)
class Pathfinder:
    """Multi-path Pathfinder on ``target``.

    Attributes:
        num_paths: climbs, where no starts are given.
        memory: pairs that the inverse Hessian is made of.
        max_steps: of each climb.
        num_elbo_draws: for the ELBO of each point; all points share their noise.

    Raises:
        ValueError: if a number is below 1.
    """

    target: Target
    num_paths: int = 8
    memory: int = 6
    max_steps: int = 200
    num_elbo_draws: int = 20

    def __post_init__(self) -> None:
        if min(self.num_paths, self.memory, self.max_steps, self.num_elbo_draws) < 1:
            raise ValueError("num_paths, memory, max_steps and num_elbo_draws must be at least 1")

    def fit(
        self,
        data: Data,
        seed: int,
        positions: np.ndarray | None = None,
        *,
        num_check_draws: int = 2000,
    ) -> Approximation:
        """Climb from ``positions`` [path, dim] or random starts; the trace is ELBOs [path, step].

        Raises:
            NoFiniteStartError: if there is no finite start.
            ValueError: if the target has discrete sites, no path has a finite ELBO or a number is
                out of range.
        """
        starts = starting_points(self.target, data, seed, self.num_paths, positions)
        words = words_for(seed, Purpose.TRAIN)
        paths, normals, elbos = _follow(self, data, words, starts)
        elbos = np.asarray(elbos)[:, : self.max_steps]
        is_good = np.isfinite(elbos).any(axis=1)
        if not is_good.any():
            raise ValueError("no path passed a point at which the ELBO is finite")
        log_weights = np.where(is_good, 0.0, -np.inf).astype(elbos.dtype)
        num_steps = np.asarray(paths.num_steps)
        status = Outcome.OK if np.asarray(paths.has_stopped).all() else Outcome.NOT_CONVERGED
        return judged(
            self.target,
            PathMixture(self.target.size),
            data,
            Paths(normals, on_host(log_weights)),
            seed,
            num_draws=num_check_draws,
            status=status,
            num_evaluations=int(
                np.sum(paths.num_evaluations) + np.sum(num_steps) * self.num_elbo_draws
            ),
            trace=elbos,
            details=PathfinderDetails(
                num_steps,
                np.where(is_good, np.argmax(elbos, axis=1), -1),
                np.asarray(paths.positions[:, -1]),
            ),
        )


@partial(jax.jit, static_argnames="pathfinder")
def _follow(
    pathfinder: Pathfinder, data: Data, words: jax.Array, starts: jax.Array
) -> tuple[Climb, Factored, jax.Array]:
    """Return the climbs, the best normal of each, and the ELBOs [path, point]."""
    target = pathfinder.target
    paths = jax.vmap(
        lambda start: climb(
            target,
            data,
            start,
            max_steps=pathfinder.max_steps,
            memory=pathfinder.memory,
            tolerance=_TOLERANCE,
        )
    )(starts)
    draws = Stream(words, jnp.uint32(0))

    def judge(number_and_path: tuple[jax.Array, Climb]) -> tuple[Factored, jax.Array]:
        number, path = number_and_path
        return best_on(pathfinder, data, draws.part(number), path)

    normals, elbos = jax.lax.map(judge, (jnp.arange(len(starts)), paths))
    return paths, normals, elbos


def best_on(
    pathfinder: Pathfinder, data: Data, draws: Draws, path: Climb
) -> tuple[Factored, jax.Array]:
    """Return the normal of highest ELBO on ``path``, and the ELBOs [point] after each step.

    A point that was not reached, or whose normal does not exist, has ``-inf``.
    """
    target, count = pathfinder.target, pathfinder.num_elbo_draws
    noise = draws.normals(count * target.size, path.positions.dtype).reshape(count, target.size)
    moves, turns = jnp.diff(path.positions, axis=0), -jnp.diff(path.gradients, axis=0)
    diagonals, recent = diagonals_along(moves, turns, path.num_steps, pathfinder.memory)

    def normal_at(step: jax.Array) -> Factored:
        is_there = (recent[step] >= 0)[:, None]
        pairs = (jnp.where(is_there, rows[recent[step]], 0.0) for rows in (moves, turns))
        position, gradient = path.positions[step + 1], path.gradients[step + 1]
        return factored(position, gradient, diagonals[step], *pairs)

    def elbo_at(step: jax.Array) -> jax.Array:
        normal = normal_at(step)
        positions = jax.vmap(path_mixture.place, (None, 0))(normal, noise)
        log_q = jax.vmap(path_mixture.log_density, (None, 0))(normal, positions)
        log_p = jax.vmap(lambda position: target.log_density(data, position))(positions)
        is_good = jnp.isfinite(log_p) & jnp.isfinite(log_q) & ~has_failed(log_p)
        num_good = jnp.sum(is_good)
        total = jnp.sum(jnp.where(is_good, log_p - log_q, 0.0))
        elbo = total / jnp.maximum(num_good, 1) + jnp.log(num_good / count)
        return jnp.where((num_good > 0) & (step < path.num_steps), elbo, -jnp.inf)

    size = -(-pathfinder.max_steps // _POINTS_AT_ONCE) * _POINTS_AT_ONCE

    def some(batch: jax.Array, elbos: jax.Array) -> jax.Array:
        steps = batch * _POINTS_AT_ONCE + jnp.arange(_POINTS_AT_ONCE)
        found = jax.vmap(elbo_at)(jnp.minimum(steps, pathfinder.max_steps - 1))
        return elbos.at[steps].set(jnp.where(steps < pathfinder.max_steps, found, -jnp.inf))

    batches = -(-path.num_steps // _POINTS_AT_ONCE)
    elbos = jax.lax.fori_loop(0, batches, some, jnp.full(size, -jnp.inf, noise.dtype))
    return normal_at(jnp.minimum(jnp.argmax(elbos), pathfinder.max_steps - 1)), elbos


def diagonals_along(
    moves: jax.Array, turns: jax.Array, num_steps: jax.Array, memory: int
) -> tuple[jax.Array, jax.Array]:
    """Return the diagonals [step, dim], and which pairs each point keeps [step, memory].

    Args:
        moves: differences of positions [step, dim]; ``turns`` of gradients of ``-log p``.
        num_steps: how many of them count.

    A pair with too little curvature, ``s.z <= 1e-12 |z|^2``, is left out; -1 stands for no pair.
    """

    def follow(
        carried: tuple[jax.Array, jax.Array], row: tuple[jax.Array, jax.Array, jax.Array]
    ) -> tuple[tuple[jax.Array, jax.Array], tuple[jax.Array, jax.Array]]:
        diagonal, recent = carried
        step, move, turn = row
        product = jnp.dot(move, turn)
        is_kept = (product > _LEAST_CURVATURE * jnp.sum(turn**2)) & (step < num_steps)
        safe = jnp.where(is_kept, product, 1.0)
        stretch = jnp.sum(diagonal * turn**2)
        length = jnp.where(is_kept, jnp.sum(move**2 / diagonal), 1.0)
        bent = stretch / (safe * diagonal) + turn**2 / safe
        inverse = bent - stretch * move**2 / (safe * length * diagonal**2)
        diagonal = jnp.where(is_kept, 1.0 / jnp.where(is_kept, inverse, 1.0), diagonal)
        recent = jnp.where(is_kept, jnp.roll(recent, -1).at[-1].set(step), recent)
        return (diagonal, recent), (diagonal, recent)

    steps = jnp.arange(len(moves), dtype=jnp.int32)
    start = jnp.ones_like(moves[0]), jnp.full(memory, -1, jnp.int32)
    return jax.lax.scan(follow, start, (steps, moves, turns))[1]
