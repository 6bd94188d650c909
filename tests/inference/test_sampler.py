"""The sampler: the same draws however cut, no adaptation after warm-up, no recompiling."""

import hashlib
import pickle
from dataclasses import replace

import jax
import numpy as np
import pytest
from inference_cases import densities

from gendsl.inference import Carry, Nuts, NutsSampler, robbins_monro, run
from gendsl.inference.advance import advance
from gendsl.inference.sampler import DENSE_UP_TO, Metric, evaluate

_STARTS = np.random.default_rng(0).uniform(-2, 2, (3, 10))


def _schools(num_warmup: int = 120, metric: Metric = "auto") -> NutsSampler:
    return NutsSampler(Nuts(densities.SCHOOLS), num_warmup, metric=metric)


def _drive(lengths: list[int], metric: Metric = "auto", *, is_pickled: bool = False) -> np.ndarray:
    sampler = _schools(metric=metric)
    carry = sampler.init(densities.SCHOOLS_DATA, 5, _STARTS)
    pieces = []
    for length in lengths:
        carry, draws, stats = sampler.chunk(densities.SCHOOLS_DATA, carry, length)
        pieces.append(np.concatenate([draws, np.stack(stats, -1)], axis=-1))
        if is_pickled:
            carry = pickle.loads(pickle.dumps(jax.tree.map(np.asarray, carry)))
    return np.concatenate(pieces, axis=1)


@pytest.mark.parametrize("metric", ["diagonal", "dense", "low_rank"])
def test_draws_do_not_depend_on_the_chunks(metric: Metric) -> None:
    whole = _drive([260], metric)
    assert whole.shape == (3, 260, 17)
    for lengths in ([1] * 40 + [220], [7] * 37 + [1], [119, 1, 1, 139], [0, 120, 0, 140]):
        np.testing.assert_array_equal(_drive(lengths, metric), whole)


@pytest.mark.parametrize("metric", ["diagonal", "dense", "low_rank"])
def test_a_run_resumes_from_its_carry(metric: Metric) -> None:
    pieces = _drive([50, 60, 70, 80], metric, is_pickled=True)
    np.testing.assert_array_equal(pieces, _drive([260], metric))


def _digest(carry: Carry) -> str:
    step = [np.asarray(field) for field in carry.chains.step]
    moments = [np.asarray(field) for field in carry.chains.moments]
    parts = [*step, *moments, *map(np.asarray, jax.tree.leaves(carry.scale))]
    return hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()


