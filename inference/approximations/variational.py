"""Variational inference: a guide is fit by stochastic gradients.

By default the objective is the evidence lower bound, so that the reverse divergence falls:

    ELBO = E_q[log p(z) - log q(z)] = log Z - KL(q || p).

Adam takes steps of one size until the iterates are stationary; the mean of the last four windows of
them starts the next, smaller size. Iterates count as stationary when R-hat over the four windows is
below 1.1 for nearly all parameters, or the objective's window means lie within 0.005.

Sources: Kucukelbir, Tran, Ranganath, Gelman & Blei (2017), "Automatic differentiation variational
inference"; Dhaka, Catalina, Andersen, Magnusson, Huggins & Vehtari (2020), "Robust, accurate
stochastic optimization for variational inference", algorithm 1 (R-hat, averaged iterates);
Kingma & Ba (2015), algorithm 1 (Adam).
"""

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from gendsl.inference.approximations.guide import Trainable
from gendsl.inference.approximations.objectives import Objective, slope
from gendsl.inference.approximations.purposes import Purpose, words_for
from gendsl.inference.approximations.result import Approximation, Outcome, judged
from gendsl.inference.approximations.starting import starting_points
from gendsl.inference.arrays import on_host
from gendsl.inference.randomness import Stream
from gendsl.inference.target import Data, Target

_NUM_STARTS = 4
_JUDGED_WINDOWS = 4
_LARGEST_R_HAT = 1.1
_SHARE_OF_PARAMETERS = 0.95
_STILL = 0.005
_WARM_WINDOWS = 10


@dataclass(frozen=True, slots=True)
class ReverseKl:
    """The evidence lower bound: the mean of the log weights.

    Raises:
        ValueError: if ``num_draws`` is below 1.
    """

    num_draws: int = 10

    def __post_init__(self) -> None:
        if self.num_draws < 1:
            raise ValueError(f"num_draws must be at least 1, got {self.num_draws}")

    @property
    def needs_overlap(self) -> bool:
        """False: the further q is, the larger the gradient."""
        return False

    def value(self, log_weights: jax.Array) -> jax.Array:
        """Return the mean of ``log_weights`` [num_draws]."""
        return jnp.mean(log_weights)

    def shares(self, log_weights: jax.Array) -> jax.Array:
        """Return equal shares [num_draws]."""
        return jnp.full_like(log_weights, 1.0 / self.num_draws)


class Window(NamedTuple):
    """What some steps in a row did; ``mean`` and ``spread`` are shaped as the parameters.

    Attributes:
        mean: of the iterates.
        spread: sum of their squared distances from the mean.
        value: mean of the objective where it was finite; NaN if nowhere.
        num_bad: draws and steps left out.
    """

    mean: Any
    spread: Any
    value: jax.Array
    num_bad: jax.Array


class Training(NamedTuple):
    """Where training stands: the iterate, Adam's moments, and steps taken (uint32)."""

    params: Any
    moments: Any
    step: jax.Array


@dataclass(frozen=True, slots=True)
class Variational:
    """Fits ``guide`` to ``target`` by climbing ``objective``.

    Attributes:
        step_sizes: of Adam, one after the other. The last window of all is
            ``step_sizes[0] / step_sizes[-1]`` times as long as the first.
        window: steps of a window at the first step size.
        max_windows: for each step size.
        start_scale: standard deviation of the guide at its start.

    Raises:
        ValueError: if a number is not positive, there are fewer than four windows, or the sizes of
            guide and target differ.
    """

    target: Target
    guide: Trainable
    objective: Objective = ReverseKl()
    step_sizes: tuple[float, ...] = (0.1, 0.02)
    window: int = 100
    max_windows: int = 30
    start_scale: float = 0.3

    def __post_init__(self) -> None:
        if not self.step_sizes or min(self.step_sizes) <= 0 or self.start_scale <= 0:
            raise ValueError("step_sizes and start_scale must be positive")
        if self.window < 2 or self.max_windows < _JUDGED_WINDOWS:
            raise ValueError(f"window and max_windows must be at least 2 and {_JUDGED_WINDOWS}")
        if self.guide.size != self.target.size:
            raise ValueError(
                f"the guide has {self.guide.size} coordinates, the target {self.target.size}"
            )

    def fit(
        self,
        data: Data,
        seed: int,
        position: np.ndarray | None = None,
        *,
        params: Any = None,
        num_check_draws: int = 2000,
    ) -> Approximation:
        """Fit from ``params``, or from the guide's start at ``position`` [dim] or at random.

        The trace is the mean of the objective in each window.

        Raises:
            NoFiniteStartError: if there is no finite start.
            ValueError: if the target has discrete sites or a number is out of range.
        """
        if params is None:
            start = starting_points(self.target, data, seed, _NUM_STARTS, position)[0]
            words = words_for(seed, Purpose.START)
            params = _start(self.guide, words, start, on_host(np.asarray(self.start_scale)))
        training, trace, num_evaluations = _begin(params), list[float](), 0
        stages = [(self.objective, size, self.max_windows) for size in self.step_sizes]
        if self.objective.needs_overlap:
            stages.insert(0, (ReverseKl(), self.step_sizes[0], _WARM_WINDOWS))
        is_settled, num_bad = False, 0
        for objective, step_size, max_windows in stages:
            length = max(2, round(self.window * self.step_sizes[0] / step_size))
            windows: list[Window] = []
            is_settled = False
            while len(windows) < max_windows and not is_settled:
                training, seen = _advance(
                    self.target,
                    self.guide,
                    objective,
                    data,
                    training,
                    words_for(seed, Purpose.TRAIN),
                    on_host(np.asarray(step_size)),
                    on_host(np.int32(length)),
                )
                windows.append(jax.tree.map(np.asarray, seen))
                trace.append(float(seen.value))
                num_evaluations += length * objective.num_draws
                is_settled = is_stationary(windows[-_JUDGED_WINDOWS:], length)
            last = windows[-_JUDGED_WINDOWS:]
            num_bad = sum(int(window.num_bad) for window in last)
            mean = jax.tree.map(lambda *rows: np.mean(rows, axis=0), *(w.mean for w in last))
            training = training._replace(params=mean)
        status = Outcome.OK if is_settled else Outcome.NOT_CONVERGED
        if num_bad:
            status |= Outcome.NON_FINITE
        return judged(
            self.target,
            self.guide,
            data,
            training.params,
            seed,
            num_draws=num_check_draws,
            status=status,
            num_evaluations=num_evaluations,
            trace=np.array(trace),
        )


