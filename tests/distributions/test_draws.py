"""Every row's draws and moments, against the law they should follow."""

from __future__ import annotations

import functools

import jax
import numpy as np
import pytest
from distribution_cases.all_cases import CASES
from distribution_cases.case import Case
from distribution_cases.judging import agrees, follows

each_index = pytest.mark.parametrize("index", range(len(CASES)), ids=lambda i: CASES[i].label)
DRAWS = 20_000
pytestmark = pytest.mark.statistical


@functools.cache
def draws_of(index: int) -> np.ndarray:
    case = CASES[index]
    return np.asarray(jax.jit(lambda key: case.build().sample(key, (DRAWS,)))(jax.random.key(20)))


@pytest.mark.sweep(4)
@each_index
def test_draws_follow_the_law(index: int) -> None:
    case = CASES[index]
    draws = draws_of(index)
    assert follows(case.statistic(draws), case.marginal(case.arguments), case.row.is_discrete)
    assert np.all(np.isfinite(case.build().log_prob(draws[:10])))


@pytest.mark.sweep(2)
@each_index
def test_a_broken_twin_is_caught(index: int) -> None:
    case = CASES[index]
    draws = case.statistic(draws_of(index)).astype(float)
    if case.row.is_discrete:
        is_wrong = np.random.default_rng(0).random(draws.shape) < 0.1
        broken = np.where(is_wrong, draws.max(), draws)
    else:
        low, high = np.quantile(draws, [0.25, 0.75])
        broken = draws + 0.1 * (high - low)
    assert not follows(broken, case.marginal(case.arguments), case.row.is_discrete)


@pytest.mark.parametrize(
    "case", [c for c in CASES if c.mean is not None], ids=lambda case: case.label
)
def test_moments_equal_the_closed_form(case: Case) -> None:
    built = case.build()
    for ours, reference in (
        (lambda: built.mean, case.mean),
        (lambda: built.variance, case.variance),
    ):
        try:
            value = ours()
        except NotImplementedError:
            continue
        if case.family == "VonMises":  # NumPyro has the circular variance there
            continue
        if reference is not None and np.all(np.isfinite(reference)):
            assert agrees(np.asarray(value), np.asarray(reference), 1e-7)


@pytest.mark.sweep(2)
@each_index
def test_moments_have_the_shape_of_a_draw(index: int) -> None:
    built = CASES[index].build()
    if CASES[index].mean is not None:
        assert np.shape(built.mean) == built.batch_shape + built.event_shape
