"""Whole runs: what they report, how they stop, and what they do with awkward targets."""

import signal
from collections.abc import Iterator
from contextlib import suppress

import jax
import numpy as np
import pytest
from inference_cases import densities

from gendsl.inference import NoFiniteStartError, Nuts, NutsSampler, Progress, find_starts, run
from gendsl.inference.interrupts import interruptible

_UNIT = {"mean": np.zeros(1), "sd": np.ones(1)}


def test_a_run_reports_what_it_did() -> None:
    seen: list[Progress] = []
    sampler = NutsSampler(Nuts(densities.SCHOOLS), 100)
    chains = run(
        sampler, densities.SCHOOLS_DATA, seed=3, num_chains=2, num_draws=50, progress=seen.append
    )
    assert chains.draws.shape == (2, 50, 10)
    for name in chains._fields[1:10]:
        assert getattr(chains, name).shape == (2, 50), name
    assert chains.scale.shape == (10, 10)
    assert not chains.is_interrupted
    log_densities = jax.vmap(
        jax.vmap(lambda z: densities.SCHOOLS.log_density(densities.SCHOOLS_DATA, z))
    )(chains.draws)
    np.testing.assert_allclose(chains.log_density, log_densities)
    assert np.corrcoef(chains.energy.ravel(), -chains.log_density.ravel())[0, 1] > 0.5
    assert np.all(chains.num_gradients < 2.0**chains.tree_depth)
    assert np.all((chains.acceptance_rate >= 0) & (chains.acceptance_rate <= 1))
    assert [report.phase for report in seen] == sorted((r.phase for r in seen), reverse=True)
    assert [(r.done, r.total) for r in seen if r.phase == "warmup"][-1] == (100, 100)
    assert (seen[-1].done, seen[-1].total) == (50, 50)
    assert seen[-1].step_size > 0 and seen[-1].mean_gradients >= 1
    assert seen[-1].num_divergent == chains.is_divergent.sum()


def test_an_interrupt_keeps_what_was_drawn() -> None:
    whole: list[Progress] = []
    sampler = NutsSampler(Nuts(densities.SCHOOLS), 100)
    run_it = {"seed": 3, "num_chains": 2, "num_draws": 10_000_000}

    def stop(report: Progress) -> None:
        whole.append(report)
        if report.phase == "sampling" and report.done > 20:
            raise KeyboardInterrupt

    chains = run(sampler, densities.SCHOOLS_DATA, progress=stop, **run_it)
    assert chains.is_interrupted
    assert chains.draws.shape[1] == whole[-1].done
    assert chains.carry.transition == 100 + whole[-1].done
    sampler_again = NutsSampler(Nuts(densities.SCHOOLS), 100)

    def stop_at_once(report: Progress) -> None:
        raise KeyboardInterrupt

    chains = run(sampler_again, densities.SCHOOLS_DATA, progress=stop_at_once, **run_it)
    assert chains.is_interrupted and chains.draws.shape == (2, 0, 10)


@pytest.mark.parametrize("num_warmup", [0, 1, 3, 19, 20])
def test_short_runs_work(num_warmup: int) -> None:
    sampler = NutsSampler(Nuts(densities.normal(1)), num_warmup)
    chains = run(sampler, _UNIT, seed=1, num_chains=1, num_draws=1)
    assert chains.draws.shape == (1, 1, 1)
    assert np.all(np.isfinite(chains.draws))


def test_no_finite_density_is_explained_not_endless() -> None:
    with pytest.raises(NoFiniteStartError, match="chain 0, 1 in 100 attempts") as caught:
        run(NutsSampler(Nuts(densities.NOWHERE)), None, seed=0, num_chains=2)
    starts = caught.value.starts
    assert not starts.is_found.any()
    assert np.all(np.isneginf(starts.log_densities))
    assert starts.positions.shape == (2, 2)


