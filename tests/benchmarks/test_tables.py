"""What the tables of benchmarks say: densities and their evidence, figures and their ratios.

Densities are integrated without sampling: by quadrature in the plane, and by their own parts in
more dimensions. Nothing here is random but the points at which densities are compared.
"""

import math
from pathlib import Path
from types import SimpleNamespace

import jax
import numpy as np
import pytest
from scipy.stats import norm

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def table():
    with pytest.MonkeyPatch.context() as patch, jax.enable_x64(True):
        patch.syspath_prepend(BENCHMARKS)
        import evidence_problems

        yield evidence_problems


@pytest.fixture(scope="module")
def samplers():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        import samplers

        yield samplers


def grid(low: float, high: float, count: int) -> tuple[np.ndarray, float]:
    """Points [count^2, 2] of a square, and the area of each."""
    axis = np.linspace(low, high, count)
    points = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)
    return points, (axis[1] - axis[0]) ** 2


def densities(problem, points: np.ndarray) -> np.ndarray:
    log_density = jax.vmap(lambda z: problem.target.log_density(problem.data, z))
    return np.exp(np.asarray(log_density(points)))


def test_the_mixture_has_mass_one_and_its_moments(table) -> None:
    problem = table.mixture()
    points, area = grid(-50, 50, 500)
    weights = densities(problem, points) * area
    assert weights.sum() == pytest.approx(1.0, abs=1e-6)
    mean = weights @ points
    assert mean == pytest.approx(problem.moments[0], abs=1e-5)
    assert np.sqrt(weights @ (points - mean) ** 2) == pytest.approx(problem.moments[1], rel=1e-5)


def test_a_pair_of_the_many_well_has_its_share_of_the_evidence(table) -> None:
    problem = table.many_well()
    points, area = grid(-6, 6, 600)
    weights = (
        np.exp(np.asarray(jax.vmap(lambda z: table._well_log_density(None, z))(points))) * area
    )
    assert 16 * math.log(weights.sum()) == pytest.approx(problem.log_evidence, abs=1e-6)
    shares = weights / weights.sum()
    mean = shares @ points
    assert mean == pytest.approx(problem.moments[0][:2], abs=1e-6)
    assert np.sqrt(shares @ (points - mean) ** 2) == pytest.approx(problem.moments[1][:2], rel=1e-6)


@pytest.mark.parametrize("size", [3, 10])
def test_the_funnel_is_normal_given_its_neck(table, size: int) -> None:
    problem = table.funnel(size, "")
    for z in np.random.default_rng(0).normal(size=(5, size)):
        exact = norm.logpdf(z[0], 0, 3) + norm.logpdf(z[1:], 0, np.exp(z[0] / 2)).sum()
        assert float(problem.target.log_density(None, z)) == pytest.approx(exact, rel=1e-12)
    necks = np.linspace(-40, 40, 20001)
    second = np.sum(norm.pdf(necks, 0, 3) * np.exp(necks)) * (necks[1] - necks[0])
    assert math.sqrt(second) == pytest.approx(problem.moments[1][1], rel=1e-9)


def test_the_cox_process_scores_counts_by_their_cells(table) -> None:
    problem = table.cox(3)
    data = problem.data
    z = np.random.default_rng(0).normal(size=9)
    rates = np.exp(data["mean"] + data["root"] @ z) / 9
    exact = norm.logpdf(z).sum() + sum(
        c * math.log(r) - r - math.lgamma(c + 1) for c, r in zip(data["counts"], rates, strict=True)
    )
    assert float(problem.target.log_density(data, z)) == pytest.approx(exact, rel=1e-10)
    assert np.diag(data["root"] @ data["root"].T) == pytest.approx(1.91, rel=1e-6)


def row(samplers, sampler: str, **changes):
    given = {
        "posterior": "p", "sampler": sampler, "versions": "", "chains": 4, "warmup_draws": 10,
        "draws": 10, "seed": 1, "load": 0.0, "cold": 9.0, "warmup": 2.0, "sampling": 1.0,
        "cold_cpu": 9.0, "warmup_cpu": 2.0, "sampling_cpu": 1.0, "gradients": 1000,
        "divergences": 0, "ess": 200.0, "r_hat": 1.0, "max_z": 1.0, "verdict": "agrees",
    }  # fmt: skip
    return samplers.Row(**{**given, **changes})


def test_seconds_to_400_draws_scale_sampling_alone(samplers) -> None:
    figures = row(samplers, "gendsl").by("wall")
    assert figures.seconds_warm == 2.0 + 1.0 * 2
    assert figures.seconds_cold == 9.0 + 1.0
    assert figures.ess_per_second == pytest.approx(200 / 3)
    assert figures.ess_per_gradient == 0.2


def test_the_best_peer_is_the_best_of_those_that_agree(samplers) -> None:
    rows = [
        row(samplers, "gendsl"),
        row(samplers, "numpyro", warmup=4.0, sampling=2.0),
        row(samplers, "blackjax", warmup=1.0, sampling=0.5),
        row(samplers, "stan", warmup=0.1, sampling=0.1, verdict="off the reference"),
        row(samplers, "numpyro", posterior="another"),
    ]
    by_name = {measure.name: measure for measure in samplers.MEASURES}
    slow = by_name["seconds to 400, compile excluded"]
    fast = by_name["ESS per second, compile excluded"]
    assert samplers.ratios(rows, slow, None, "wall") == [2.0]
    assert samplers.ratios(rows, slow, "numpyro", "wall") == [0.5]
    assert samplers.ratios(rows, fast, None, "wall") == [pytest.approx(0.5)]
    assert samplers.ratios(rows, fast, "stan", "wall") == []


def test_rows_are_read_as_they_were_written(samplers, tmp_path: Path) -> None:
    rows = [row(samplers, "gendsl"), row(samplers, "stan", versions="pystan 3, httpstan 4")]
    samplers.write(tmp_path / "rows.csv", rows)
    assert samplers.read(tmp_path / "rows.csv") == rows


def test_a_mode_is_found_where_it_has_a_quarter_of_its_share(samplers) -> None:
    import evidence

    problem = SimpleNamespace(modes=np.array([[0.0, 0.0], [9.0, 0.0]]), mode_spread=1.0)
    positions = np.array([[0.1, 0.0], [9.1, 0.0], [4.5, 0.0]])
    assert evidence.modes_found(problem, positions, np.array([0.5, 0.4, 0.1])) == 2
    assert evidence.modes_found(problem, positions, np.array([0.5, 0.1, 0.4])) == 1