def is_stationary(windows: list[Window], length: int) -> bool:
    """Return whether four windows of ``length`` iterates look like draws from one distribution."""
    if len(windows) < _JUDGED_WINDOWS:
        return False
    values = np.array([window.value for window in windows])
    if np.ptp(values) < _STILL:
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


@partial(jax.jit, static_argnames="guide")
def _start(guide: Trainable, words: jax.Array, position: jax.Array, scale: jax.Array) -> Any:
    return guide.start(Stream(words, jnp.uint32(0)), position, scale.astype(position.dtype))


@jax.jit
def _begin(params: Any) -> Training:
    return Training(params, optax.scale_by_adam().init(params), jnp.uint32(0))


@partial(jax.jit, static_argnames=("target", "guide", "objective"))
def _advance(
    target: Target,
    guide: Trainable,
    objective: Objective,
    data: Data,
    training: Training,
    words: jax.Array,
    step_size: jax.Array,
    num_steps: jax.Array,
) -> tuple[Training, Window]:
    """Take ``num_steps`` steps; a step whose gradient is not finite is left out."""
    adam = optax.scale_by_adam()

    def step(
        at: jax.Array, carried: tuple[Training, Window, jax.Array]
    ) -> tuple[Training, Window, jax.Array]:
        training, window, num_finite = carried
        draws = Stream(words, training.step)
        found = slope(target, guide, objective, data, training.params, draws)
        uphill, moments = adam.update(found.gradient, training.moments)
        after = jax.tree.map(lambda x, u: x + (step_size * u).astype(x.dtype), training[0], uphill)
        leaves = jax.tree.leaves(found.gradient)
        is_good = jnp.all(jnp.stack([jnp.all(jnp.isfinite(leaf)) for leaf in leaves]))
        params, moments = jax.tree.map(
            lambda new, old: jnp.where(is_good, new, old),
            (after, moments),
            (training.params, training.moments),
        )
        count = (at + 1).astype(step_size.dtype)
        mean = jax.tree.map(lambda m, x: m + (x - m) / count.astype(x.dtype), window.mean, params)
        spread = jax.tree.map(
            lambda s, old, new, x: s + (x - old) * (x - new),
            window.spread,
            window.mean,
            mean,
            params,
        )
        is_finite = jnp.isfinite(found.value)
        value = window.value + jnp.where(is_finite, found.value, 0.0)
        num_bad = window.num_bad + (found.num_bad + ~is_good).astype(jnp.int32)
        training = Training(params, moments, training.step + jnp.uint32(1))
        return training, Window(mean, spread, value, num_bad), num_finite + is_finite

    nothing = jax.tree.map(jnp.zeros_like, training.params)
    dtype = jax.eval_shape(lambda: target.log_density(data, jnp.zeros(target.size))).dtype
    empty = Window(nothing, nothing, jnp.zeros((), dtype), jnp.int32(0))
    training, window, num_finite = jax.lax.fori_loop(
        0, num_steps, step, (training, empty, jnp.int32(0))
    )
    return training, window._replace(value=window.value / num_finite)
