"""What ranks say of posteriors that are known: the right one, and some with one thing wrong.

theta ~ N(0, 1), y ~ N(theta, 0.7): theta | y ~ N(y / (1 + 0.49), 0.49 / 1.49), in two dimensions,
and its exponential. The family of tests has a false-alarm rate of 0.001.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from gendsl.results.calibration import (
    JOINT,
    checks_of,
    coverage_of,
    joint_rank,
    prior_shares,
    rank,
)  # fmt: skip

DRAWS, SIMULATIONS, RATE = 49, 300, 0.001
NOISE = 0.7
VARIANCE = NOISE**2 / (1 + NOISE**2)

Sampler = Callable[[np.random.Generator, np.ndarray], np.ndarray]


def exact(rng: np.random.Generator, y: np.ndarray, width: float = 1.0, shift: float = 0.0):
    mean, sd = y / (1 + NOISE**2), np.sqrt(VARIANCE)
    return mean + shift * sd + width * sd * rng.standard_normal((DRAWS, len(y)))


def too_narrow(rng: np.random.Generator, y: np.ndarray) -> np.ndarray:
    return exact(rng, y, width=0.8)


def biased(rng: np.random.Generator, y: np.ndarray) -> np.ndarray:
    return exact(rng, y, shift=0.4)


def without_jacobian(rng: np.random.Generator, y: np.ndarray) -> np.ndarray:
    """As of exp(theta) whose log's Jacobian was left out: a density times exp(-theta)."""
    return exact(rng, y) - VARIANCE


def of_the_prior(rng: np.random.Generator, y: np.ndarray) -> np.ndarray:
    return rng.standard_normal((DRAWS, len(y)))


def correlated(rng: np.random.Generator, y: np.ndarray) -> np.ndarray:
    """The right margins, with a correlation that is not the posterior's."""
    draws = exact(rng, y)
    mean = y / (1 + NOISE**2)
    draws[:, 1] = mean[1] + draws[:, 0] - mean[0]
    return draws


def ranks_of(sampler: Sampler, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    prior = rng.standard_normal((500, 2))
    found: dict[str, list[int]] = {"theta": [], "log likelihood": [], JOINT: []}
    for _ in range(SIMULATIONS):
        theta = rng.standard_normal(2)
        y = theta + NOISE * rng.standard_normal(2)
        draws = sampler(rng, y)
        found["theta"].append(int(rank(theta[0], draws[:, 0], rng)[0]))
        score = -np.square(y - draws).sum(axis=1)
        found["log likelihood"].append(int(rank(-np.square(y - theta).sum(), score, rng)[0]))
        found[JOINT].append(joint_rank(theta, draws, prior, rng))
    return {name: np.array(ranks) for name, ranks in found.items()}


def rejected(sampler: Sampler, seed: int = 0) -> dict[str, str]:
    checks = checks_of(ranks_of(sampler, seed), DRAWS)
    return {check.name: check.direction for check in checks if check.adjusted <= RATE}


@pytest.mark.statistical
def test_the_posterior_itself_passes() -> None:
    assert rejected(exact) == {}


@pytest.mark.statistical
@pytest.mark.parametrize(
    ("sampler", "direction"),
    [
        (too_narrow, "draws too narrow"),
        (biased, "draws too high"),
        (without_jacobian, "draws too low"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_wrong_posteriors_are_rejected(sampler: Sampler, direction: str) -> None:
    assert rejected(sampler)["theta"] == direction


@pytest.mark.statistical
def test_the_prior_is_told_from_the_posterior_by_the_likelihood_alone() -> None:
    """Ranks of parameters are uniform among draws of the prior."""
    found = rejected(of_the_prior)
    assert "theta" not in found and "log likelihood" in found


@pytest.mark.statistical
def test_a_wrong_correlation_is_seen_by_what_looks_at_all_parameters() -> None:
    found = rejected(correlated)
    assert "theta" not in found and {JOINT, "log likelihood"} & found.keys()


def test_ties_are_broken_at_random_and_rounding_is_no_difference() -> None:
    rng = np.random.default_rng(0)
    draws = np.array([[1.0, 5.0, 0.3], [1.0 + 1e-13, 6.0, 0.3], [2.0, 7.0, 0.3]])
    found = [rank([1.0, 6.5, 0.3], draws, rng) for _ in range(60)]
    ranks = np.array([ranks for ranks, _ in found])
    assert set(ranks[:, 0]) == {0, 1, 2} and set(ranks[:, 1]) == {2}
    assert set(ranks[:, 2]) == {0, 1, 2, 3}
    assert found[0][1].tolist() == [False, False, True]


def test_single_precision_ties_by_its_own_rounding() -> None:
    rng = np.random.default_rng(0)
    near = np.float32(1.0) + np.float32([1e-7, -1e-7, 2e-7])[:, None]
    _, is_still = rank(np.float32([1.0]), near, rng)
    assert is_still.all()
    _, is_still = rank(np.array([1.0]), near.astype(np.float64), rng)
    assert not is_still.any()
    prior = np.array([[0.0], [1.0 + 1e-7], [2.0]])
    assert prior_shares(np.array([1.0]), prior, tie=2e-6) == pytest.approx(0.5)
    assert prior_shares(np.array([1.0]), prior) == pytest.approx(1 / 3)


def test_infinite_values_have_ranks() -> None:
    ranks, _ = rank([np.inf, 1.0], np.array([[1.0, np.inf], [2.0, -np.inf]]),
                    np.random.default_rng(0))  # fmt: skip
    assert ranks.tolist() == [2, 1]


def test_coverage_starts_at_0_ends_at_1_and_has_a_band() -> None:
    ranks = np.random.default_rng(0).integers(0, DRAWS + 1, 200)
    found = coverage_of(ranks, DRAWS)
    assert found.levels[0] == found.coverage[0] == 0.0
    assert found.levels[-1] == found.coverage[-1] == 1.0
    assert (found.lower <= found.coverage).all() and (found.coverage <= found.upper).all()
    share, low, high = found.at(0.5)
    assert share == np.mean(ranks < (DRAWS + 1) / 2) and low < 0.5 < high


def test_shares_of_the_prior() -> None:
    prior = np.arange(4.0)[:, None]
    np.testing.assert_allclose(
        prior_shares(np.array([[-1.0], [1.0], [1.5], [9.0]]), prior)[:, 0], [0, 0.375, 0.5, 1]
    )
