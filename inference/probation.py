"""Which chains sit where next to none of the mass is, and what takes their place in warm-up.

A start can lead a chain into a small mode, or onto a plateau, that it never leaves. Averaged in, it
spoils the metric, the step size and the answer. The mass around a chain is, by Laplace's estimate
with a diagonal covariance from the draws of a window of warm-up,

    log m = mean(log p) + 1/2 sum_i log var(z_i) + constant.

A chain whose ``log m`` lies more than ``10 + 5 sqrt(dim)`` below that of the best chain is
replaced: it goes on from where a chain that is not so stands, by its own random numbers, and what
it learnt is dropped. Chains that are still on their way are brought home by the same rule. The
second term keeps a narrow mode from winning by its height. The noise of ``log m`` between chains of
one mode is about ``sqrt(dim)`` over the root of the window's effective draws; modes that share the
mass in ratios down to e^-10 keep their chains.

Only learning windows of warm-up do this, from transition 75 on, so it costs nothing later, and
the draws keep their target.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gendsl.inference.metric import Moments

_SMALLEST_GAP = 10.0
_GAP_BY_DIMENSION = 5.0
_SMALLEST_VARIANCE = 1e-30
_LARGEST_GAP = 1e6


class Restart(NamedTuple):
    """A chain that went on, after ``transition``, from where the chain ``donor`` stood.

    ``gap`` is by how much its log mass fell short of the best chain's.
    """

    transition: int
    chain: int
    donor: int
    gap: float


def restarts(moments: Moments, transition: int) -> tuple[Restart, ...]:
    """Return which chains are to be replaced and by which, from fields with a leading chain axis.

    The donors are the other chains in turn, so that several replaced chains do not all stand in
    one place.
    """
    masses = log_masses(moments)
    if not np.isfinite(np.max(masses)):
        return ()
    gaps = np.max(masses) - masses
    is_lost = gaps > _SMALLEST_GAP + _GAP_BY_DIMENSION * np.sqrt(moments.draw_mean.shape[-1])
    donors = np.flatnonzero(~is_lost)
    gaps = np.minimum(gaps, _LARGEST_GAP)
    return tuple(
        Restart(transition, int(chain), int(donors[number % len(donors)]), float(gaps[chain]))
        for number, chain in enumerate(np.flatnonzero(is_lost))
    )


def log_masses(moments: Moments) -> NDArray[np.float64]:
    """Return Laplace's estimate of the log of the mass around each chain [chain]."""
    spread = np.asarray(moments.draw_spread, np.float64)
    if spread.ndim == 3:
        spread = np.diagonal(spread, axis1=1, axis2=2)
    count = np.maximum(np.asarray(moments.num_draws, np.float64), 1.0)
    variance = np.maximum(spread / count[:, None], _SMALLEST_VARIANCE)
    masses = np.asarray(moments.log_density_mean) + 0.5 * np.sum(np.log(variance), axis=1)
    return np.where(np.isfinite(masses), masses, -np.inf)
