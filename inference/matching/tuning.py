"""Adam on the logs of scales, along gradients of a distance at random measurement sets.

Every step draws points, functions of both kinds at them, and follows the gradient of the distance
through the draws of the prior; its rate falls to 0 as a cosine does. Steps whose gradient is not
finite are left out. The distance has several minima: a prior of too large a variance may get rid of
it by functions that hardly move. So the climb begins at several scales.

Source: Tran, Rossi, Milios & Filippone (2022), "All you need is a good functional prior for
Bayesian deep learning", algorithm 1; Kingma & Ba (2015), algorithm 1.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np
import optax

from gendsl.inference.matching.distance import Distance


class Functions(Protocol):
    """Draws of a prior over functions, with scales that can be set, and of a process.

    ``given`` are arrays that draws are made of beside the scales: they are passed through.
    """

    def points(self, key: jax.Array, given: Any) -> jax.Array:
        """Return the points of a measurement set."""

    def pairs(
        self, key: jax.Array, given: Any, scales: jax.Array, points: jax.Array, count: int
    ) -> tuple[jax.Array, jax.Array]:
        """Return values [draw, point] of ``count`` functions from the prior, and of the process."""


@dataclass(frozen=True)
class Tuning:
    """How scales are tuned.

    Attributes:
        draws: functions of each kind in a step.
        steps: of Adam.
        rate: of its first step, on the log scale.
        starts: from how many scales; each goes its own way, with draws of its own.
    """

    draws: int
    steps: int
    rate: float
    starts: int = 1


def tune(
    functions: Functions,
    given: Any,
    distance: Distance,
    num_scales: int,
    tuning: Tuning,
    *,
    seed: int,
) -> np.ndarray:
    """Return factors [start, scale] of the prior's scales.

    They begin at 1, and those of further starts at log-normal numbers about it.

    Args:
        functions: what draws both; see :class:`Functions`.
        given: what it draws from.
        distance: what is made small.
        num_scales: how many factors there are.
        tuning: how.
        seed: of all that is drawn.
    """
    key_runs, key_starts = jax.random.split(jax.random.key(seed))
    begin = jax.random.normal(key_starts, (tuning.starts, num_scales)).at[0].set(0.0)
    keys = jax.random.split(key_runs, tuning.starts)
    return np.asarray(jnp.exp(_climb(functions, distance, tuning, keys, begin, given)))


@partial(jax.jit, static_argnums=range(3))
def _climb(
    functions: Functions,
    distance: Distance,
    tuning: Tuning,
    keys: jax.Array,
    begin: jax.Array,
    given: Any,
) -> jax.Array:
    """Logs [start, scale] after all steps, one start after another."""

    def one(each: tuple[jax.Array, jax.Array]) -> jax.Array:
        key, logs = each
        return _run(functions, distance, tuning, key, logs, given)

    found: jax.Array = jax.lax.map(one, (keys, begin))
    return found


def _run(
    functions: Functions,
    distance: Distance,
    tuning: Tuning,
    key: jax.Array,
    logs: jax.Array,
    given: Any,
) -> jax.Array:
    rate = optax.cosine_decay_schedule(tuning.rate, tuning.steps)
    optimiser = optax.apply_if_finite(optax.adam(rate), tuning.steps)

    def drawn(logs: jax.Array, key: jax.Array) -> tuple[jax.Array, jax.Array]:
        key_points, key_pairs = jax.random.split(key)
        points = functions.points(key_points, given)
        return functions.pairs(key_pairs, given, jnp.exp(logs), points, tuning.draws)

    def step(carry: Any, key: jax.Array) -> tuple[Any, None]:
        logs, moments, state = carry
        key_improve, key_draw, key_loss = jax.random.split(key, 3)
        state = distance.improve(state, key_improve, partial(drawn, logs))

        def loss(logs: jax.Array) -> jax.Array:
            return distance.loss(state, key_loss, *drawn(logs, key_draw))

        changes, moments = optimiser.update(jax.grad(loss)(logs), moments, logs)
        return (optax.apply_updates(logs, changes), moments, state), None

    key_start, key_steps = jax.random.split(key)
    example = jax.eval_shape(lambda: drawn(logs, key_start))[0]
    begin = (logs, optimiser.init(logs), distance.start(key_start, example.shape[-1]))
    return jax.lax.scan(step, begin, jax.random.split(key_steps, tuning.steps))[0][0]
