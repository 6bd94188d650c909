"""Self-normalised importance sampling from an approximation, with Pareto-smoothed weights.

Draws from ``q`` with weights in proportion to ``p / q`` estimate expectations under ``p``,

    E_p[f] ~ sum_i w_i f(z_i),   log Z ~ log mean(p / q).

k-hat of the weights says whether they can be relied on; smoothing trades a little bias for a much
smaller variance, so neither is exact for any finite number of draws.

Source: Vehtari, Simpson, Gelman, Yao & Gabry (2024), "Pareto smoothed importance sampling".
"""

from typing import NamedTuple

import numpy as np

from gendsl.inference.approximations import sampling
from gendsl.inference.approximations.pareto import largest_good_k, smooth
from gendsl.inference.approximations.purposes import Purpose, words_for
from gendsl.inference.approximations.result import Approximation, Outcome
from gendsl.inference.target import Data, Target


class ImportanceSample(NamedTuple):
    """Weighted draws.

    Attributes:
        position: [draw, dim].
        log_weights: [draw]; their exponentials sum to 1.
        log_evidence: of the target.
        pareto_k: k-hat of the weights.
        status: bits of :class:`gendsl.inference.approximations.result.Outcome`.
        seed: that made the draws, and makes those of :meth:`resample`.
    """

    position: np.ndarray
    log_weights: np.ndarray
    log_evidence: float
    pareto_k: float
    status: Outcome
    seed: int

    @property
    def is_exact(self) -> bool:
        """False: self-normalised weights are biased by one part in the number of draws."""
        return False

    @property
    def effective_size(self) -> float:
        """``1 / sum w^2``, in [1, draws]."""
        return float(np.exp(-np.logaddexp.reduce(2.0 * self.log_weights)))

    def expectation(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the weighted mean of ``values`` [draw, ...] and its Monte Carlo standard error."""
        weights = np.exp(self.log_weights)
        mean = np.tensordot(weights, values, axes=1)
        return mean, np.sqrt(np.tensordot(weights**2, (values - mean) ** 2, axes=1))

    def resample(self, num_draws: int, *, is_replaced: bool = True) -> np.ndarray:
        """Return draws [num_draws, dim] without weights.

        With replacement each is drawn in proportion to the weights. Without it no draw comes twice:
        the largest of ``log w + Gumbel noise`` are taken (Efraimidis & Spirakis 2006), which spares
        repeats where a few weights are large, and for as many as there are draws ignores weights.

        Raises:
            ValueError: if ``num_draws`` is below 1, or above the number of positive weights where
                they are not replaced.
        """
        if num_draws < 1:
            raise ValueError(f"num_draws must be at least 1, got {num_draws}")
        words = words_for(self.seed, Purpose.RESAMPLE)
        if is_replaced:
            shares = np.cumsum(np.exp(self.log_weights))
            points = sampling.uniforms(words, num_draws) * shares[-1]
            return np.asarray(self.position[np.searchsorted(shares, points, side="right")])
        most = int(np.sum(self.log_weights > -np.inf))
        if num_draws > most:
            raise ValueError(f"only {most} draws have a weight, so {num_draws} can't be taken")
        noise = -np.log(-np.log(sampling.uniforms(words, len(self.log_weights))))
        return np.asarray(self.position[np.argsort(-(self.log_weights + noise))[:num_draws]])


def importance(
    target: Target, data: Data, approximation: Approximation, *, seed: int, num_draws: int = 4000
) -> ImportanceSample:
    """Draw from ``approximation`` and weigh the draws by ``target``.

    Raises:
        ValueError: if ``seed`` is negative, ``num_draws`` below 1 or the sizes differ.
    """
    if approximation.guide.size != target.size:
        raise ValueError(
            f"the approximation has {approximation.guide.size} coordinates, "
            f"the target {target.size}"
        )
    words = words_for(seed, Purpose.WEIGH)
    guide, params = approximation.guide, approximation.params
    positions, log_q, log_p = sampling.sample(target, guide, data, params, words, num_draws)
    smoothed = smooth(log_p, log_q)
    status = Outcome.NON_FINITE if np.isnan(log_p).any() else Outcome.OK
    if not smoothed.pareto_k <= largest_good_k(num_draws):
        status |= Outcome.HEAVY_TAILS
    return ImportanceSample(
        positions, smoothed.log_weights, smoothed.log_evidence, smoothed.pareto_k, status, seed
    )
