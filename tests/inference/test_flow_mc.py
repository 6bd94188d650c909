"""Flow-proposal MCMC: it passes between modes, its flow stands still, and its gate can shut."""

from dataclasses import fields
from functools import cache
from typing import Any

import numpy as np
import pytest
from inference_cases.flowing import (
    IN_BOTH,
    RIGHT_SHARE,
    SMALL,
    TWO_MODES,
    AdaptsWhileSampling,
)
from inference_cases.judging import FALSE_ALARM, worst_mean
from inference_cases.laws import check_chunks, check_parameters_stand

from gendsl.inference import ChainSampler, Site, Target
from gendsl.inference.flows import (
    CouplingFlow,
    FlowMc,
    FromChains,
    MaximumLikelihood,
    effective_share,
    flow_mc,
    judge,
    training_of,
)
from gendsl.inference.flows.likelihood import first_theta
from gendsl.inference.kernels import RandomWalk

_FLOW = CouplingFlow(2, num_layers=4, width=16, num_bins=6)
_WARMUP = 250


def _kernel(**options: Any) -> FlowMc:
    return flow_mc(TWO_MODES, RandomWalk, _FLOW, num_proposals=4, capacity=200, **options)


@cache
def _run(kind: type[FlowMc] = FlowMc, least_share: float = 0.05, draws: int = 2000) -> Any:
    kernel = _kernel(least_share=least_share)
    kernel = kind(*(getattr(kernel, field.name) for field in fields(kernel)))
    sampler = ChainSampler(kernel, _WARMUP)
    carry, _, _ = sampler.chunk(None, sampler.init(None, 1, IN_BOTH), _WARMUP)
    return sampler.chunk(None, carry, draws)


def _is_right(draws: np.ndarray) -> np.ndarray:
    return (draws.sum(axis=2, keepdims=True) > 0).astype(float)


@pytest.mark.slow
@pytest.mark.statistical
def test_chains_pass_between_modes_in_the_right_proportion() -> None:
    """The chance of a false alarm is 1e-4."""
    carry, draws, _ = _run()
    assert bool(training_of(carry).is_open)
    assert worst_mean(_is_right(draws), np.array([RIGHT_SHARE])) > FALSE_ALARM
    visited = _is_right(draws).mean(axis=1)
    assert ((visited > 0.5) & (visited < 0.9)).all()


@pytest.mark.slow
@pytest.mark.statistical
def test_a_flow_that_follows_the_chain_while_sampling_is_caught() -> None:
    _, draws, _ = _run(AdaptsWhileSampling)
    assert not worst_mean(_is_right(draws), np.array([RIGHT_SHARE])) > FALSE_ALARM


@pytest.mark.slow
def test_a_shut_gate_leaves_the_local_kernel_alone() -> None:
    carry, draws, stats = _run(FlowMc, 0.9999, 300)
    trained = training_of(carry)
    assert not bool(trained.is_open) and 0 < float(trained.effective_share) < 0.9999
    # The local kernel leaves no mode: each chain says that all the mass is where it is.
    assert np.ptp(_is_right(draws)[:, :, 0], axis=1).max() == 0
    assert 0.1 < np.mean(stats.acceptance_rate) < 0.6


@pytest.mark.slow
def test_runs_are_the_same_however_they_are_cut_and_flows_stand_still() -> None:
    learner = MaximumLikelihood(SMALL, num_steps=50)
    learning = FromChains(learner, capacity=40, least_share=0.0, least_coverage=0.0)
    kernel = flow_mc(TWO_MODES, RandomWalk, SMALL, num_proposals=2)
    leap = type(kernel.leap)(TWO_MODES, kernel.leap.marginal, 2, learning)
    sampler = ChainSampler(FlowMc(TWO_MODES, kernel.local, leap, learning), 45)
    check_chunks(sampler, None, IN_BOTH[:2])
    check_parameters_stand(sampler, None, IN_BOTH[:2])
    carry, _, _ = sampler.chunk(None, sampler.init(None, 1, IN_BOTH[:2]), 45)
    assert bool(training_of(carry).is_open)


def test_without_warm_up_there_is_no_flow() -> None:
    sampler = ChainSampler(_kernel(), 0)
    carry, draws, _ = sampler.chunk(None, sampler.init(None, 1, IN_BOTH), 20)
    assert not bool(training_of(carry).is_open)
    assert np.isnan(training_of(carry).effective_share)
    assert np.isfinite(draws).all()


def test_the_effective_share_is_that_of_the_definition() -> None:
    shares, others = np.array([0.2, 0.5, 0.3]), np.array([0.4, 0.4, 0.2])
    counts = np.array([2000, 5000, 3000])
    log_weights = np.repeat(np.log(shares / others), counts)
    assert effective_share(log_weights + 3.0) == pytest.approx(
        1.0 / np.sum(others * (shares / others) ** 2)
    )
    assert effective_share(np.array([0.0, np.inf])) == 0.0


def test_the_gate_sees_a_mode_that_the_flow_lacks() -> None:
    generator = np.random.default_rng(8)
    rows = generator.standard_normal((4, 200, 2))
    heights = -0.5 * np.sum(rows**2, axis=2)
    theta = first_theta(SMALL, 0, rows.reshape(-1, 2), np.ones(800))
    words = np.array([1, 2], np.uint32)
    good = judge(SMALL, theta, rows, heights, words)
    assert good.effective_share > 0.95 and good.coverage > 0.97
    rows[3] += 8.0
    bad = judge(SMALL, theta, rows, heights, words)
    assert bad.effective_share < 0.05 and bad.coverage == 0.0
    learning = FromChains(MaximumLikelihood(SMALL))
    assert learning.passes(good) and not learning.passes(bad)
    assert not learning.passes(good._replace(coverage=0.2))
    assert not learning.passes(good._replace(effective_share=0.01))


def test_flows_refuse_what_they_cannot_move() -> None:
    target = Target(TWO_MODES.log_prior, TWO_MODES.log_likelihood, 2, (Site("k", 0, 2, 3),))
    with pytest.raises(ValueError, match="can't move k"):
        flow_mc(target, RandomWalk)
    with pytest.raises(ValueError, match="40 draws"):
        FromChains(MaximumLikelihood(SMALL), capacity=10)
    with pytest.raises(ValueError, match="between 0 and 1"):
        _kernel(least_share=1.5)
