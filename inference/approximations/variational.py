"""Variational inference: a guide is fit by stochastic gradients.

By default the objective is the evidence lower bound, so that the reverse divergence falls:

    ELBO = E_q[log p(z) - log q(z)] = log Z - KL(q || p).

The guide starts at the best normal that a few paths of Pathfinder find, as well as its family can,
and is fit in the coordinates in which that normal is standard, so that the step sizes are in
standard deviations whatever the units of the quantities.

Adam takes steps of one size until the iterates are stationary; the mean of the last four windows of
them starts the next, smaller size. Iterates count as stationary when R-hat over the four windows is
below 1.1 for nearly all parameters, or where the objective no longer rises: its means over the
first and the last two of these windows differ by less than 0.05, and no two windows by 0.5.

In minibatches each row can have a draw of its own. The noise of draws that all rows share does not
fall with the size of the batch; that of draws of their own does, and the mean is the same:

    ELBO = E[log p(z) - log q(z)] + count E_r E_z[log p(y_r | z)],   z ~ q for each row r.

Where weights are normal and independent, and enter a row by ``x_r W``, that is what drawing
``x_r W`` in place of ``W`` amounts to: the local reparameterisation.

A gradient is cut to ten times the running mean of their norms. Where the density has long tails
some are thousands of times that; Adam would step far for one of them, and then hardly at all until
it forgot it.

Sources: Kucukelbir, Tran, Ranganath, Gelman & Blei (2017), "Automatic differentiation variational
inference"; Dhaka, Catalina, Andersen, Magnusson, Huggins & Vehtari (2020), "Robust, accurate
stochastic optimization for variational inference", algorithm 1 (R-hat, averaged iterates);
Zhang, Carpenter, Gelman & Vehtari (2022), "Pathfinder", section 6 (as a start of other methods);
Kingma, Salimans & Welling (2015), "Variational dropout and the local reparameterization trick",
section 2.2 (the variance of draws that rows share, and of draws of their own);
Kingma & Ba (2015), algorithm 1 (Adam).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference.approximations.guide import Trainable
from gendsl.inference.approximations.objectives import Objective
from gendsl.inference.approximations.purposes import Purpose, words_for
from gendsl.inference.approximations.result import Approximation, Outcome, judged
from gendsl.inference.approximations.training import (
    FIRST_CHUNK,
    JUDGED_WINDOWS,
    Window,
    advance,
    begin,
    is_stationary,
    mean_of,
    next_chunk,
    no_steps,
)
from gendsl.inference.approximations.variational_start import Start, start, start_at
from gendsl.inference.approximations.whitened import Whitening
from gendsl.inference.arrays import on_host
from gendsl.inference.interrupts import interruptible
from gendsl.inference.milestones import Milestone, Watch
from gendsl.inference.minibatch import Part
from gendsl.inference.target import Data, Target
from gendsl.inference.transport import pullback


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


_STEP_SIZES = (0.1, 0.02)


def windows_within(num_steps: int, longest: int) -> tuple[int, int]:
    """Return ``window`` and ``max_windows`` for ``num_steps`` steps of both usual sizes, at most.

    A window is of ``longest`` steps at most, and of 2 at least: it takes 48 steps, if need be.
    """
    shares = 1 + round(_STEP_SIZES[0] / _STEP_SIZES[1])
    window = max(2, min(longest, num_steps // (shares * JUDGED_WINDOWS)))
    return window, max(JUDGED_WINDOWS, num_steps // (shares * window))


@dataclass(frozen=True, slots=True)
class Variational:
    """Fits ``guide`` to ``target`` by climbing ``objective``.

    Attributes:
        step_sizes: of Adam, one after the other. The last window of all is
            ``step_sizes[0] / step_sizes[-1]`` times as long as the first.
        window: steps of a window at the first step size.
        max_windows: for each step size. An objective that needs overlap climbs the evidence lower
            bound for up to a third of those of the first size.
        start_scale: standard deviation of the guide at a start that is given, or found at random
            where no path of Pathfinder led anywhere.
        part: of the rows that each step reads; None for all. The start, and what is said of the
            guide in the end, are of all of them. Where rows have draws of their own, the objective
            has one for each.

    Raises:
        ValueError: if a number is not positive, there are fewer than four windows, the sizes of
            guide and target differ, or rows with draws of their own and draws are not as many.
    """

    target: Target
    guide: Trainable
    objective: Objective = ReverseKl()
    step_sizes: tuple[float, ...] = _STEP_SIZES
    window: int = 100
    max_windows: int = 30
    start_scale: float = 0.3
    part: Part | None = None

    def __post_init__(self) -> None:
        if not self.step_sizes or min(self.step_sizes) <= 0 or self.start_scale <= 0:
            raise ValueError("step_sizes and start_scale must be positive")
        if self.window < 2 or self.max_windows < JUDGED_WINDOWS:
            raise ValueError(f"window and max_windows must be at least 2 and {JUDGED_WINDOWS}")
        if self.guide.size != self.target.size:
            raise ValueError(
                f"the guide has {self.guide.size} coordinates, the target {self.target.size}"
            )
        part, num_draws = self.part, self.objective.num_draws
        if part is not None and part.has_draws_of_its_own and part.batch != num_draws:
            raise ValueError(
                f"{part.batch} rows have draws of their own, and there are {num_draws}"
            )

    def fit(
        self,
        data: Data,
        seed: int,
        position: np.ndarray | None = None,
        *,
        params: Any = None,
        num_check_draws: int = 2000,
        progress: Callable[[Milestone], None] | None = None,
        part_data: Data = None,
    ) -> Approximation:
        """Fit from ``params``, or from the guide's start at ``position`` [dim], or from Pathfinder.

        The trace is the mean of the objective in each window. A keyboard interrupt ends the fit,
        which is then the mean of the latest iterates. ``part_data`` are what the part reads.

        Raises:
            NoFiniteStartError: if there is no finite start.
            ValueError: if the target has discrete sites or a number is out of range.
        """
        with interruptible() as is_stopped:
            of, scale = (self.target, self.guide, data, seed), self.start_scale
            if position is None and params is None:
                begun = start(*of, scale, progress, is_stopped)
            else:
                begun = start_at(*of, position, params, scale)
            watch = Watch("vi", self.max_steps, progress, is_stopped)
            fitted = self._climb(data if self.part is None else part_data, seed, begun, watch)
        status = Outcome.OK if fitted.is_settled else Outcome.NOT_CONVERGED
        if fitted.num_bad:
            status |= Outcome.NON_FINITE
        if watch.is_stopped or begun.is_stopped:
            status |= Outcome.INTERRUPTED
        guide, found = begun.placed(self.guide, fitted.params)
        return judged(
            self.target,
            guide,
            data,
            found,
            seed,
            num_draws=num_check_draws,
            status=status,
            num_evaluations=begun.num_evaluations + fitted.num_evaluations,
            trace=np.array(fitted.trace),
        )

    @property
    def max_steps(self) -> int:
        """Steps taken where no step size ever settles."""
        return sum(self.max_windows * self._length(size) for size in self.step_sizes)

    def _length(self, step_size: float) -> int:
        return max(2, round(self.window * self.step_sizes[0] / step_size))

    def _stages(self) -> list[tuple[Objective, float, int]]:
        """Objective, step size and windows at the most, of each stage."""
        stages = [(self.objective, size, self.max_windows) for size in self.step_sizes]
        if self.objective.needs_overlap:
            warm = self.max_windows // 3
            first = self.objective, self.step_sizes[0], self.max_windows - warm
            stages[:1] = [(ReverseKl(), self.step_sizes[0], warm), first]
        return stages

    def _climb(self, data: Data, seed: int, begun: Start, watch: Watch) -> "Fitted":
        read = self.target if self.part is None else self.part.target
        target = pullback(read, Whitening())
        given = begun.chart, data
        words = words_for(seed, Purpose.TRAIN)
        training, trace = begin(begun.params), list[float]()
        is_settled, num_bad, num_evaluations, chunk = False, 0, 0, FIRST_CHUNK
        for objective, step_size, max_windows in self._stages():
            length = self._length(step_size)
            windows: list[Window] = []
            is_settled = begun.is_stopped
            while len(windows) < max_windows and not is_settled and not watch.is_stopped:
                window = no_steps(training.params)
                while int(window.num_steps) < length and not watch.is_stopped:
                    count = min(chunk, length - int(window.num_steps))
                    started = time.perf_counter()
                    training, window = advance(
                        target,
                        self.guide,
                        objective,
                        self.part,
                        given,
                        training,
                        window,
                        words,
                        on_host(np.asarray(step_size)),
                        on_host(np.int32(count)),
                    )
                    window = jax.tree.map(np.asarray, window)
                    chunk = next_chunk(count, time.perf_counter() - started)
                    num_evaluations += count * objective.num_draws
                    name = "ELBO" if isinstance(objective, ReverseKl) else "bound"
                    watch.tell(int(training.step), f"{name} {window.value:.2f}")
                windows.append(window)
                trace.append(window.value)
                is_settled = is_stationary(windows[-JUDGED_WINDOWS:], length)
            last = windows[-JUDGED_WINDOWS:]
            if last:
                num_bad = sum(int(window.num_bad) for window in last)
                training = training._replace(params=mean_of(last))
        is_settled &= not (begun.is_stopped or watch.is_stopped)
        return Fitted(training.params, trace, is_settled, num_bad, num_evaluations)


class Fitted(NamedTuple):
    """Where a climb ended: parameters in the coordinates of the chart, and how it went."""

    params: Any
    trace: list[float]
    is_settled: bool
    num_bad: int
    num_evaluations: int
