"""Climbing to a mode by L-BFGS, with the whole path kept; one gradient an iteration.

With ``f = -log p`` and its slope ``g`` the direction is ``d = -H g``, ``H`` the inverse Hessian
made of the last pairs of moves ``s`` and turns ``z``, by the two-loop recursion. A length ``t``
will do if

    f(x + t d) <= f(x) + 1e-4 t g.d   and   g(x + t d).d >= 0.9 g.d   (weak Wolfe conditions);

it is bisected between the longest that still falls steeply and the shortest that does not fall
enough, and doubled while there is none of these. A place where the density is not finite does not
fall enough. Where no length will do, the pairs are forgotten once before the climb ends.

A trial is the same work wherever a climb stands, so vectorised climbs do not wait for each other's
line searches, and the gradient occurs once in the compiled program.

Sources: Nocedal & Wright (2006), "Numerical optimization", algorithm 7.4 and eq. 7.20; Lewis &
Overton (2013), "Nonsmooth optimization via quasi-Newton methods", algorithm 2.6 (the bisection).
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference.target import Data, Target, has_failed

_ENOUGH_FALL, _STEEP = 1e-4, 0.9
_MOST_TRIALS = 40
_LEAST_CURVATURE = 1e-12
_NO_PROGRESS = 4.0


class Climb(NamedTuple):
    """A path uphill; rows after ``num_steps`` repeat the last.

    Attributes:
        positions: [step + 1, dim], the start first.
        log_densities: [step + 1].
        gradients: of the log density [step + 1, dim].
        num_steps: steps taken; scalar.
        num_evaluations: gradients spent; scalar.
        has_stopped: whether it came to rest, before the steps ran out; scalar.
    """

    positions: jax.Array
    log_densities: jax.Array
    gradients: jax.Array
    num_steps: jax.Array
    num_evaluations: jax.Array
    has_stopped: jax.Array


class _Search(NamedTuple):
    """A line search: direction [dim], length to try, and the bracket around it."""

    direction: jax.Array
    length: jax.Array
    low: jax.Array
    high: jax.Array
    num_trials: jax.Array


class _Walk(NamedTuple):
    """Where a climb stands; ``moves`` and ``turns`` [pair, dim], zeros for pairs not yet made."""

    position: jax.Array
    value: jax.Array
    slope: jax.Array
    moves: jax.Array
    turns: jax.Array
    search: _Search
    path: Climb


def climb(
    target: Target,
    data: Data,
    start: jax.Array,
    *,
    max_steps: int,
    memory: int,
    tolerance: float,
) -> Climb:
    """Climb from ``start`` [dim] until no coordinate of the gradient exceeds ``tolerance``.

    Rest is also where the log density no longer rises by more than rounding.
    """
    rows = max_steps + 1

    def descent(position: jax.Array) -> jax.Array:
        value = target.log_density(data, position)
        return jnp.where(has_failed(value), jnp.inf, -value)

    value_and_slope = jax.value_and_grad(descent)

    def is_climbing(walk: _Walk) -> jax.Array:
        return ~walk.path.has_stopped & (walk.path.num_steps < max_steps)

    def advance(walk: _Walk) -> _Walk:
        search, path = walk.search, walk.path
        relative = _NO_PROGRESS * float(np.finfo(walk.value.dtype).eps)
        rounding = relative * jnp.maximum(1.0, jnp.abs(walk.value))
        trial = walk.position + search.length * search.direction
        value, slope = value_and_slope(trial)
        incline = jnp.dot(walk.slope, search.direction)
        is_finite = jnp.isfinite(value) & jnp.all(jnp.isfinite(slope))
        has_fallen = value <= walk.value + _ENOUGH_FALL * search.length * incline
        has_fallen = is_finite & has_fallen & (value < walk.value)
        is_steep = jnp.dot(slope, search.direction) < _STEEP * incline
        is_last = search.num_trials + 1 >= _MOST_TRIALS
        is_taken = has_fallen & (~is_steep | is_last)
        is_hopeless = is_last | (is_finite & (-search.length * incline < rounding))
        is_lost = ~has_fallen & is_hopeless
        has_pairs = jnp.any(walk.moves != 0)

        move, turn = trial - walk.position, slope - walk.slope
        is_bent = jnp.dot(move, turn) > _LEAST_CURVATURE * jnp.sum(turn**2)
        is_kept = is_taken & is_bent
        moves, turns = (
            jnp.where(
                is_lost, 0.0, jnp.where(is_kept, jnp.roll(pairs, -1, 0).at[-1].set(new), pairs)
            )
            for pairs, new in ((walk.moves, move), (walk.turns, turn))
        )
        position, now, tilt = (
            jnp.where(is_taken, after, before)
            for after, before in (
                (trial, walk.position),
                (value, walk.value),
                (slope, walk.slope),
            )
        )
        low = jnp.where(has_fallen, search.length, search.low)
        high = jnp.where(has_fallen, search.high, search.length)
        length = jnp.where(jnp.isinf(high), 2.0 * search.length, 0.5 * (low + high))
        fresh = _search(_direction(tilt, moves, turns))
        going = _Search(search.direction, length, low, high, search.num_trials + 1)
        search = jax.tree.map(lambda a, b: jnp.where(is_taken | is_lost, a, b), fresh, going)

        step = path.num_steps + is_taken.astype(jnp.int32)
        is_later = is_taken & (jnp.arange(rows) >= step)  # the last row stands for all that follow
        is_resting = (jnp.max(jnp.abs(tilt)) <= tolerance) | ~(now < walk.value - rounding)
        path = Climb(
            jnp.where(is_later[:, None], position, path.positions),
            jnp.where(is_later, -now, path.log_densities),
            jnp.where(is_later[:, None], -tilt, path.gradients),
            step,
            path.num_evaluations + 1,
            (is_taken & is_resting) | (is_lost & ~has_pairs),
        )
        return _Walk(position, now, tilt, moves, turns, search, path)

    value, slope = value_and_slope(start)
    path = Climb(
        jnp.broadcast_to(start, (rows, target.size)),
        jnp.broadcast_to(-value, (rows,)),
        jnp.broadcast_to(-slope, (rows, target.size)),
        jnp.zeros((), jnp.int32),
        jnp.ones((), jnp.int32),
        jnp.max(jnp.abs(slope)) <= tolerance,
    )
    nothing = jnp.zeros((memory, target.size), start.dtype)
    search = _search(_direction(slope, nothing, nothing))
    walk = _Walk(start, value, slope, nothing, nothing, search, path)
    return jax.lax.while_loop(is_climbing, advance, walk).path


def _search(direction: jax.Array) -> _Search:
    nothing = jnp.zeros((), direction.dtype)
    return _Search(direction, nothing + 1.0, nothing, nothing + jnp.inf, jnp.zeros((), jnp.int32))


def _direction(slope: jax.Array, moves: jax.Array, turns: jax.Array) -> jax.Array:
    """Return ``-H slope`` [dim]; without pairs ``H`` makes the first step at most 1 long."""
    products = jnp.sum(moves * turns, axis=1)
    shares = jnp.where(products > 0, 1.0 / jnp.where(products > 0, products, 1.0), 0.0)

    def back(rest: jax.Array, pair: tuple[jax.Array, ...]) -> tuple[jax.Array, jax.Array]:
        move, turn, share = pair
        weight = share * jnp.dot(move, rest)
        return rest - weight * turn, weight

    def forth(rest: jax.Array, pair: tuple[jax.Array, ...]) -> tuple[jax.Array, None]:
        move, turn, share, weight = pair
        return rest + (weight - share * jnp.dot(turn, rest)) * move, None

    pairs = moves, turns, shares
    rest, weights = jax.lax.scan(back, slope, pairs, reverse=True)
    has_pair = products[-1] > 0
    bend = jnp.where(has_pair, jnp.sum(turns[-1] ** 2), 1.0)
    plain = 1.0 / jnp.maximum(1.0, jnp.linalg.norm(slope))
    rest = rest * jnp.where(has_pair, products[-1] / bend, plain)
    return -jax.lax.scan(forth, rest, (*pairs, weights))[0]
