"""Stochastic weight averaging, Gaussian: the normal of where stochastic gradients wander.

From a mode on, in coordinates in which the curvature is about 1, steps without noise of their own,

    z' = z + (e/2) S^2 g(z),

wander because the gradients ``g`` are estimates. With snapshots ``z_k`` of them, their mean ``m``,
variances ``s^2`` and the last ``K`` deviations ``D``,

    q = N(m, (diag(s^2) + D D^T / K) / 2),

with K and not K - 1, since ``m`` is not the mean of these alone.
Where the estimate has variance ``V`` in these coordinates, steps of ``e = 4 / (1 + V)`` wander as
widely as the posterior is; they are at most 1, where the noise is too small for that.

Sources: Maddox, Garipov, Izmailov, Vetrov & Wilson (2019), "A simple baseline for Bayesian
uncertainty in deep learning", algorithm 1; Mandt, Hoffman & Blei (2017), "Stochastic gradient
descent as approximate Bayesian inference", section 4 (the step).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.executables import stored
from gendsl.inference.approximations.gaussians import Factors, LowRank
from gendsl.inference.approximations.purposes import Purpose, words_for
from gendsl.inference.approximations.result import Approximation, NothingFoundError, Outcome, judged
from gendsl.inference.approximations.starting import starting_points
from gendsl.inference.approximations.stochastic_ascent import ascend
from gendsl.inference.arrays import on_host
from gendsl.inference.interrupts import interruptible
from gendsl.inference.milestones import Milestone, Watch
from gendsl.inference.minibatch import Rows
from gendsl.inference.randomness import Draws, Stream
from gendsl.inference.stochastic_scale import Tuning, tuning
from gendsl.inference.target import Data

_LONGEST_STEP = 1.0
_MOST_STEPS = 1000


class SwagDetails(NamedTuple):
    """What was seen: ``snapshots`` [snapshot, dim], each after ``num_steps`` of size ``step``."""

    snapshots: np.ndarray
    step: float
    num_steps: int


@dataclass(frozen=True, slots=True)
class Swag:
    """SWAG about the mode that one climb of Adam finds.

    Attributes:
        rows: how gradients are estimated; from minibatches.
        rank: deviations that the covariance keeps.
        num_snapshots: that mean and variances are of.
        num_steps: of the climb.
        rate: of Adam.

    Raises:
        ValueError: if all rows are read, or a number is out of range.
    """

    rows: Rows
    rank: int = 20
    num_snapshots: int = 100
    num_steps: int = 5000
    rate: float = 0.05

    def __post_init__(self) -> None:
        if self.rows.part is None:
            raise ValueError("SWAG needs minibatches: gradients without noise do not wander")
        if self.rank < 1 or self.num_snapshots < 2 or self.num_steps < 0 or self.rate <= 0:
            raise ValueError("rank, snapshots, steps and rate must be positive")

    def fit(
        self,
        data: Data,
        seed: int,
        position: np.ndarray | None = None,
        *,
        num_check_draws: int = 2000,
        progress: Callable[[Milestone], None] | None = None,
    ) -> Approximation:
        """Climb from ``position`` [dim] or a random start, wander, and return the normal.

        Raises:
            NoFiniteStartError: if there is no finite start.
            NothingFoundError: if it was stopped before there were two snapshots.
            ValueError: if the target has discrete sites or a number is out of range.
        """
        whole = self.rows.whole
        starts = starting_points(whole, data[0], seed, 1, position)
        with interruptible() as should_stop:
            found = ascend(
                self.rows,
                data,
                starts,
                seed,
                num_steps=self.num_steps,
                rate=self.rate,
                progress=progress,
                should_stop=should_stop,
            )
            tuned = tuning(self.rows, data, found.positions, words_for(seed, Purpose.START))
            step = min(_LONGEST_STEP, 4.0 / (1.0 + float(np.median(tuned.noise))))
            tuned = tuned._replace(step=on_host(np.asarray(step, found.positions.dtype)))
            count = int(min(_MOST_STEPS, np.ceil(4.0 / step)))
            watch = Watch("snapshots", self.num_snapshots, progress, should_stop)
            words, at = words_for(seed, Purpose.TRAIN), on_host(found.positions[0])
            snapshots: list[np.ndarray] = []
            # The first ones only forget the mode.
            for index in range(self.num_snapshots + 2):
                at = on_host(
                    _wander(
                        self.rows,
                        data,
                        tuned,
                        at,
                        words,
                        on_host(np.uint32(index)),
                        on_host(np.int32(count)),
                    )
                )
                if index >= 2:
                    snapshots.append(np.asarray(at))
                if watch.tell(len(snapshots)):
                    break
        status = Outcome.INTERRUPTED if watch.is_stopped or found.is_stopped else Outcome.OK
        if len(snapshots) < 2:
            raise NothingFoundError("it was stopped before there was anything to keep")
        seen = np.stack(snapshots)
        params, rank = self._normal(seen)
        return judged(
            whole,
            LowRank(whole.size, rank),
            data[0],
            params,
            seed,
            num_draws=num_check_draws,
            status=status,
            num_evaluations=found.num_steps + count * (len(seen) + 2),
            trace=np.zeros(0),
            details=SwagDetails(seen, step, count),
        )

    def _normal(self, seen: np.ndarray) -> tuple[Factors, int]:
        """The normal of snapshots [snapshot, dim], and its rank."""
        mean = seen.mean(axis=0)
        tiny = np.finfo(seen.dtype).tiny
        log_scale = 0.5 * np.log(np.maximum(0.5 * seen.var(axis=0, ddof=1), tiny))
        rank = min(self.rank, len(seen) - 1)
        last = (seen - mean)[-rank:]
        loadings = last.T / np.sqrt(2.0 * rank)
        return Factors(on_host(mean), on_host(log_scale), on_host(loadings)), rank


@stored("rows")
def _wander(
    rows: Rows,
    data: Data,
    tuned: Tuning,
    position: jax.Array,
    words: jax.Array,
    index: jax.Array,
    num_steps: jax.Array,
) -> jax.Array:
    """Return the position [dim] after ``num_steps`` steps; those that are not finite left out."""
    draws: Stream = Stream(words, index)

    def step(number: jax.Array, position: jax.Array) -> jax.Array:
        each: Draws = draws.part(number)
        _, slope = rows.slope(each, data, position)
        moved = position + 0.5 * tuned.step * tuned.scale**2 * slope
        return jnp.where(jnp.all(jnp.isfinite(moved)), moved, position)

    end: jax.Array = jax.lax.fori_loop(0, num_steps, step, position)
    return end
