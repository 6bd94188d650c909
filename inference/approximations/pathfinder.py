"""Multi-path Pathfinder: the best normal on the way to a mode, from several starts.

Each path climbs by L-BFGS. At every point of it the inverse Hessian in factored form makes a
normal, whose ELBO is estimated with a few draws; the path's answer is the normal of highest ELBO,
which is often not the one at the mode. The diagonal starts at 1 and after a step ``s`` with change
of gradient ``z`` becomes

    1 / (A / (b a) + z^2 / b - A s^2 / (b c a^2)),  A = sum a z^2, b = s.z, c = sum s^2 / a.

Draws at which the density is not finite are left out of the ELBO, which is then that of the normal
cut down to the rest: the mean of ``log p - log q`` there plus the log of its share.

The paths' answers make a mixture, a path's share in proportion to ``exp(ELBO)`` from fresh draws.
For parts that do not overlap these shares have the highest ELBO of all, since

    ELBO(sum_i s_i q_i) <= sum_i s_i (ELBO_i - log s_i),

with equality for such parts. Equal parts share equally; a path that led astray counts for nothing,
where with equal shares its draws would be among those of the others, and k-hat, which sees only
what an approximation lacks, would not tell. The mixture's density, where the paper has that of the
path which a draw came from, is the ``log q`` of the importance weights: a place that one path
reaches badly and another well then has no large weight.

A start at rest, such as the mode, has no path: it starts again from a little off.

Sources: Zhang, Carpenter, Gelman & Vehtari (2022), "Pathfinder: parallel quasi-Newton variational
inference", algorithms 1 to 3; Gilbert & Lemaréchal (1989) for the diagonal; Owen & Zhou (2000),
"Safe and effective importance sampling", section 3, for the mixture's density.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.executables import stored
from gendsl.inference.approximations import path_mixture
from gendsl.inference.approximations.lbfgs import Climb, climb
from gendsl.inference.approximations.path_mixture import Factored, PathMixture, Paths, factored
from gendsl.inference.approximations.purposes import Purpose, words_for
from gendsl.inference.approximations.result import (
    Approximation,
    NothingFoundError,
    Outcome,
    judged,
)
from gendsl.inference.approximations.starting import starting_points
from gendsl.inference.arrays import on_host
from gendsl.inference.interrupts import interruptible
from gendsl.inference.milestones import Milestone, Watch
from gendsl.inference.randomness import Draws, Stream
from gendsl.inference.target import Data, Target, has_failed

_POINTS_AT_ONCE = 16
_LEAST_CURVATURE = 1e-12
_TOLERANCE = 1e-8
_OFFSETS = (0.0, 1.0, 1e-2, 1e2, 1e-4, 1e4)
"""How far from a start a path begins, in turn, until it makes a step."""


class PathfinderDetails(NamedTuple):
    """What each path found.

    Attributes:
        num_steps: taken [path].
        best: the step whose normal is used [path]; -1 for a path that led nowhere.
        ends: where the climbs ended [path, dim].
        elbos: of the normals that are used, from fresh draws [path].
    """

    num_steps: np.ndarray
    best: np.ndarray
    ends: np.ndarray
    elbos: np.ndarray


class Followed(NamedTuple):
    """What came of paths; every field has a leading axis [path].

    Attributes:
        normals: the best of each path.
        elbos: of these, from fresh draws; ``-inf`` for a path that led nowhere.
        trace: ELBOs on the way [path, step], ``-inf`` where there was no step.
        ends: where the climbs ended [path, dim].
        num_steps: taken.
        has_stopped: whether the climb came to rest.
        num_evaluations: gradients and densities.
    """

    normals: Factored
    elbos: Any
    trace: Any
    ends: Any
    num_steps: Any
    has_stopped: Any
    num_evaluations: Any


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
        progress: Callable[[Milestone], None] | None = None,
    ) -> Approximation:
        """Climb from ``positions`` [path, dim] or random starts; the trace is ELBOs [path, step].

        A keyboard interrupt ends it after the path it is on; those that ended are used.

        Raises:
            NoFiniteStartError: if there is no finite start.
            NothingFoundError: if no path has a finite ELBO.
            ValueError: if the target has discrete sites, or a number is out of range.
        """
        starts = starting_points(self.target, data, seed, self.num_paths, positions)
        with interruptible() as is_stopped:
            watch = Watch("paths", len(starts), progress, is_stopped)
            found = self.follow(data, words_for(seed, Purpose.TRAIN), starts, watch)
        is_good = found.elbos > -np.inf
        if not is_good.any():
            raise NothingFoundError("no path passed a point at which the ELBO is finite")
        status = Outcome.OK if found.has_stopped.all() else Outcome.NOT_CONVERGED
        if watch.is_stopped:
            status |= Outcome.INTERRUPTED
        return judged(
            self.target,
            PathMixture(self.target.size),
            data,
            Paths(found.normals, on_host(found.elbos)),
            seed,
            num_draws=num_check_draws,
            status=status,
            num_evaluations=int(found.num_evaluations.sum()),
            trace=found.trace,
            details=PathfinderDetails(
                found.num_steps,
                np.where(is_good, np.argmax(found.trace, axis=1), -1),
                found.ends,
                found.elbos,
            ),
        )

    def follow(self, data: Data, words: jax.Array, starts: np.ndarray, watch: Watch) -> Followed:
        """Follow the paths from ``starts`` [path, dim] one after the other, at least the first."""
        ended: list[Followed] = []
        each = replace(self, num_paths=1)  # one compiled program for any number
        for number, start in enumerate(starts):
            spent = 0
            for offset in _OFFSETS:
                place = on_host(np.int32(number)), on_host(start), on_host(start.dtype.type(offset))
                one = jax.tree.map(np.asarray, _follow(each, data, words, *place))
                spent += one.num_evaluations
                if one.num_steps > 0:
                    break
            ended.append(one._replace(num_evaluations=spent))
            if watch.tell(number + 1, f"ELBO {max(path.elbos for path in ended):.1f}"):
                break
        stacked: Followed = jax.tree.map(lambda *paths: np.stack(paths), *ended)
        return stacked


@stored("pathfinder")
def _follow(
    pathfinder: Pathfinder,
    data: Data,
    words: jax.Array,
    number: jax.Array,
    start: jax.Array,
    offset: jax.Array,
) -> Followed:
    """Follow the path of a ``number`` from about ``start`` [dim]."""
    target = pathfinder.target
    for_points, for_fresh, for_offset = Stream(words, jnp.uint32(0)).part(number).parts(3)
    path = climb(
        target,
        data,
        start + offset * for_offset.normals(target.size, start.dtype),
        max_steps=pathfinder.max_steps,
        memory=pathfinder.memory,
        tolerance=_TOLERANCE,
    )
    normal, elbos, elbo = best_on(pathfinder, data, for_points, for_fresh, path)
    per_step = path.num_steps * pathfinder.num_elbo_draws
    return Followed(
        normal,
        elbo,
        elbos,
        path.positions[-1],
        path.num_steps,
        path.has_stopped,
        path.num_evaluations + per_step + _POINTS_AT_ONCE * pathfinder.num_elbo_draws,
    )


def best_on(
    pathfinder: Pathfinder, data: Data, for_points: Draws, for_fresh: Draws, path: Climb
) -> tuple[Factored, jax.Array, jax.Array]:
    """Return the best normal on ``path``, the ELBOs [point] after each step, and that of the best.

    A point that was not reached, or whose normal does not exist, has ``-inf``. The last ELBO is of
    fresh draws, 16 times as many: the highest of noisy ones is too high.
    """
    target, count = pathfinder.target, pathfinder.num_elbo_draws
    dtype, at_once = path.positions.dtype, _POINTS_AT_ONCE
    common = for_points.normals(count * target.size, dtype).reshape(count, target.size)
    fresh = for_fresh.normals(at_once * count * target.size, dtype)
    fresh = fresh.reshape(at_once, count, target.size)
    moves, turns = jnp.diff(path.positions, axis=0), -jnp.diff(path.gradients, axis=0)
    diagonals, recent = diagonals_along(moves, turns, path.num_steps, pathfinder.memory)

    def normal_at(step: jax.Array) -> Factored:
        is_there = (recent[step] >= 0)[:, None]
        pairs = (jnp.where(is_there, rows[recent[step]], 0.0) for rows in (moves, turns))
        position, gradient = path.positions[step + 1], path.gradients[step + 1]
        return factored(position, gradient, diagonals[step], *pairs)

    def elbo_at(step: jax.Array, noise: jax.Array) -> jax.Array:
        elbo = elbo_of(target, data, normal_at(step), noise)
        return jnp.where(step < path.num_steps, elbo, -jnp.inf)

    batches = -(-path.num_steps // at_once)
    last = pathfinder.max_steps - 1

    # The density is costly to compile: one place serves the points and the fresh draws.
    def some(batch: jax.Array, found: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        elbos, _ = found
        is_over = batch == batches
        steps = jnp.where(is_over, jnp.argmax(elbos), batch * at_once + jnp.arange(at_once))
        now = jax.vmap(elbo_at)(jnp.minimum(steps, last), jnp.where(is_over, fresh, common))
        now = jnp.where(steps <= last, now, -jnp.inf)
        return jnp.where(is_over, elbos, elbos.at[steps].set(now)), jnp.mean(now)

    size = -(-pathfinder.max_steps // at_once) * at_once
    nothing = jnp.full(size, -jnp.inf, dtype), jnp.asarray(-jnp.inf, dtype)
    elbos, elbo = jax.lax.fori_loop(0, batches + 1, some, nothing)
    elbos = elbos[: pathfinder.max_steps]
    return normal_at(jnp.argmax(elbos)), elbos, elbo


def elbo_of(target: Target, data: Data, normal: Factored, noise: jax.Array) -> jax.Array:
    """Return the ELBO (scalar) from ``noise`` [draw, dim]; ``-inf`` where no draw has a density."""
    positions = jax.vmap(path_mixture.place, (None, 0))(normal, noise)
    log_q = jax.vmap(path_mixture.log_density, (None, 0))(normal, positions)
    log_p = jax.vmap(lambda position: target.log_density(data, position))(positions)
    is_good = jnp.isfinite(log_p) & jnp.isfinite(log_q) & ~has_failed(log_p)
    num_good = jnp.sum(is_good)
    total = jnp.sum(jnp.where(is_good, log_p - log_q, 0.0))
    elbo = total / jnp.maximum(num_good, 1) + jnp.log(num_good / len(noise))
    return jnp.where(num_good > 0, elbo, -jnp.inf)


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
