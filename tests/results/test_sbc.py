"""`Model.sbc`: what it ranks, counts, leaves out and refuses; that it compiles once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

import gendsl
from gendsl.api import calibration_fits
from gendsl.api.failure import InferenceError
from gendsl.api.inference_drawn import Drawn
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.results.trust import DrawKind

NORMAL = """\
model normal {
  dim row
  data y[row] : real
  mu ~ Normal(0, 1)
  constant = 2
  y[row] ~ Normal(mu, 1)
}
infer main = nuts(chains = 2, warmup = 150, draws = 150)
infer quick = laplace(draws = 120)
"""
ROWS = 4
RATE = 0.001


class Posterior:
    """Draws of mu | y ~ N(sum(y) / (n + 1), 1 / (n + 1)), or of one that is wrong.

    It takes the place of running an inference program.
    """

    def __init__(self, width: float = 1.0, shift: float = 0.0) -> None:
        self.width, self.shift = width, shift
        self.fitted = 0

    def __call__(self, posterior: Any, plan: Any, *, seed: int, **_: Any):
        y = np.asarray(posterior.bound.arrays["y"])
        self.fitted += 1
        sd = (len(y) + 1) ** -0.5
        noise = self.shift + self.width * np.random.default_rng(seed).standard_normal((1, 99, 1))
        return Drawn(DrawKind.INDEPENDENT, y.sum() * sd**2 + sd * noise, {"lp": np.zeros((1, 99))})


@pytest.fixture(scope="module")
def model() -> gendsl.Model:
    return gendsl.compile(NORMAL)


def sbc(model: gendsl.Model, monkeypatch: pytest.MonkeyPatch, draw: Any, count: int, **options):
    monkeypatch.setattr(calibration_fits, "draw", draw)
    options = {"sizes": {"row": ROWS}, "draws": 99, "rate": RATE, **options}
    return model.sbc(simulations=count, **options)


@pytest.mark.statistical
def test_the_right_posterior_passes(model, monkeypatch) -> None:
    """At a false-alarm rate of 0.001 over all quantities."""
    found = sbc(model, monkeypatch, Posterior(), 150)
    assert found.is_calibrated and found.warnings() == ()
    assert [check.name for check in found.checks] == ["mu", "log likelihood", "joint region"]
    assert (found["ranks"]["constant"].values == -1).all()
    assert found["truth"]["mu"].shape == (150,) and abs(float(found["truth"]["mu"].std()) - 1) < 0.3
    assert "of 150 fits" in str(found)


@pytest.mark.statistical
@pytest.mark.parametrize(
    ("width", "shift", "direction"), [(0.7, 0.0, "draws too narrow"), (1.0, 0.6, "draws too high")]
)
def test_a_wrong_posterior_is_rejected(model, monkeypatch, width, shift, direction) -> None:
    found = sbc(model, monkeypatch, Posterior(width, shift), 150)
    assert not found.is_calibrated
    assert {check.name: check.direction for check in found.rejected}["mu"] == direction
    assert [warning.code for warning in found.warnings()] == ["G0728"]


def test_the_same_seed_gives_the_same_ranks_and_another_gives_others(model, monkeypatch) -> None:
    ranks = [
        sbc(model, monkeypatch, Posterior(), 10, seed=seed)["ranks"]["mu"].values
        for seed in (1, 1, 2)
    ]
    assert (ranks[0] == ranks[1]).all() and (ranks[0] != ranks[2]).any()


class Sometimes(Posterior):
    """Fails at some data, and makes chains that disagree at others."""

    def __call__(self, *arguments: Any, **options: Any):
        drawn = super().__call__(*arguments, **options)
        if self.fitted % 4 == 1:
            raise InferenceError(Diagnostic("G0701", "no start was found"))
        if self.fitted % 4 == 2:
            apart = np.concatenate([drawn.draws, drawn.draws + 9.0])
            return Drawn(DrawKind.CHAINS, apart, {"lp": np.zeros((2, 99))})
        return drawn


def test_fits_that_fail_or_disagree_are_counted_and_left_out(model, monkeypatch) -> None:
    monkeypatch.setattr(calibration_fits, "SLACK", 0)
    found = sbc(model, monkeypatch, Sometimes(), 12)
    assert found.left_out == {
        "no start was found": 3, "its chains disagree: R-hat above 1.05": 3,
    }  # fmt: skip
    assert len(found.checks[0].ranks) == 6
    assert [warning.code for warning in found.warnings()] == ["G0729"]


class Interrupted(Posterior):
    def __call__(self, *arguments: Any, **options: Any):
        if self.fitted == 4:
            os.kill(os.getpid(), signal.SIGINT)
        return super().__call__(*arguments, **options)


@pytest.fixture
def hears_interrupts() -> Iterator[None]:
    """Processes in the background, workers of pytest among them, ignore interrupts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("hears_interrupts")