def test_starts_are_retried_chain_by_chain() -> None:
    starts = find_starts(Nuts(densities.CLIFF), None, 0, 50)
    assert starts.is_found.all()
    assert starts.num_attempts > 1
    assert np.all(starts.positions <= 1.0)
    first = find_starts(Nuts(densities.CLIFF), None, 0, 50, max_attempts=1)
    kept = first.is_found
    np.testing.assert_array_equal(starts.positions[kept], first.positions[kept])
    with pytest.raises(ValueError, match="num_chains"):
        find_starts(Nuts(densities.CLIFF), None, 0, 0)


def test_a_region_that_is_not_a_number_is_never_entered() -> None:
    chains = run(NutsSampler(Nuts(densities.CLIFF), 200), None, seed=4, num_draws=2000)
    assert np.all(chains.draws <= 1.0)
    assert np.all(np.isfinite(chains.log_density))
    assert chains.is_divergent.any()
    np.testing.assert_array_equal(chains.is_non_finite, chains.is_divergent)


def test_a_flat_coordinate_does_no_harm() -> None:
    chains = run(NutsSampler(Nuts(densities.HALF_FLAT, max_depth=6), 200), None, seed=4)
    assert np.all(np.isfinite(chains.draws))
    assert abs(chains.draws[..., 0].std() - 1.0) < 0.2


def test_the_depth_limit_is_reported() -> None:
    sampler = NutsSampler(Nuts(densities.normal(1), max_depth=2), 0)
    data = {"mean": np.zeros(1), "sd": np.full(1, 1e4)}
    carry = sampler.init(data, 0, np.zeros((2, 1)))
    small = carry.chains.step._replace(log_step=np.full(2, np.log(1e-3)))
    carry = carry._replace(chains=carry.chains._replace(step=small))
    _, _, stats = sampler.chunk(data, carry, 20)
    np.testing.assert_array_equal(stats.status, 4)
    np.testing.assert_array_equal(stats.num_gradients, 3)
    np.testing.assert_array_equal(stats.tree_depth, 2)


def test_badly_scaled_coordinates_are_learnt() -> None:
    data = {"mean": np.zeros(3), "sd": np.array([1e-4, 1.0, 1e4])}
    chains = run(NutsSampler(Nuts(densities.normal(3)), 300), data, seed=2, num_draws=300)
    np.testing.assert_allclose(np.diagonal(chains.scale) / data["sd"], 1.0, atol=0.1)
    assert chains.num_gradients.mean() < 8


def test_single_precision_stays_single() -> None:
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", False)
    try:
        data = {"mean": np.zeros(3, np.float32), "sd": np.ones(3, np.float32)}
        sampler = NutsSampler(Nuts(densities.normal(3)), 100)
        chains = run(sampler, data, seed=2, num_draws=1000)
    finally:
        jax.config.update("jax_enable_x64", before)
    assert chains.draws.dtype == np.float32
    assert abs(chains.draws.std() - 1.0) < 0.1
    assert chains.energy.dtype == np.float32


@pytest.fixture
def _hears_interrupts() -> Iterator[None]:
    """Tests in the background of a shell ignore them."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_hears_interrupts")
def test_an_interrupt_that_a_callback_would_swallow_ends_the_run() -> None:
    """The signal comes where an exception would be lost, as in a callback of a library."""
    seen = []

    def report(progress: Progress) -> None:
        seen.append(progress)
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)

    sampler = NutsSampler(Nuts(densities.SCHOOLS), 0)
    chains = run(
        sampler, densities.SCHOOLS_DATA, seed=1, num_chains=2, num_draws=10_000, progress=report
    )
    assert len(seen) == 1
    assert chains.is_interrupted
    assert 0 < chains.draws.shape[1] < 10_000


@pytest.mark.usefixtures("_hears_interrupts")
def test_a_second_interrupt_is_not_held_back() -> None:
    with pytest.raises(KeyboardInterrupt), interruptible() as is_stopped:
        signal.raise_signal(signal.SIGINT)
        assert is_stopped()
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
