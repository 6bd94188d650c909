"""What an approximation brings home: a density, and how far it can be trusted (law A1)."""

from enum import IntFlag
from typing import Any, NamedTuple

import jax
import numpy as np

from gendsl.inference.approximations import sampling
from gendsl.inference.approximations.guide import Guide
from gendsl.inference.approximations.pareto import largest_good_k, smooth
from gendsl.inference.approximations.purposes import Purpose, words_for
from gendsl.inference.target import Data, Target

_ERRORS = 4.0


class Outcome(IntFlag):
    """What is wrong with an approximation; the bits add up.

    ``NOT_CONVERGED``: the optimiser stopped before it was done. ``HEAVY_TAILS``: k-hat is above
    what the number of draws can bear, so the density is far from the target. ``NOT_A_MAXIMUM``: the
    curvature at the mode is not positive in every direction. ``NON_FINITE``: the target's density
    could not be computed at some draws. ``INTERRUPTED``: the fit was stopped on the way.
    ``SEVERAL_MODES``: other modes were found, at which the density has no mass.
    """

    OK = 0
    NOT_CONVERGED = 1
    HEAVY_TAILS = 2
    NOT_A_MAXIMUM = 4
    NON_FINITE = 8
    INTERRUPTED = 16
    SEVERAL_MODES = 32


class NothingFoundError(ValueError):
    """A method came to no density at all, as where the target's is finite at a start alone."""


class Approximation(NamedTuple):
    """A density in place of the target; never exact.

    Attributes:
        guide: the family, and ``params`` the member.
        params: a pytree.
        elbo: ``E_q[log p - log q]``, a lower bound of the log evidence, from fresh draws.
        elbo_mcse: its Monte Carlo standard error.
        log_evidence: of the target, by importance sampling from the same draws.
        pareto_k: k-hat of the weights ``p / q`` of these draws.
        status: bits of :class:`Outcome`.
        num_evaluations: of the target's log density, with or without gradient.
        trace: the objective on the way, in a shape of the algorithm's own.
        details: what only this algorithm knows.
        shift: how far the mean of draws lies from that of weighted ones, beyond four standard
            errors, in standard deviations, in the coordinate where it is furthest. k-hat is about
            the weights: it tells what the approximation lacks, not what it has too much of.
    """

    guide: Guide
    params: Any
    elbo: float
    elbo_mcse: float
    log_evidence: float
    pareto_k: float
    status: Outcome
    num_evaluations: int
    trace: np.ndarray
    details: Any = None
    shift: float = np.nan

    @property
    def is_exact(self) -> bool:
        """False: only draws corrected for the difference have the target's distribution."""
        return False

    def __repr__(self) -> str:
        size = self.guide.size
        shape = "weights all equal" if self.pareto_k == -np.inf else f"k-hat {self.pareto_k:.2f}"
        return (
            f"Approximation({type(self.guide).__name__} of {size} coordinate{'s' * (size != 1)},"
            f" elbo {self.elbo:.3f}, {shape}, status {self.status!r})"
        )

    def draw(self, seed: int, num_draws: int) -> np.ndarray:
        """Return draws [num_draws, dim] from the approximation.

        Raises:
            ValueError: if ``seed`` is negative or ``num_draws`` below 1.
        """
        return sampling.draw(self.guide, self.params, words_for(seed, Purpose.DRAW), num_draws)

    def log_density(self, position: jax.Array) -> jax.Array:
        """Return ``log q`` (scalar) at ``position`` [dim]."""
        return self.guide.log_density(self.params, position)


def judged(
    target: Target,
    guide: Guide,
    data: Data,
    params: Any,
    seed: int,
    *,
    num_draws: int,
    status: Outcome,
    num_evaluations: int,
    trace: np.ndarray,
    details: Any = None,
) -> Approximation:
    """Return the approximation, judged by ``num_draws`` fresh draws from it."""
    words = words_for(seed, Purpose.CHECK)
    positions, log_q, log_p = sampling.sample(target, guide, data, params, words, num_draws)
    with np.errstate(invalid="ignore"):
        log_ratio = log_p - log_q
        elbo = float(np.mean(log_ratio))
        mcse = float(np.std(log_ratio, ddof=1) / np.sqrt(num_draws)) if num_draws > 1 else np.inf
    smoothed = smooth(log_p, log_q)
    # No weight for a place without density is right; for one that could not be computed it isn't.
    if np.isnan(log_p).any() or not np.isfinite(positions).all():
        status |= Outcome.NON_FINITE
    if not smoothed.pareto_k <= largest_good_k(num_draws):
        status |= Outcome.HEAVY_TAILS
    return Approximation(
        guide,
        params,
        elbo,
        mcse,
        smoothed.log_evidence,
        smoothed.pareto_k,
        status,
        num_evaluations + num_draws,
        trace,
        details,
        shift(positions, smoothed.log_weights),
    )


def shift(positions: np.ndarray, log_weights: np.ndarray) -> float:
    """Return the largest shift between draws [draw, dim] with and without their weights."""
    if not np.isfinite(positions).all():
        return float("nan")
    weights = np.exp(log_weights)
    apart = positions - weights @ positions
    squares = apart**2
    spread = np.sqrt(weights @ squares)
    error = np.sqrt(weights**2 @ squares + np.mean(squares, axis=0) / len(positions))
    beyond = np.maximum(np.abs(np.mean(apart, axis=0)) - _ERRORS * error, 0.0)
    return float(np.max(beyond / np.where(spread > 0, spread, 1.0), initial=0.0))
