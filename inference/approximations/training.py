"""Steps of Adam in windows: what some of them in a row did, and whether they stand still.

Source: Kingma & Ba (2015), "Adam: a method for stochastic optimization", algorithm 1.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from gendsl.executables import stored
from gendsl.inference.approximations.guide import Placeable, Trainable
from gendsl.inference.approximations.objectives import Objective, slope
from gendsl.inference.minibatch import Part
from gendsl.inference.randomness import Stream
from gendsl.inference.target import Data, Target

JUDGED_WINDOWS = 4
FIRST_CHUNK = 10
_LARGEST_R_HAT = 1.1
_SHARE_OF_PARAMETERS = 0.95
_LEAST_RISE, _LARGEST_SWING = 0.05, 0.5
_LONGEST, _MEMORY_OF_NORM = 10.0, 0.9
_SECONDS_OF_A_CHUNK = 0.25
_FOR_ROWS = 1 << 20
"""The part of a step's randomness that chooses rows; guides take the first few."""


class Window(NamedTuple):
    """What some steps in a row did; ``mean`` and ``spread`` are shaped as the parameters.

    Attributes:
        mean: of the iterates.
        spread: sum of their squared distances from the mean.
        total: sum of the objective where it was finite.
        num_bad: draws and steps left out.
        num_steps: taken.
        num_finite: steps at which the objective was finite.
    """

    mean: Any
    spread: Any
    total: jax.Array
    num_bad: jax.Array
    num_steps: jax.Array
    num_finite: jax.Array

    @property
    def value(self) -> float:
        """Mean of the objective where it was finite; NaN if nowhere."""
        count = int(self.num_finite)
        return float(self.total) / count if count else np.nan


class Training(NamedTuple):
    """Where training stands.

    Attributes:
        params: the iterate.
        moments: Adam's, without the class of theirs: what is kept on disk is of our own classes.
        step: steps taken; uint32.
        norm: running mean of the gradients' norms, 0 before the first.
    """

    params: Any
    moments: Any
    step: jax.Array
    norm: jax.Array


def next_chunk(count: int, elapsed: float) -> int:
    """Return how many steps to take at once, for an answer to an interrupt in good time."""
    fitting = count * _SECONDS_OF_A_CHUNK / max(elapsed, 1e-6)
    return int(min(max(fitting, count / 4, 1), count * 4, 100_000))


def mean_of(windows: list[Window]) -> Any:
    """Return the mean of all iterates of ``windows``, shaped as the parameters."""
    counts = np.array([float(window.num_steps) for window in windows])
    shares = counts / np.maximum(counts.sum(), 1.0)
    return jax.tree.map(
        lambda *rows: np.tensordot(shares.astype(rows[0].dtype), np.stack(rows), 1),
        *(window.mean for window in windows),
    )


def is_stationary(windows: list[Window], length: int) -> bool:
    """Return whether four windows of ``length`` iterates look like draws from one distribution."""
    if len(windows) < JUDGED_WINDOWS:
        return False
    values = np.array([window.value for window in windows])
    half = JUDGED_WINDOWS // 2
    rise = np.mean(values[half:]) - np.mean(values[:half])
    if abs(rise) < _LEAST_RISE and np.ptp(values) < _LARGEST_SWING:
        return True
    means, spreads = (
        np.stack(
            [np.concatenate([np.ravel(x) for x in jax.tree.leaves(field)]) for field in fields]
        )
        for fields in ([w.mean for w in windows], [w.spread for w in windows])
    )
    within = np.mean(spreads, axis=0) / (length - 1)
    between = np.var(means, axis=0, ddof=1)
    moving = (within > 0) | (between > 0)
    if not moving.any():  # every gradient was left out
        return False
    with np.errstate(divide="ignore"):
        r_hat = np.sqrt((length - 1) / length + between[moving] / within[moving])
    return bool(np.mean(r_hat < _LARGEST_R_HAT) >= _SHARE_OF_PARAMETERS)


