"""Our vectorised statistics against ArviZ's, quantity by quantity."""

from __future__ import annotations

import time

import numpy as np
import pytest
from arviz_stats.base import array_stats

from gendsl.results import convergence

AXES = {"chain_axis": 0, "draw_axis": 1}
THEIRS = {
    "ess_bulk": lambda x: array_stats.ess(x, method="bulk", **AXES),
    "ess_tail": lambda x: array_stats.ess(x, method="tail", prob=(0.05, 0.95), **AXES),
    "r_hat": lambda x: array_stats.rhat(x, method="rank", **AXES),
    "mcse_mean": lambda x: array_stats.mcse(x, method="mean", **AXES),
}
SUPERCHAINS = {2: [0, 0, 1, 1], 4: [0, 1, 2, 3]}


@pytest.mark.parametrize("length", [4, 5, 7, 50, 499, 500])
@pytest.mark.parametrize("name", THEIRS)
def test_equal_to_arviz(autoregressive, name: str, length: int) -> None:
    draws = autoregressive[:, :length]
    with np.errstate(all="ignore"):
        theirs = [float(THEIRS[name](draws[:, :, i])) for i in range(draws.shape[2])]
    np.testing.assert_allclose(getattr(convergence, name)(draws), theirs, rtol=1e-9)


@pytest.mark.parametrize("length", [4, 5, 50, 499])
@pytest.mark.parametrize("superchains", SUPERCHAINS)
def test_nested_r_hat_is_that_of_arviz(autoregressive, superchains: int, length: int) -> None:
    draws = autoregressive[:, :length]
    ids = np.array(SUPERCHAINS[superchains])
    with np.errstate(all="ignore"):
        theirs = [
            float(array_stats.rhat_nested(draws[:, :, i], ids, method="rank", **AXES))
            for i in range(draws.shape[2])
        ]
    np.testing.assert_allclose(convergence.nested_r_hat(draws, superchains), theirs, rtol=1e-9)


def test_nested_r_hat_sees_superchains_apart() -> None:
    """64 superchains of 8 chains of 6 draws; without a start left in them, sqrt(1 + 1 / 48)."""
    draws = np.random.default_rng(0).standard_normal((512, 6, 1))
    assert convergence.nested_r_hat(draws, 64)[0] < 1.02
    draws[:64] += 3.0
    assert convergence.nested_r_hat(draws, 64)[0] > 1.05


@pytest.mark.parametrize("superchains", [1, 3])
def test_chains_that_make_no_superchains(superchains: int) -> None:
    with pytest.raises(ValueError, match="superchains of one size"):
        convergence.nested_r_hat(np.zeros((4, 10, 1)), superchains)


def test_bfmi_is_that_of_arviz(autoregressive) -> None:
    energy = autoregressive[..., 35]
    theirs = array_stats.bfmi(energy, **AXES)
    np.testing.assert_allclose(convergence.bfmi(energy), theirs, rtol=1e-9)
    still = np.zeros((2, 50))
    assert (
        np.isnan(convergence.bfmi(still)).all() and np.isnan(convergence.bfmi(still[:, :3])).all()
    )


@pytest.mark.parametrize("name", THEIRS)
def test_nothing_is_said_of_constants_and_of_what_is_not_finite(name: str) -> None:
    draws = np.random.default_rng(0).standard_normal((2, 50, 4))
    draws[..., 0] = 3.0
    draws[0, 3, 1] = np.nan
    draws[0, 3, 2] = np.inf
    values = getattr(convergence, name)(draws)
    assert np.isnan(values[:3]).all() and np.isfinite(values[3])
    assert np.isnan(getattr(convergence, name)(draws[:, :3])).all()


def test_thousands_of_quantities_take_seconds() -> None:
    draws = np.random.default_rng(0).standard_normal((4, 500, 2000))
    started = time.process_time()
    for name in THEIRS:
        getattr(convergence, name)(draws)
    assert time.process_time() - started < 10
