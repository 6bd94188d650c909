"""How a flow learns from chains: one flow of all of them, in warm-up only.

Each chain keeps its latest draws. Between windows of warm-up, on the host, the flow is fitted to
the draws of all chains by maximum likelihood, anew each time, once there are twice as many as
before, and after the last window. The latest fifth of each chain's draws is held out, to stop the
fit and for the gate: only a flow that passes is proposed from. Both stand still afterwards (law
K4), and are part of the carry, so that runs are the same bit for bit however they are cut (law R1).

Source: Gabrié, Rotskoff & Vanden-Eijnden (2022), "Adaptive Monte Carlo augmented with normalizing
flows".
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference.approximations.purposes import Purpose, words_for
from gendsl.inference.arrays import on_host
from gendsl.inference.flows.flow import Theta
from gendsl.inference.flows.gate import Gate, judge
from gendsl.inference.flows.likelihood import MaximumLikelihood, first_theta

_FEWEST = 40
"""Draws of a chain, below which no flow is fitted."""
_HELD_OUT = 5


class FlowParams(NamedTuple):
    """Of the kernel: the flow's ``theta``, and whether to propose from it (a boolean)."""

    theta: Theta
    is_open: jax.Array


class Latest(NamedTuple):
    """A chain's latest draws.

    Attributes:
        rows: [capacity, dim]; draw ``i`` is in row ``i % capacity``.
        heights: the log density at each [capacity].
        num_seen: draws seen; scalar.
    """

    rows: jax.Array
    heights: jax.Array
    num_seen: jax.Array


class Trained(NamedTuple):
    """What the chains share.

    Attributes:
        theta: of the flow.
        is_open: whether it passed the gate.
        effective_share: of :class:`gendsl.inference.flows.gate.Gate`; NaN before the first fit.
        coverage: of the same.
        num_seen: draws of a chain when it was last fitted; 0 before.
    """

    theta: Theta
    is_open: jax.Array
    effective_share: jax.Array
    coverage: jax.Array
    num_seen: jax.Array


@dataclass(frozen=True, slots=True)
class FromChains:
    """The adaptation that fits a flow to the chains' draws by ``learner``.

    Attributes:
        capacity: draws that a chain keeps.
        least_share: the effective share below which the gate stays shut.
        least_coverage: the same of the coverage.

    Raises:
        ValueError: if ``capacity`` is below 40 or a share is not in [0, 1].
    """

    learner: MaximumLikelihood
    capacity: int = 400
    least_share: float = 0.05
    least_coverage: float = 0.5

    def __post_init__(self) -> None:
        if self.capacity < _FEWEST:
            raise ValueError(f"a flow learns from {_FEWEST} draws of a chain or more")
        if not (0.0 <= self.least_share <= 1.0 and 0.0 <= self.least_coverage <= 1.0):
            raise ValueError("the least shares of the gate lie between 0 and 1")

    @property
    def looks_across(self) -> bool:
        """See :class:`gendsl.inference.adaptation.Adaptation`."""
        return False

    def init(self, dtype: Any) -> tuple[Latest, Trained]:
        """See :class:`gendsl.inference.adaptation.Adaptation`."""
        size = self.learner.flow.size
        unit = np.concatenate([np.eye(size), -np.eye(size)]).astype(dtype)
        theta = first_theta(self.learner.flow, 0, unit, np.ones(len(unit), unit.dtype))
        nothing, unknown = np.zeros((), np.int32), np.full((), np.nan, dtype)
        return (
            Latest(
                on_host(np.zeros((self.capacity, size), dtype)),
                on_host(np.zeros(self.capacity, dtype)),
                on_host(nothing),
            ),
            Trained(
                jax.tree.map(np.asarray, theta),
                on_host(np.zeros((), bool)),
                on_host(unknown),
                on_host(unknown),
                on_host(nothing),
            ),
        )

    def params(self, learnt: Latest, shared: Trained) -> FlowParams:
        """See :class:`gendsl.inference.adaptation.Adaptation`."""
        return FlowParams(shared.theta, shared.is_open)

    def update(self, learnt: Latest, info: Any, state: Any, is_learning: jax.Array) -> Latest:
        """See :class:`gendsl.inference.adaptation.Adaptation`."""
        row = learnt.num_seen % self.capacity
        return Latest(
            learnt.rows.at[row].set(state.position),
            learnt.heights.at[row].set(state.log_density),
            learnt.num_seen + jnp.int32(1),
        )

    def pool(self, learnt: Latest, shared: Trained, *, is_last: bool) -> tuple[Latest, Trained]:
        """See :class:`gendsl.inference.adaptation.Adaptation`."""
        seen = int(np.asarray(learnt.num_seen)[0])
        if seen < _FEWEST or not (is_last or seen >= 2 * int(shared.num_seen)):
            return learnt, shared
        order = np.arange(max(0, seen - self.capacity), seen) % self.capacity
        rows, heights = np.asarray(learnt.rows)[:, order], np.asarray(learnt.heights)[:, order]
        return learnt, self._trained(rows, heights, shared, seen)

    def _trained(
        self, rows: np.ndarray, heights: np.ndarray, shared: Trained, seen: int
    ) -> Trained:
        num_chains, count, size = rows.shape
        held_out = max(1, self.capacity // _HELD_OUT)
        # Arrays of one shape, so that all windows share their programs: rows not yet there have
        # no share, and few held-out draws are judged more than once.
        filled = np.zeros((num_chains, self.capacity, size), rows.dtype)
        filled[:, :count] = rows
        last = count - max(1, count // _HELD_OUT)
        numbers = np.broadcast_to(np.arange(self.capacity), (num_chains, self.capacity))
        try:
            theta = self.learner.fit(
                filled.reshape(-1, size),
                seed=seen,
                shares=(numbers < count).ravel().astype(rows.dtype),
                is_held_out=(numbers >= last).ravel(),
            ).theta
        except (ValueError, np.linalg.LinAlgError):  # too few draws, or they do not spread
            return shared._replace(is_open=on_host(np.zeros((), bool)))
        places = last + np.arange(held_out) % (count - last)
        words = words_for(seen, Purpose.CHECK)
        gate = judge(self.learner.flow, theta, rows[:, places], heights[:, places], words)
        return Trained(
            theta,
            on_host(np.asarray(self.passes(gate))),
            on_host(np.asarray(gate.effective_share, rows.dtype)),
            on_host(np.asarray(gate.coverage, rows.dtype)),
            on_host(np.int32(seen)),
        )

    def passes(self, gate: Gate) -> bool:
        """Return whether the flow may be proposed from."""
        is_worth_it = gate.effective_share >= self.least_share
        return bool(is_worth_it and gate.coverage >= self.least_coverage)
