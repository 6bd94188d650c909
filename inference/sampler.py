"""The sampler: NUTS on several chains, with its warm-up, advanced in chunks of any length.

The carry is the checkpoint: it holds the chains with their randomness and adaptation, the metric
and the length of the warm-up, and nothing else decides what comes next. Whether a transition
belongs to warm-up follows from the chains' own transition counter, so draws are bitwise the same
however a run is cut into chunks, and nothing adapts once warm-up is over.

On a processor up to 15 chains run on its cores, each by itself (:mod:`gendsl.inference.threads`);
more of them, or chains on an accelerator, advance in one vmapped program. They share the metric
and, once warm-up is over, one step size, the median of theirs: equal steps make trees of equal
length, so that chains end a chunk at about the same time.

Chains wait for each other at the end of a call only. Of 64 vmapped chains on the centred funnel,
where a chain takes long trajectories for a while and short ones then, the slowest took 39 gradients
a draw as a mean over many draws, 150 in calls of 600 draws, 285 in calls of 100, and 497 where all
wait in every transition. So a call makes up to 1000 transitions, and with 16 chains or more a run
reports every two seconds rather than four times in one.

A dense metric is chosen up to 64 coordinates. It takes two products with a matrix a leapfrog step,
which in microseconds of a step, with four chains on two cores that others used as well (so take
them as good to a factor of two) and gradients that cost next to nothing, is

    coordinates    5     10    20    30    50    64    100
    diagonal       0.19  0.39  0.83  0.76  1.1   1.2   1.6
    dense          0.21  0.43  1.3   2.1   7.6   4.3   7.2

so up to 64 a usual run of 60,000 steps loses less than half a second. Regressions on predictors as
they come take 5 to 150 times fewer gradients an effective draw. Hierarchical models hardly gain:
1.1 times on eight schools, 1.3 on the seeds model, nothing beyond the spread of eight seeds on a
radon model of 90 coordinates. Larger models are mostly such, so 64 is where the costs stay small,
not where the gains end: a logistic regression on 90 predictors still took a third of the gradients.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple, get_args

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.executables import stored
from gendsl.inference import dense_metric, low_rank_metric, metric, robbins_monro
from gendsl.inference.advance import BLOCK, Chain, Mode, Stats, advance
from gendsl.inference.arrays import on_host
from gendsl.inference.devices import Devices
from gendsl.inference.local import State
from gendsl.inference.nuts import Nuts
from gendsl.inference.probation import Restart, restarts
from gendsl.inference.randomness import Stream, chain_words
from gendsl.inference.spread import MANY_CHAINS, group_size, spread
from gendsl.inference.target import Data, has_failed
from gendsl.inference.warmup import EARLY, Window, search_step_size, windows

Metric = Literal["auto", "diagonal", "dense", "low_rank"]

DENSE_UP_TO = 64
_MOST_NUMBERS, _MOST_NUMBERS_OF_MANY = 125_000, 4_000_000
_MOST_ROWS = 1000


class Carry(NamedTuple):
    """Where a run stands.

    Attributes:
        chains: stacked over [chain].
        scale: square root of the inverse metric, [dim], [dim, dim] or of low rank.
        num_warmup: transitions of warm-up in all.
        restarts: the chains that were replaced in warm-up.
        latest: the latest draws of a window [chain, draw, dim], where the metric is of low rank.
    """

    chains: Chain
    scale: Any
    num_warmup: int
    restarts: tuple[Restart, ...] = ()
    latest: Any = ()

    @property
    def transition(self) -> int:
        """How many transitions every chain has made, warm-up included."""
        return int(np.asarray(self.chains.stream.transition)[0])


@dataclass(frozen=True, slots=True)
class NutsSampler:
    """NUTS with windowed adaptation. Samplers of equal kernels share their compiled programs.

    Attributes:
        kernel: the NUTS kernel, which holds the target.
        num_warmup: transitions of warm-up, 0 or more.
        target_acceptance: the acceptance rate the step size is tuned for, in (0, 1).
        metric: ``"diagonal"``, ``"dense"``, ``"low_rank"`` for a diagonal with a correction along
            ``rank`` directions, or ``"auto"`` for dense where it is cheap.
        devices: over which the chains are spread, whose number theirs is a multiple of; empty for
            JAX's own choice of one.
        rank: of a metric of low rank, at most; at least 1.

    Raises:
        ValueError: if ``num_warmup``, ``target_acceptance``, ``metric`` or ``rank`` is out of
            range.
    """

    kernel: Nuts
    num_warmup: int = 1000
    target_acceptance: float = 0.8
    metric: Metric = "auto"
    devices: Devices = ()
    rank: int = 16

    def __post_init__(self) -> None:
        windows(self.num_warmup)
        if not 0.0 < self.target_acceptance < 1.0:
            raise ValueError(
                f"target_acceptance must lie between 0 and 1, got {self.target_acceptance}"
            )
        if self.metric not in get_args(Metric):
            raise ValueError(f"metric must be one of {get_args(Metric)}, got {self.metric!r}")
        if self.rank < 1:
            raise ValueError(f"rank must be 1 or more, got {self.rank}")

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the stats."""
        return Stats._fields

    @property
    def is_dense(self) -> bool:
        """Whether the metric is dense."""
        is_small = self.kernel.target.size <= DENSE_UP_TO
        return self.metric == "dense" or (self.metric == "auto" and is_small)

    @property
    def is_low_rank(self) -> bool:
        """Whether the metric is a diagonal with a correction of low rank."""
        return self.metric == "low_rank"

    def init(self, data: Data, seed: int, positions: np.ndarray) -> Carry:
        """Return the carry of chains that start at ``positions`` [chain, dim].

        Raises:
            ValueError: if the shape is wrong, or a start's log density or gradient isn't finite.
        """
        if np.ndim(positions) != 2 or np.shape(positions)[1] != self.kernel.target.size:
            raise ValueError(
                f"positions must have shape [chain, {self.kernel.target.size}], "
                f"got {np.shape(positions)}"
            )
        starts = on_host(np.asarray(positions, jnp.result_type(float)))
        state = evaluate(self.kernel, data, starts)
        bad = np.flatnonzero(~is_finite(state))
        if len(bad):
            raise ValueError(
                f"the log density or its gradient is not finite at the start of chains {bad}"
            )
        words = on_host(chain_words(seed, len(starts)))
        scale: Any = metric.scale_from_gradients(state.gradient)
        latest: Any = ()
        if self.is_dense:
            scale = on_host(np.diag(scale))
        elif self.is_low_rank:
            scale = low_rank_metric.of_diagonal(scale, self.rank)
            latest = low_rank_metric.none_seen(starts)
        log_step = search_step_size(
            partial(evaluate, self.kernel, data),
            state,
            scale,
            words,
            0,
            on_host(np.zeros(len(starts), starts.dtype)),
        )
        stream = Stream(words, on_host(np.zeros(len(starts), np.uint32)))
        moments = metric.empty(starts, is_dense=self.is_dense)
        chains = Chain(stream, state, robbins_monro.start(log_step), moments)
        return Carry(chains, scale, self.num_warmup, latest=latest)

    def chunk(self, data: Data, carry: Carry, num_draws: int) -> tuple[Carry, np.ndarray, Stats]:
        """Advance all chains by ``num_draws`` transitions, of warm-up, of sampling or of both.

        Returns:
            The carry; draws [chain, num_draws, dim]; stats, each [chain, num_draws].
        """
        num_chains, size = carry.chains.state.position.shape
        dtype = carry.chains.state.position.dtype
        rows = [np.zeros((num_chains, 0, size + len(Stats._fields)), dtype)]
        left = num_draws
        while left > 0:
            window = _window_at(carry)
            room = left if window is None else window.stop - carry.transition
            now = min(left, room, self.capacity(carry))
            mode = self._mode(carry, window)
            chains, made = spread(
                advance,
                (self.kernel, self.capacity(carry)),
                self.devices,
                (data, carry.chains, carry.scale, mode, on_host(np.int32(now))),
                (False, True, False, False, False),
                is_joint=self.kernel.target.is_hosted,
            )
            rows.append(np.asarray(made)[:, :now])
            carry = carry._replace(chains=chains)
            if self.is_low_rank and window is not None and window.is_learning:
                latest = low_rank_metric.seen(carry.latest, rows[-1][..., :size])
                carry = carry._replace(latest=latest)
            left -= now
            if window is not None and carry.transition == window.stop:
                carry = self._end_window(data, carry, window)
        table = np.concatenate(rows, axis=1)
        stats = Stats(*(on_host(column) for column in np.moveaxis(table[..., size:], -1, 0)))
        return carry, table[..., :size].copy(), stats

    def capacity(self, carry: Carry) -> int:
        """Return how many transitions one call of the compiled program can make."""
        num_chains, size = carry.chains.state.position.shape
        is_many = num_chains >= MANY_CHAINS
        numbers = _MOST_NUMBERS_OF_MANY if is_many else _MOST_NUMBERS
        rows = max(1, min(_MOST_ROWS, numbers // (group_size(num_chains) * size)))
        return rows if rows < BLOCK else rows - rows % BLOCK

    def _mode(self, carry: Carry, window: Window | None) -> Mode:
        return Mode(
            on_host(window is not None),
            on_host(window is not None and window.is_learning),
            on_host(np.asarray(self.target_acceptance, carry.chains.state.position.dtype)),
        )

    def _end_window(self, data: Data, carry: Carry, window: Window) -> Carry:
        chains = carry.chains
        if window.stop == carry.num_warmup:
            average = np.asarray(chains.step.log_average)
            shared = on_host(np.full_like(average, np.median(average)))
            return carry._replace(chains=chains._replace(step=robbins_monro.start(shared)))
        if not window.is_learning:
            return carry
        replaced: tuple[Restart, ...] = ()
        if window.stop > max(EARLY):
            replaced = restarts(chains.moments, carry.transition)
        scale = self._scale(data, carry, {restart.chain for restart in replaced})
        chains = _replace(chains, replaced)
        log_step = search_step_size(
            partial(evaluate, self.kernel, data),
            chains.state,
            scale,
            chains.stream.words,
            carry.transition,
            chains.step.log_average,
        )
        chains = chains._replace(
            step=robbins_monro.start(log_step),
            moments=metric.empty(on_host(chains.state.position), is_dense=self.is_dense),
        )
        latest = carry.latest
        if self.is_low_rank:
            latest = low_rank_metric.none_seen(chains.state.position)
        restarted = (*carry.restarts, *replaced)
        return carry._replace(chains=chains, scale=scale, restarts=restarted, latest=latest)

    def _scale(self, data: Data, carry: Carry, left_out: set[int]) -> Any:
        """The metric by what the chains, but those left out, have seen in a window."""
        pooled = metric.pool(carry.chains.moments, left_out)
        if self.is_dense:
            return dense_metric.estimate_root(pooled, carry.scale)
        if not self.is_low_rank:
            return metric.estimate_scale(pooled, carry.scale)
        scale = metric.estimate_scale(pooled, carry.scale.diagonal)
        draws = np.asarray(carry.latest).swapaxes(0, 1)
        draws = draws[np.all(np.isfinite(draws), axis=(1, 2))]
        states = [evaluate(self.kernel, data, on_host(row)) for row in draws]
        gradients = np.reshape([np.asarray(state.gradient) for state in states], draws.shape)
        kept = [chain for chain in range(draws.shape[1]) if chain not in left_out]
        pooled_draws, pooled_gradients = (
            rows[:, kept].reshape(-1, rows.shape[-1]) for rows in (draws, gradients)
        )
        return low_rank_metric.estimate(pooled_draws, pooled_gradients, scale, self.rank)


@stored("kernel")
def evaluate(kernel: Nuts, data: Data, positions: jax.Array) -> State:
    """Return the states at ``positions`` [chain, dim]."""
    return jax.vmap(lambda position: kernel.init(data, position))(positions)


def is_finite(state: State) -> np.ndarray:
    """Return which chains [chain] have a finite log density, which has not failed, and gradient."""
    is_slope = np.all(np.isfinite(np.asarray(state.gradient)), axis=-1)
    is_value = np.isfinite(np.asarray(state.log_density)) & ~np.asarray(
        has_failed(on_host(state.log_density))
    )
    return np.asarray(is_value & is_slope)


def _replace(chains: Chain, replaced: tuple[Restart, ...]) -> Chain:
    """Return the chains with those replaced standing, and stepping, as their donors do."""
    if not replaced:
        return chains
    source = np.arange(len(chains.state.position))
    for restart in replaced:
        source[restart.chain] = restart.donor
    state, step = jax.tree.map(
        lambda field: on_host(np.asarray(field)[source]), (chains.state, chains.step)
    )
    return chains._replace(state=state, step=step)


def _window_at(carry: Carry) -> Window | None:
    for window in windows(carry.num_warmup):
        if carry.transition < window.stop:
            return window
    return None
