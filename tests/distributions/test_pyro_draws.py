"""Draws of every row in torch, against the law they should follow, and their moments."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyro
import pytest
import torch
from distribution_cases.all_cases import CASES
from distribution_cases.judging import agrees, follows
from distribution_cases.pairs import as_pair
from numpy.typing import NDArray

each_index = pytest.mark.parametrize("index", range(len(CASES)), ids=lambda i: CASES[i].label)
DRAWS = 20_000
pytestmark = pytest.mark.statistical


@pytest.fixture(autouse=True)
def _doubles_in_torch() -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    with pyro.validation_enabled(True):
        yield
    torch.set_default_dtype(before)


def build(index: int) -> Any:
    case = CASES[index]
    size = case.values().shape[-1] if case.row.event_rank else 0
    return as_pair(case).pyro(size)


@functools.cache
def draws_of(index: int) -> NDArray[Any]:
    torch.manual_seed(20)
    return np.asarray(build(index).sample(torch.Size((DRAWS,))))


@each_index
def test_draws_follow_the_law(index: int) -> None:
    case = CASES[index]
    draws, built = draws_of(index), build(index)
    assert follows(case.statistic(draws), case.marginal(case.arguments), case.row.is_discrete)
    assert bool(torch.isfinite(built.log_prob(torch.tensor(draws[:10]))).all())


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


@each_index
def test_moments_equal_the_closed_form(index: int) -> None:
    case, built = CASES[index], build(index)
    if case.mean is None or case.family == "VonMises":  # a mean direction, a circular variance
        return
    if np.all(np.isfinite(case.mean)):
        assert agrees(np.asarray(built.mean), np.asarray(case.mean), 1e-7)
    try:
        variance = built.variance
    except NotImplementedError:
        return
    if case.variance is not None and np.all(np.isfinite(case.variance)):
        assert agrees(np.asarray(variance), np.asarray(case.variance), 1e-7)


@each_index
def test_a_batch_that_is_widened_draws_and_scores_alike(index: int) -> None:
    built = build(index)
    wide = built.expand((4,))
    torch.manual_seed(3)
    draws = wide.sample(torch.Size((5,)))
    assert tuple(draws.shape) == (5, 4, *built.event_shape)
    with pyro.validation_enabled(False):
        each = torch.stack([built.log_prob(draws[:, i]) for i in range(4)], -1)
        assert agrees(wide.log_prob(draws), each, 1e-12)
