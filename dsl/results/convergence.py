"""Effective sample size, R-hat and Monte Carlo error, for many quantities at once; E-BFMI.

Arrays are [chain, draw, quantity]; every function returns one number per quantity, not a number
(`nan`) where the quantity is constant or has values that are not finite. The definitions are those
of ArviZ, against which the tests hold them; ArviZ loops over quantities, which takes minutes where
this takes seconds.

Source: Vehtari, Gelman, Simpson, Carpenter & Bürkner (2021), "Rank-normalization, folding, and
localization: an improved R-hat for assessing convergence of MCMC", eqs. 1-15; Margossian, Hoffman,
Sountsov, Riou-Durand, Vehtari & Gelman (2024), "Nested R-hat: assessing the convergence of Markov
chain Monte Carlo when running many short chains", eqs. 4-8; Betancourt (2016), "Diagnosing
suboptimal cotangent disintegrations in Hamiltonian Monte Carlo", eq. 3.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gendsl.results.normal_quantiles import normal_quantiles

Draws = NDArray[np.float64]
Values = NDArray[np.float64]

FEWEST_DRAWS = 4
_BLOCK_ELEMENTS = 1_000_000
_RESOLUTION = float(np.finfo(np.float64).resolution)


def r_hat(draws: Draws) -> Values:
    """Return the rank-normalised split R-hat: the larger of that of the bulk and of the tails."""
    return _in_blocks(_r_hat, draws)


def nested_r_hat(draws: Draws, superchains: int) -> Values:
    """Return the rank-normalised split nested R-hat, of the bulk or of the tails.

    sqrt(1 + B / W): B is the variance of the superchains' means, W the mean over superchains of the
    variance within their chains plus that of these chains' means. A superchain is `chains /
    superchains` chains one after the other, which began at one point: their means then differ by
    Monte Carlo error alone, and B by what is left of the start besides.

    Raises:
        ValueError: if the chains do not make `superchains` groups of the same size, at least two.
    """
    chains = draws.shape[0]
    if superchains < 2 or chains % superchains:
        raise ValueError(
            f"chains must be several superchains of one size, got {chains} and {superchains}"
        )

    def largest(block: Draws) -> Values:
        bulk, tails = _scores_of_bulk_and_tails(block)
        return np.fmax(_plain_nested(bulk, superchains), _plain_nested(tails, superchains))

    return _in_blocks(largest, draws)


def bfmi(energy: Values) -> Values:
    """Return E-BFMI [chain], the estimated Bayesian fraction of missing information.

    E (E_t - E_(t-1))^2 / var(E) of energies [chain, draw]; low where momenta can't move the energy
    as far as it varies. It is not a number for a chain whose energy never varies.
    """
    values = np.asarray(energy, np.float64)
    if values.shape[1] < FEWEST_DRAWS:
        return np.full(len(values), np.nan)
    spread = values.var(axis=1, ddof=1)
    moves = np.square(np.diff(values, axis=1)).mean(axis=1)
    nothing = np.full_like(spread, np.nan)
    return np.asarray(np.divide(moves, spread, out=nothing, where=spread > 0))


def ess_bulk(draws: Draws) -> Values:
    """Return the effective sample size of the rank-normalised draws."""
    return _in_blocks(lambda block: _ess(_normal_scores(_split(block))), draws)


def ess_tail(draws: Draws) -> Values:
    """Return the smaller effective sample size of the 5% and the 95% quantile."""
    return _in_blocks(_ess_tail, draws)


def mcse_mean(draws: Draws) -> Values:
    """Return the Monte Carlo standard error of the mean."""

    def error(block: Draws) -> Values:
        return _spread(block) / np.sqrt(_ess(_split(block)))

    return _in_blocks(error, draws)


def is_constant(draws: Draws) -> NDArray[np.bool_]:
    """Return which quantities never vary."""
    low, high = draws.min(axis=(0, 1)), draws.max(axis=(0, 1))
    with np.errstate(invalid="ignore"):
        return np.asarray(high - low < _RESOLUTION * np.maximum(1.0, np.abs(high)))


def _in_blocks(statistic: Callable[[Draws], Values], draws: Draws) -> Values:
    """Apply `statistic` to blocks [quantity, chain, draw], each contiguous along its draws."""
    chains, length, quantities = draws.shape
    result = np.full(quantities, np.nan)
    if length < FEWEST_DRAWS:
        return result
    usable = np.flatnonzero(np.isfinite(draws).all(axis=(0, 1)) & ~is_constant(draws))
    width = max(1, _BLOCK_ELEMENTS // (chains * length))
    for start in range(0, len(usable), width):
        which = usable[start : start + width]
        block = np.ascontiguousarray(np.moveaxis(draws[:, :, which], -1, 0))
        with np.errstate(divide="ignore", invalid="ignore"):
            result[which] = statistic(block)
    return result


def _flat(draws: Draws) -> Draws:
    return draws.reshape(len(draws), -1)


def _spread(draws: Draws) -> Values:
    return np.asarray(_flat(draws).std(axis=1, ddof=1))


def _split(draws: Draws) -> Draws:
    """Cut each chain in two halves of equal length; an odd one loses its middle draw."""
    half = draws.shape[2] // 2
    return np.concatenate([draws[:, :, :half], draws[:, :, -half:]], axis=1)


def _normal_scores(draws: Draws) -> Draws:
    """Replace each value by the normal quantile of its fractional rank among all draws (eq. 14)."""
    count = draws[0].size
    quantile_of = normal_quantiles((np.arange(1, 2 * count + 1) / 2 - 0.375) / (count + 0.25))
    return np.asarray(quantile_of[_doubled_ranks(_flat(draws)) - 1]).reshape(draws.shape)


def _doubled_ranks(values: Draws) -> NDArray[np.int64]:
    """Rank each row from 1, ties by their mean rank, and double it, so that it is whole."""
    count = values.shape[1]
    order = np.argsort(values, axis=1)
    ascending = np.take_along_axis(values, order, axis=1)
    position = np.arange(count)
    is_new = np.ones(values.shape, bool)
    is_new[:, 1:] = ascending[:, 1:] != ascending[:, :-1]
    ranks = np.empty(values.shape, np.int64)
    if is_new.all():
        np.put_along_axis(ranks, order, 2 * np.broadcast_to(position, values.shape) + 2, axis=1)
        return ranks
    is_last = np.ones(values.shape, bool)
    is_last[:, :-1] = is_new[:, 1:]
    first = np.maximum.accumulate(np.where(is_new, position, 0), axis=1)
    last = np.minimum.accumulate(np.where(is_last, position, count)[:, ::-1], axis=1)[:, ::-1]
    np.put_along_axis(ranks, order, first + last + 2, axis=1)
    return ranks


def _r_hat(draws: Draws) -> Values:
    bulk, tails = _scores_of_bulk_and_tails(draws)
    return np.fmax(_plain_r_hat(bulk), _plain_r_hat(tails))


def _scores_of_bulk_and_tails(draws: Draws) -> tuple[Draws, Draws]:
    """Return the normal scores of half chains, and those of their distances from the median."""
    halves = _split(draws)
    middle = np.median(_flat(halves), axis=1)[:, None, None]
    return _normal_scores(halves), _normal_scores(np.abs(halves - middle))


def _plain_nested(draws: Draws, superchains: int) -> Values:
    """Return sqrt(1 + B / W); both halves of a chain, stacked first and second, are chains."""
    quantities, _, length = draws.shape
    # [quantity, half, superchain, chain in it, draw]
    grouped = draws.reshape(quantities, 2, superchains, -1, length).swapaxes(1, 2)
    means = grouped.mean(axis=-1).reshape(quantities, superchains, -1)
    variances = grouped.var(axis=-1, ddof=1).reshape(quantities, superchains, -1)
    within = (variances.mean(axis=2) + means.var(axis=2, ddof=1)).mean(axis=1)
    between = means.mean(axis=2).var(axis=1, ddof=1)
    return np.asarray(np.sqrt(1.0 + between / within))


def _plain_r_hat(draws: Draws) -> Values:
    length = draws.shape[2]
    between = length * draws.mean(axis=2).var(axis=1, ddof=1)
    within = draws.var(axis=2, ddof=1).mean(axis=1)
    return np.asarray(np.sqrt((between / within + length - 1) / length))


def _ess_tail(draws: Draws) -> Values:
    limits = np.quantile(_flat(draws), [0.05, 0.95], axis=1)
    return np.minimum(
        *(_ess(_split((draws <= limit[:, None, None]).astype(float))) for limit in limits)
    )


def _mean_autocovariance(draws: Draws) -> Draws:
    """Return the autocovariance [quantity, lag], averaged over chains."""
    length = draws.shape[2]
    padded = 1 << (2 * length - 1).bit_length()
    transform = np.fft.rfft(draws - draws.mean(axis=2, keepdims=True), n=padded, axis=2)
    power = (transform.real**2 + transform.imag**2).mean(axis=1)
    return np.asarray(np.fft.irfft(power, n=padded, axis=1)[:, :length] / length)


def _ess(draws: Draws) -> Values:
    """Return the effective sample size by Geyer's initial monotone sequence (eqs. 10-11)."""
    _, chains, length = draws.shape
    total = chains * length
    covariance = _mean_autocovariance(draws)
    within = covariance[:, 0] * length / (length - 1.0)
    variance = covariance[:, 0]
    if chains > 1:
        variance = variance + draws.mean(axis=2).var(axis=1, ddof=1)
    correlation = 1.0 - (within[:, None] - covariance) / variance[:, None]
    correlation[:, 0] = 1.0

    pairs = max(0, (length - 3) // 2) + 1
    even, odd = correlation[:, 0 : 2 * pairs : 2], correlation[:, 1 : 2 * pairs : 2]
    together = even + odd
    is_over = together <= 0.0
    is_over[:, -1] = True
    last = np.argmax(is_over, axis=1)[:, None]
    monotone = np.minimum.accumulate(together, axis=1)
    doubled = np.where(np.arange(pairs) < last, monotone, 0.0).sum(axis=1)
    final, its_pair = (np.take_along_axis(x, last, axis=1)[:, 0] for x in (even, together))
    tail = np.where((final > 0.0) | (its_pair >= 0.0), final, 0.0)
    time = np.maximum(-1.0 + 2.0 * doubled + tail, 1.0 / np.log10(total))
    span = np.ptp(_flat(draws), axis=1)
    return np.where(span < _RESOLUTION, float(total), total / time)
