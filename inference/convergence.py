"""How far chains agree while they run: the worst effective sample size and R-hat of a few columns.

For progress only. Of each chain the log density and up to seven coordinates are kept, thinned so
that a reading costs milliseconds; so an effective sample size is at most the number of draws kept.
The reports of a finished run are computed from all draws, rank-normalised.

With chains split in halves, of ``n`` draws each,

    W = mean within variance,   V = (n - 1)/n W + between variance of the means,
    R-hat = sqrt(V / W),        ESS = m n / (1 + 2 sum_t rho_t),   rho_t = 1 - (W - mean acov_t) / V

and the sum ends where that of two neighbours is no longer positive, nor growing.

Source: Gelman et al. (2013), "Bayesian Data Analysis", 3rd ed., 11.4-11.5; Geyer (1992),
"Practical Markov chain Monte Carlo".
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_MOST_COORDINATES = 7
_MOST_NUMBERS = 400_000
_FEWEST = 8


class Agreement(NamedTuple):
    """The smallest effective sample size and the largest R-hat of what is watched; NaN before."""

    ess: float
    r_hat: float


class Monitor:
    """Watches the draws of chains as they are made."""

    def __init__(self, num_chains: int, size: int) -> None:
        """Watch ``num_chains`` chains of ``size`` coordinates."""
        self._places = np.unique(np.linspace(0, size - 1, min(size, _MOST_COORDINATES)).astype(int))
        self._kept: list[NDArray[Any]] = []
        self._stride = 1
        self._seen = 0
        self._room = max(2 * _FEWEST, _MOST_NUMBERS // (num_chains * (len(self._places) + 1)))

    def add(self, draws: NDArray[Any], log_density: NDArray[Any]) -> None:
        """Take note of draws [chain, draw, dim] and their log densities [chain, draw]."""
        columns = np.concatenate([draws[..., self._places], log_density[..., None]], axis=-1)
        self._kept.append(columns[:, -self._seen % self._stride :: self._stride])
        self._seen += columns.shape[1]
        if sum(piece.shape[1] for piece in self._kept) > self._room:
            whole = np.concatenate(self._kept, axis=1)
            while whole.shape[1] > self._room:
                whole = whole[:, ::2]
                self._stride *= 2
            self._kept = [whole.copy()]

    def read(self) -> Agreement:
        """Return the worst of all columns."""
        if sum(piece.shape[1] for piece in self._kept) < _FEWEST:
            return Agreement(np.nan, np.nan)
        whole = np.concatenate(self._kept, axis=1)
        columns = [agreement(whole[..., i]) for i in range(whole.shape[-1])]
        if any(np.isnan(column.r_hat) for column in columns):
            return Agreement(np.nan, np.nan)
        return Agreement(min(c.ess for c in columns), max(c.r_hat for c in columns))


def agreement(values: NDArray[Any]) -> Agreement:
    """Return split R-hat and the effective sample size of values [chain, draw]; NaN if constant."""
    half = values.shape[1] // 2
    halves = np.concatenate([values[:, :half], values[:, -half:]]).astype(float)
    if half < 4 or not np.all(np.isfinite(halves)):
        return Agreement(np.nan, np.nan)
    centred = halves - halves.mean(axis=1, keepdims=True)
    transformed = np.fft.rfft(centred, n=2 * half, axis=1)
    covariances = np.fft.irfft(np.abs(transformed) ** 2, axis=1)[:, :half].mean(axis=0) / half
    within = covariances[0] * half / (half - 1)
    if not within > 0:
        return Agreement(np.nan, np.nan)
    total = covariances[0] + halves.mean(axis=1).var(ddof=1)
    correlations = 1.0 - (within - covariances * half / (half - 1)) / total
    pairs = correlations[: half - half % 2].reshape(-1, 2).sum(axis=1)
    is_over = pairs <= 0
    stop = int(np.argmax(is_over)) if is_over.any() else len(pairs)
    spent = 2.0 * np.minimum.accumulate(pairs[:stop]).sum() - 1.0
    count = halves.size
    ess = count / max(spent, 1.0 / np.log10(count)) if stop else float(count)
    return Agreement(float(ess), float(np.sqrt(total / within)))