@stored()
def begin(params: Any) -> Training:
    """Return the training before its first step, at ``params``."""
    zero = jnp.zeros((), jnp.result_type(float))
    moments = tuple(optax.scale_by_adam().init(params))
    return Training(params, moments, jnp.uint32(0), zero)


@stored()
def no_steps(params: Any) -> Window:
    """Return a window before its first step."""
    nothing = jax.tree.map(jnp.zeros_like, params)
    none = jnp.int32(0)
    return Window(nothing, nothing, jnp.zeros((), jnp.result_type(float)), none, none, none)


@stored("target", "guide", "objective", "part")
def advance(
    target: Target,
    guide: Trainable,
    objective: Objective,
    part: Part | None,
    data: Data,
    training: Training,
    window: Window,
    words: jax.Array,
    step_size: jax.Array,
    num_steps: jax.Array,
) -> tuple[Training, Window]:
    """Take ``num_steps`` more steps of a window; one whose gradient is not finite is left out.

    With a ``part``, ``data`` are a pair, and each step reads other members: the target's data are
    then the first, and the pair of members and the second. Where members have draws of their own
    there are as many of these.
    """
    adam = optax.scale_by_adam()
    strides = (
        guide.strides()
        if isinstance(guide, Placeable)
        else jax.tree.map(lambda _: np.float32(1.0), training.params)
    )

    def step(_: jax.Array, carried: tuple[Training, Window]) -> tuple[Training, Window]:
        training, window = carried
        draws = Stream(words, training.step)
        read, axes = data, None
        if part is not None:
            members = part.members(draws.part(_FOR_ROWS))
            if part.has_draws_of_its_own:
                members, axes = members[:, None], (None, (0, None))
            read = data[0], (members, data[1])
        found = slope(target, guide, objective, read, training.params, draws, axes)
        leaves = jax.tree.leaves(found.gradient)
        length = jnp.sqrt(sum(jnp.sum(leaf**2) for leaf in leaves))
        longest = jnp.where(training.norm > 0, _LONGEST * training.norm, length)
        cut = jnp.minimum(1.0, longest / jnp.where(length > 0, length, 1.0))
        gradient = jax.tree.map(lambda slope: slope * cut.astype(slope.dtype), found.gradient)
        share = jnp.where(training.norm > 0, 1.0 - _MEMORY_OF_NORM, 1.0)
        norm = training.norm + share * (cut * length - training.norm)
        uphill, after_all = adam.update(gradient, optax.ScaleByAdamState(*training.moments))
        moments = tuple(after_all)
        after = jax.tree.map(
            lambda x, u, stride: x + (step_size * stride * u).astype(x.dtype),
            training.params,
            uphill,
            strides,
        )
        is_good = jnp.all(jnp.stack([jnp.all(jnp.isfinite(leaf)) for leaf in leaves]))
        params, moments, norm = jax.tree.map(
            lambda new, old: jnp.where(is_good, new, old),
            (after, moments, norm.astype(training.norm.dtype)),
            (training.params, training.moments, training.norm),
        )
        count = (window.num_steps + 1).astype(step_size.dtype)
        mean = jax.tree.map(lambda m, x: m + (x - m) / count.astype(x.dtype), window.mean, params)
        spread = jax.tree.map(
            lambda s, old, new, x: s + (x - old) * (x - new),
            window.spread,
            window.mean,
            mean,
            params,
        )
        is_finite = jnp.isfinite(found.value)
        after_one = Window(
            mean,
            spread,
            window.total + jnp.where(is_finite, found.value, 0.0).astype(window.total.dtype),
            window.num_bad + (found.num_bad + ~is_good).astype(jnp.int32),
            window.num_steps + 1,
            window.num_finite + is_finite,
        )
        return Training(params, moments, training.step + jnp.uint32(1), norm), after_one

    end: tuple[Training, Window] = jax.lax.fori_loop(0, num_steps, step, (training, window))
    return end
