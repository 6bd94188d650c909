"""Training on a conjugate prior, in parts and at once, and what a trained network predicts."""

import dataclasses
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from inference_cases.amortising import DESIGN, ROWS, SETTINGS, sampler

from gendsl.inference.amortised import (
    Checkpoint,
    Predictor,
    Settings,
    Tasks,
    Trained,
    begin,
    load,
    save,
    train,
)
from gendsl.inference.amortised.steps import Pace, advance, everywhere, rate_at
from gendsl.inference.milestones import Milestone

CONTEXTS = (0, 2, 8)
MOST_GAP = 0.02
"""In nats. The network below has 0.005; one that has learnt nothing 0.1 and more."""


@pytest.fixture(autouse=True, scope="module")
def _double_precision() -> Iterator[None]:
    """As that of all these tests, but set before what this module shares is made."""
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


@pytest.fixture(scope="module")
def untrained() -> Trained:
    return begin(DESIGN, SETTINGS, sampler, seed=1)


@pytest.fixture(scope="module")
def trained(untrained: Trained) -> Trained:
    return train(untrained, sampler)


def _gaps(trained: Trained) -> tuple[np.ndarray, np.ndarray]:
    """Mean gaps to the exact predictive and posterior, by size of context, in nats.

    Divergences by Monte Carlo over data of the prior, with the exact density beside; both gaps have
    a standard error of at most 0.004 (0.01 where nothing was learnt).
    """
    predictor, rng = Predictor.of(trained), np.random.default_rng(7)
    targets, latents = [], []
    for n in CONTEXTS:
        mu = rng.standard_normal(400)
        y = mu[:, None] + rng.standard_normal((400, n + 8))
        x = rng.standard_normal((400, n + 8, 1))
        mean = y[:, :n].sum(axis=1) / (n + 1)
        exact = _normal(y[:, n:], mean[:, None], 1 + 1 / (n + 1))
        found = predictor.predict(x[:, :n], y[:, :n], x[:, n:]).log_density(y[:, n:])
        targets.append(np.mean(exact - found))
        some = range(20)
        grid = mean[:20, None] + np.linspace(-4, 4, 65) / np.sqrt(n + 1)
        of_grid = np.array(
            [predictor.latent_log_density(x[i, :n], y[i, :n], grid[i][:, None]) for i in some]
        )
        height = _normal(grid, mean[:20, None], 1 / (n + 1))
        step = 8 / 64 / np.sqrt(n + 1)
        latents.append(np.mean(np.sum(np.exp(height) * (height - of_grid), axis=1) * step))
    return np.array(targets), np.array(latents)


def _normal(y: np.ndarray, mean: np.ndarray, variance: float) -> np.ndarray:
    return -0.5 * (y - mean) ** 2 / variance - 0.5 * np.log(2 * np.pi * variance)


def test_a_small_network_learns_a_conjugate_posterior(trained: Trained) -> None:
    targets, latents = _gaps(trained)
    assert (targets < MOST_GAP).all(), targets
    assert (latents < 2.5 * MOST_GAP).all(), latents
    assert trained.is_done and not trained.is_stopped
    assert trained.log[-1].step == SETTINGS.steps
    assert trained.log[-1].loss < trained.log[0].loss


def test_a_network_that_has_learnt_nothing_fails_the_same_test(untrained: Trained) -> None:
    targets, latents = _gaps(untrained)
    assert targets[-1] > 3 * MOST_GAP
    assert latents[-1] > 3 * MOST_GAP


