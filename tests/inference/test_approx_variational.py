"""Variational inference: what each guide and objective should end in is known for normals."""

import numpy as np
import pytest
from inference_cases import densities

from gendsl.inference.approximations import (
    ChiSquared,
    FullRank,
    Iwae,
    LowRank,
    MeanField,
    Outcome,
    Variational,
    training,
    variational,
)
from gendsl.inference.approximations.training import Window, is_stationary

CORRELATION = 0.6
COVARIANCE = np.array([[1.0, CORRELATION], [CORRELATION, 1.0]])
PRECISION = np.linalg.inv(COVARIANCE)
TARGET = densities.correlated(2)
LOG_EVIDENCE = np.log(2.0 * np.pi) + 0.5 * np.linalg.slogdet(COVARIANCE)[1]


def test_full_rank_recovers_a_normal() -> None:
    found = Variational(TARGET, FullRank(2)).fit(PRECISION, 1)
    assert found.status == Outcome.OK
    # No noise is left at the target, so what remains is what the optimiser left.
    np.testing.assert_allclose(found.params.root @ found.params.root.T, COVARIANCE, atol=0.01)
    assert abs(found.elbo - LOG_EVIDENCE) < 1e-3
    assert found.pareto_k < 0.5 and not found.is_exact
    np.testing.assert_allclose(found.trace[-1], LOG_EVIDENCE, atol=1e-3)


def test_new_seeds_and_data_compile_nothing() -> None:
    algorithm = Variational(TARGET, FullRank(2), max_windows=4)
    algorithm.fit(PRECISION, 1)
    before = training.advance._cache_size()
    found = Variational(TARGET, FullRank(2), step_sizes=(0.05,), window=50).fit(2 * PRECISION, 2)
    assert training.advance._cache_size() == before
    np.testing.assert_allclose(2 * found.params.root @ found.params.root.T, COVARIANCE, atol=0.05)


def test_low_rank_recovers_a_normal() -> None:
    found = Variational(TARGET, LowRank(2, 1)).fit(PRECISION, 1)
    loadings = np.asarray(found.params.loadings)
    covariance = np.diag(np.exp(2 * found.params.log_scale)) + loadings @ loadings.T
    np.testing.assert_allclose(covariance, COVARIANCE, atol=0.05)


def forward_scale(order: int) -> float:
    """Best sd of an independent normal: of order 1 the marginal's; of order 2 from the integral.

    With ``D`` the guide's precision ``E_q[w^2]`` goes as ``1 / sqrt(det(D) det(2 P - D))``.
    """
    if order == 1:
        return 1.0
    scales = np.linspace(0.9, 3.0, 21_001)
    inverse = scales**-2
    spread = (2 * PRECISION[0, 0] - inverse) ** 2 - (2 * PRECISION[0, 1]) ** 2
    return float(
        scales[np.nanargmin(np.where(spread > 0, -np.log(inverse) - 0.5 * np.log(spread), np.nan))]
    )


@pytest.mark.statistical
@pytest.mark.parametrize(
    ("objective", "scale"),
    [
        (None, PRECISION[0, 0] ** -0.5),
        (ChiSquared(1), forward_scale(1)),
        (ChiSquared(2), forward_scale(2)),
    ],
)
def test_mean_field_ends_at_the_optimum_of_its_objective(objective, scale: float) -> None:
    guide = MeanField(2)
    algorithm = Variational(TARGET, guide, *([objective] if objective else []))
    found = algorithm.fit(PRECISION, 1)
    np.testing.assert_allclose(np.exp(found.params.log_scale), scale, rtol=0.04)
    np.testing.assert_allclose(found.params.mean, 0.0, atol=0.04)
    assert found.elbo < LOG_EVIDENCE


def test_the_bound_of_many_draws_makes_a_wider_guide() -> None:
    found = Variational(TARGET, MeanField(2), Iwae(8, 4)).fit(PRECISION, 1)
    elbo = LOG_EVIDENCE + 0.5 * np.log(1 - CORRELATION**2)  # the best there is
    assert np.all(np.exp(found.params.log_scale) > 1.05 * PRECISION[0, 0] ** -0.5)
    assert found.trace[-1] > elbo + 0.05
    assert found.trace[-1] < LOG_EVIDENCE + 0.02


def test_too_few_windows_are_not_converged() -> None:
    far = np.array([40.0, -40.0])
    found = Variational(TARGET, MeanField(2), max_windows=4, window=5).fit(PRECISION, 1, far)
    assert found.status & Outcome.NOT_CONVERGED


def test_a_region_without_numbers_is_in_the_status() -> None:
    found = Variational(densities.CLIFF, MeanField(1), max_windows=4).fit(None, 1)
    assert found.status & Outcome.NON_FINITE
    assert np.isfinite(found.params.mean).all()


def windows(means: np.ndarray, values: np.ndarray) -> list[Window]:
    spread = np.full(means.shape[1], 100.0)  # sums of squares of 101 iterates: sd 1
    return [Window(m, spread, v, 0, 101, 1) for m, v in zip(means, values, strict=True)]


def test_stationary_windows() -> None:
    values = np.array([0.0, 1.0, 0.0, 1.0])
    still = 0.1 * np.array([[1.0, -1.0, 1.0, -1.0]]).T
    moving = np.array([[0.0, 1.0, 2.0, 3.0]]).T
    assert is_stationary(windows(still, values), 101)
    assert not is_stationary(windows(moving, values), 101)
    assert is_stationary(windows(moving, 0.001 * values), 101)
    assert not is_stationary(windows(still, values)[:3], 101)


def test_wrong_use_is_refused() -> None:
    with pytest.raises(ValueError, match="3 coordinates"):
        Variational(TARGET, MeanField(3))
    with pytest.raises(ValueError, match="max_windows"):
        Variational(TARGET, MeanField(2), max_windows=3)
    with pytest.raises(ValueError, match="positive"):
        Variational(TARGET, MeanField(2), step_sizes=())
    with pytest.raises(ValueError, match="order"):
        ChiSquared(3)
    with pytest.raises(ValueError, match="num_draws"):
        variational.ReverseKl(0)
