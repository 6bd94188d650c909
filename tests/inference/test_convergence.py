"""What progress says of the chains: against ArviZ, and thinned against whole."""

import numpy as np
import pytest
from arviz_stats.base import array_stats

from gendsl.inference.convergence import Monitor, agreement


def autoregression(persistence: float, length: int = 1000, chains: int = 4) -> np.ndarray:
    noise = np.random.default_rng(2).standard_normal((chains, length))
    values = np.zeros((chains, length))
    for t in range(1, length):
        values[:, t] = persistence * values[:, t - 1] + noise[:, t]
    return values


@pytest.mark.parametrize("persistence", [-0.4, 0.0, 0.6, 0.95])
def test_it_agrees_with_arviz(persistence: float) -> None:
    values = autoregression(persistence)
    found = agreement(values)
    assert found.r_hat == pytest.approx(array_stats.rhat(values, method="split"), rel=1e-6)
    assert found.ess == pytest.approx(array_stats.ess(values, method="mean"), rel=0.05)


def test_chains_in_two_places_are_seen() -> None:
    apart = autoregression(0.5) + np.array([0, 0, 0, 5])[:, None]
    assert agreement(apart).r_hat > 1.5 and agreement(apart).ess < 20


@pytest.mark.parametrize("lengths", [[1] * 3000, [3000], [7] * 428 + [4]])
def test_thinning_keeps_every_so_many_draws_whatever_the_chunks(lengths: list[int]) -> None:
    draws = np.arange(3000.0)[None, :, None] + np.zeros((2, 1, 3))
    monitor = Monitor(2, 3)
    monitor._room = 100
    start = 0
    for length in lengths:
        piece = draws[:, start : start + length]
        monitor.add(piece, piece[..., 0])
        start += length
    kept = np.concatenate(monitor._kept, axis=1)[0, :, 0]
    assert 40 < len(kept) <= 100
    np.testing.assert_array_equal(kept, np.arange(0, 3000, monitor._stride))


def test_nothing_is_said_too_early_or_of_what_stands_still() -> None:
    monitor = Monitor(2, 1)
    monitor.add(np.zeros((2, 5, 1)), np.zeros((2, 5)))
    assert np.isnan(monitor.read().ess)
    monitor.add(np.zeros((2, 50, 1)), np.zeros((2, 50)))
    assert np.isnan(monitor.read().r_hat)