@pytest.mark.slow
def test_draws_quantiles_and_moments_agree(trained: Trained) -> None:
    """False alarm 1e-5: means of 4000 draws, and shares below quantiles, within 4.5 errors."""
    predictor = Predictor.of(trained)
    x, y = np.zeros((5, 1)), np.array([1.0, 2.0, 0.5, 1.5, 1.0])
    predicted = predictor.predict(x, y, np.zeros((2, 1)))
    draws = predicted.sample(3, 4000)
    assert draws.shape == (4000, 2)
    error = predicted.sd() / np.sqrt(4000)
    assert (np.abs(draws.mean(axis=0) - predicted.mean()) < 4.5 * error).all()
    quantiles = predicted.quantiles([0.1, 0.5, 0.9])
    np.testing.assert_allclose(predicted.cdf(quantiles[:, 1]), 0.5, atol=1e-4)
    shares = (draws[..., None] < quantiles).mean(axis=0)
    assert (np.abs(shares - [0.1, 0.5, 0.9]) < 4.5 * 0.5 / np.sqrt(4000)).all()
    latents = predictor.latents(x, y, seed=1, count=2000)
    assert latents.shape == (2000, 1)
    assert abs(latents.mean() - 1.0) < 0.1


def test_what_fills_arrays_up_changes_nothing(trained: Trained) -> None:
    predictor, rng = Predictor.of(trained), np.random.default_rng(0)
    x, y, new = rng.normal(size=(7, 1)), rng.normal(size=7), rng.normal(size=(8, 1))
    together = predictor.predict(x, y, new).outputs
    alone = predictor.predict(x, y, new[:3]).outputs
    np.testing.assert_allclose(alone, together[:3], atol=1e-5)