@pytest.mark.parametrize("num_warmup", [0, 10, 120])
@pytest.mark.parametrize("metric", ["diagonal", "dense", "low_rank"])
def test_nothing_adapts_outside_warmup(metric: Metric, num_warmup: int) -> None:
    sampler = _schools(num_warmup, metric)
    carry = sampler.init(densities.SCHOOLS_DATA, 5, _STARTS)
    digests = {_digest(carry)}
    for _ in range(num_warmup // 10):
        carry, _, _ = sampler.chunk(densities.SCHOOLS_DATA, carry, 10)
        digests.add(_digest(carry))
    assert len(digests) == 1 + num_warmup // 10
    frozen = _digest(carry)
    carry, _, stats = sampler.chunk(densities.SCHOOLS_DATA, carry, 150)
    assert _digest(carry) == frozen
    np.testing.assert_array_equal(stats.step_size, stats.step_size[:, :1] * np.ones(150))
    if num_warmup > 0:  # shared by the chains, so that their trees are of equal length
        assert len(np.unique(stats.step_size)) == 1


def test_a_second_run_compiles_nothing() -> None:
    run(_schools(30), densities.SCHOOLS_DATA, seed=1, num_chains=3, num_draws=20)
    compiled = advance._cache_size(), evaluate._cache_size()
    effects, errors = densities.SCHOOLS_DATA
    same = replace(densities.SCHOOLS)
    sampler = NutsSampler(Nuts(same), 40, target_acceptance=0.9)
    run(sampler, (effects + 1.0, errors), seed=2, num_chains=3, num_draws=333)
    assert (advance._cache_size(), evaluate._cache_size()) == compiled


@pytest.mark.parametrize(
    ("size", "metric", "is_dense"),
    [
        (DENSE_UP_TO, "auto", True),
        (DENSE_UP_TO + 1, "auto", False),
        (DENSE_UP_TO + 1, "dense", True),
        (2, "diagonal", False),
    ],
)
def test_the_metric_is_dense_where_asked_or_cheap(
    size: int, metric: Metric, *, is_dense: bool
) -> None:
    sampler = NutsSampler(Nuts(densities.normal(size)), metric=metric)
    data = {"mean": np.zeros(size), "sd": np.ones(size)}
    carry = sampler.init(data, 0, np.ones((2, size)))
    assert carry.scale.shape == ((size, size) if is_dense else (size,))
    assert carry.chains.moments.draw_spread.shape == (2, *carry.scale.shape)


def test_a_dense_metric_takes_short_trajectories_on_a_correlated_normal() -> None:
    size = 10
    directions = np.linalg.qr(np.random.default_rng(1).standard_normal((size, size)))[0]
    precision = (directions * np.geomspace(1e-3, 1e3, size)) @ directions.T
    chains = run(NutsSampler(Nuts(densities.correlated(size)), 300), precision, seed=1)
    assert chains.num_gradients.mean() < 10
    whitened = np.linalg.svd(chains.scale.T @ precision @ chains.scale)[1]
    assert np.all(np.abs(np.log(whitened)) < np.log(6.0))  # of a spread of a million


def test_other_seeds_give_other_draws() -> None:
    sampler = _schools(0)
    draws = [
        sampler.chunk(
            densities.SCHOOLS_DATA, sampler.init(densities.SCHOOLS_DATA, seed, _STARTS), 3
        )[1]
        for seed in (1, 2)
    ]
    assert not np.any(draws[0] == draws[1])


def test_starts_are_checked() -> None:
    sampler = _schools()
    with pytest.raises(ValueError, match=r"shape \[chain, 10\]"):
        sampler.init(densities.SCHOOLS_DATA, 0, np.zeros((3, 4)))
    with pytest.raises(ValueError, match=r"chains \[1\]"):
        sampler.init(densities.SCHOOLS_DATA, 0, np.array([[0.0] * 10, [np.nan] * 10]))


def test_settings_are_checked() -> None:
    with pytest.raises(ValueError, match="at least one unobserved"):
        Nuts(densities.normal(0))
    with pytest.raises(ValueError, match="max_depth"):
        Nuts(densities.SCHOOLS, max_depth=0)
    with pytest.raises(ValueError, match="target_acceptance"):
        NutsSampler(Nuts(densities.SCHOOLS), 10, target_acceptance=1.0)
    with pytest.raises(ValueError, match="num_warmup"):
        NutsSampler(Nuts(densities.SCHOOLS), -1)
    with pytest.raises(ValueError, match="metric"):
        NutsSampler(Nuts(densities.SCHOOLS), metric="sparse")
    with pytest.raises(ValueError, match="rank"):
        NutsSampler(Nuts(densities.SCHOOLS), metric="low_rank", rank=0)


def _acceptance(aim: float) -> float:
    sampler = NutsSampler(Nuts(densities.normal(10)), 400, aim, metric="diagonal")
    data = {"mean": np.zeros(10), "sd": np.linspace(1.0, 5.0, 10)}
    return float(run(sampler, data, seed=3, num_draws=400).acceptance_rate.mean())


@pytest.mark.parametrize("aim", [0.6, 0.8, 0.9])
def test_the_acceptance_rate_is_what_was_asked_for(aim: float) -> None:
    assert abs(_acceptance(aim) - aim) < 0.05


@pytest.mark.slow
def test_a_restless_step_size_would_miss_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(robbins_monro, "_GAIN", 20.0)  # as that of dual averaging
    monkeypatch.setattr(robbins_monro, "_DECAY", 0.5)
    jax.clear_caches()
    try:
        assert abs(_acceptance(0.8) - 0.8) > 0.05
    finally:
        jax.clear_caches()
