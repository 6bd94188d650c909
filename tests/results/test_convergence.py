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


@pytest.mark.parametrize("length", [4, 5, 7, 50, 499, 500])
@pytest.mark.parametrize("name", THEIRS)
def test_equal_to_arviz(autoregressive, name: str, length: int) -> None:
    draws = autoregressive[:, :length]
    with np.errstate(all="ignore"):
        theirs = [float(THEIRS[name](draws[:, :, i])) for i in range(draws.shape[2])]
    np.testing.assert_allclose(getattr(convergence, name)(draws), theirs, rtol=1e-9)


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