def test_predictions_refuse_what_they_cannot_read(trained: Trained) -> None:
    predictor = Predictor.of(trained)
    x, y = np.zeros((3, 1)), np.zeros(3)
    for wrong, said in (
        ((x, y[:2], x), "do not fit"), ((np.zeros((3, 2)), y, np.zeros((1, 2))), "2 columns"),
        ((x, [0, 1, np.nan], x), "target is not finite"), ((x + np.inf, y, x), "infinite"),
        ((x, y, x * np.nan), "missing"), ((y, y, y), "shape"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=said):
            predictor.predict(*wrong)
    with pytest.raises(ValueError, match="no class"):
        predictor.predict(x, y, x).probabilities()
    with pytest.raises(ValueError, match="shares"):
        predictor.predict(x, y, x).quantiles([0.5, 1.0])


def _same(left: Trained, right: Trained) -> bool:
    pairs = zip(jax.tree.leaves(left.state), jax.tree.leaves(right.state), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


def test_training_in_parts_is_the_same_to_the_last_bit(untrained: Trained, tmp_path: Path) -> None:
    path = tmp_path / "network.safetensors"
    pace = Pace(np.float32(0), np.int32(0), np.float32(1.0 / SETTINGS.steps))

    def after(trained: Trained, count: int) -> Trained:
        state, _ = advance(
            DESIGN, SETTINGS, sampler, (), everywhere(trained.state, ()), trained.reference,
            pace, count,
        )  # fmt: skip
        return dataclasses.replace(trained, state=state)

    straight = after(untrained, 100)
    save(path, Checkpoint(after(untrained, 60)))
    resumed = after(load(path).trained, 40)
    assert _same(straight, resumed)
    assert not _same(straight, after(untrained, 99))
    assert resumed.num_steps == 100


def _spoilt(key: jax.Array, every: int) -> Tasks:
    """Tasks of which each `every`th batch, about, has a target that is not finite."""
    tasks = sampler(key)
    is_spoilt = jax.random.randint(key, (), 0, every) == 0
    return tasks._replace(y=jnp.where(is_spoilt, jnp.nan, tasks.y))


@pytest.mark.slow
def test_a_batch_without_a_loss_moves_nothing_and_ends_nothing(untrained: Trained) -> None:
    short = dataclasses.replace(untrained, settings=dataclasses.replace(SETTINGS, steps=6))
    made = train(short, partial(_spoilt, every=3))
    assert made.num_steps == 6 and all(np.isfinite(entry.loss) for entry in made.log)
    assert np.isfinite(jax.tree.leaves(made.state.network)[0]).all()
    assert not _same(made, short)
    with pytest.raises(FloatingPointError, match="nan after step 6"):
        train(short, partial(_spoilt, every=1))


def test_training_that_is_stopped_goes_on_from_what_it_saved(
    untrained: Trained, trained: Trained, tmp_path: Path
) -> None:
    path, told = tmp_path / "network.safetensors", []

    def progress(milestone: Milestone) -> None:
        told.append(milestone)
        if len(told) == 1:
            raise KeyboardInterrupt

    stopped = train(
        untrained, sampler, progress=progress, save=lambda now: save(path, Checkpoint(now))
    )
    assert stopped.is_stopped and 0 < stopped.num_steps < SETTINGS.steps
    assert told[0].phase == "training" and told[0].total == SETTINGS.steps
    assert "loss" in told[0].note
    again = load(path).trained
    assert _same(again, stopped)
    assert _same(train(again, sampler), trained)


def test_what_is_measured_is_told_with_the_loss_and_is_none_of_the_budget(
    untrained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr("gendsl.inference.amortised.training.time.monotonic", lambda: clock[0])
    notes: list[str] = []

    def progress(milestone: Milestone) -> None:
        notes.append(milestone.note)
        clock[0] += 1.0  # so long does a step take

    def measure(now: Trained) -> str:
        clock[0] += 100.0
        return f"gap {now.num_steps}"

    done = train(
        untrained, sampler, progress=progress, should_stop=lambda: len(notes) == 2,
        measure=measure, minutes_between_saves=0.0,
    )  # fmt: skip
    assert done.seconds < 10.0
    assert "gap" not in notes[0] and notes[1].endswith(", gap 1")


def test_a_budget_ends_training_where_the_schedule_ends(untrained: Trained) -> None:
    settings = dataclasses.replace(SETTINGS, steps=10**9, minutes=5e-2)
    before = dataclasses.replace(untrained, settings=settings, seconds=2.9)
    rates = [rate_at(settings, jnp.float32(share)) for share in (0.0, 0.05, 0.1, 0.55, 1.0)]
    np.testing.assert_allclose(np.array(rates) / settings.rate, [0, 0.5, 1, 0.5, 0], atol=1e-6)
    after = train(before, sampler)
    assert after.is_done and after.seconds >= 3.0
    assert train(after, sampler).num_steps == after.num_steps


def _bad(key: jax.Array, share: float) -> Tasks:
    tasks = sampler(key)
    is_bad = jnp.arange(tasks.y.shape[0]) < share * tasks.y.shape[0]
    return tasks._replace(y=jnp.where(is_bad[:, None], jnp.nan, tasks.y), valid=~is_bad)


@pytest.mark.slow
def test_draws_that_do_not_count_change_nothing() -> None:
    few = dataclasses.replace(SETTINGS, steps=2, accumulate=2, precision="bfloat16")
    after = train(begin(DESIGN, few, partial(_bad, share=0.3), seed=0), partial(_bad, share=0.3))
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(after.state.network))
    with pytest.raises(ValueError, match="no draw of the prior is valid"):
        begin(DESIGN, few, partial(_bad, share=1.0), seed=0)
    with pytest.raises(FloatingPointError, match="nan after step 4"):  # and nothing moves
        train(dataclasses.replace(after, settings=_longer(after)), partial(_bad, share=1.0))


def _longer(trained: Trained) -> Settings:
    return dataclasses.replace(trained.settings, steps=4)


def test_settings_out_of_range_are_refused() -> None:
    for name, value in (
        ("steps", 0), ("rate", -1.0), ("warm_up", 1.0), ("minutes", 0.0), ("precision", "int8"),
        ("accumulate", True), ("rate", float("nan")),
    ):  # fmt: skip
        with pytest.raises(ValueError):
            Settings(**{name: value})
    assert Settings.from_json(SETTINGS.to_json()) == SETTINGS
    for wrong in ({}, SETTINGS.to_json() | {"rate": "1"}, []):
        with pytest.raises(ValueError):
            Settings.from_json(wrong)
    with pytest.raises(ValueError, match="leave no query"):
        begin(DESIGN, dataclasses.replace(SETTINGS, fewest_context=ROWS), sampler, 0)