def test_an_interrupt_keeps_what_was_done(model, monkeypatch, tmp_path: Path) -> None:
    found = sbc(model, monkeypatch, Interrupted(), 50)
    assert 4 <= found.num_simulations <= 5
    assert "G0730" in [warning.code for warning in found.warnings()]
    found.save(tmp_path / "part.nc")
    found.plot(tmp_path / "part.png")
    assert (tmp_path / "part.png").read_bytes().startswith(b"\x89PNG")
    assert found.to_dict()["simulations"] == found.num_simulations


@pytest.fixture
def compilations() -> list[str]:
    """Grows by one for each program that XLA compiles."""
    seen: list[str] = []

    def listen(event: str, duration: float, **_: Any) -> None:
        if event.endswith("backend_compile_duration"):
            seen.append(event)

    jax.monitoring.register_event_duration_secs_listener(listen)
    return seen


@pytest.mark.parametrize("name", ["main", "quick"])
def test_new_data_compile_nothing(model, compilations: list[str], name: str) -> None:
    counts: list[int] = []
    found = model.sbc(
        sizes={"row": ROWS}, simulations=4, draws=20, name=name,
        progress=lambda step: counts.append(len(compilations)),
    )  # fmt: skip
    assert counts[0] > 0 and counts == [counts[0]] * 4
    assert found.left_out == {} and found.num_simulations == 4


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("mu ~ Normal(0, 1)\n  factor -square(mu)\n  y[row] ~ Normal(mu, 1)", "G0831", "a factor"),
        ("mu ~ Flat()\n  y[row] ~ Normal(mu, 1)", "G0706", "improper"),
        ("mu ~ Normal(0, 1)\n  observe log(y) ~ Normal(mu, 1)", "G0706", "expression"),
    ],
    ids=["factor", "improper", "expression"],
)
def test_models_that_cannot_be_simulated(text: str, code: str, said: str) -> None:
    broken = gendsl.compile(f"model m {{\n  dim row\n  data y[row] : real\n  {text}\n}}\n")
    for run in (broken.sbc, broken.geweke):
        with pytest.raises(gendsl.DiagnosticError, match=said) as caught:
            run({"y": [1.0, 2.0]})
        (found,) = caught.value.diagnostics
        assert found.code == code and found.span is not None


def test_sizes_and_numbers_that_are_missing_or_out_of_range(model) -> None:
    with pytest.raises(gendsl.DiagnosticError, match="the size of `row` is not known"):
        model.sbc()
    with pytest.raises(gendsl.DiagnosticError, match="makes 120") as caught:
        model.sbc(sizes={"row": 2}, name="quick", draws=121)
    assert caught.value.diagnostics[0].code == "G0832"
    for wrong in ({"simulations": 0}, {"draws": 1}, {"rate": 1.0}):
        with pytest.raises(ValueError, match="must"):
            model.sbc(sizes={"row": 2}, **wrong)
