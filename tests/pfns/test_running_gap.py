"""What progress says of a training's distance from its reference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pfn_cases import NETWORK
from pfn_networks import as_trained
from scipy.stats import norm

import gendsl
from gendsl.api.pfn_running_gap import EXACT, RunningGap
from gendsl.api.pfn_trained import TrainedPfn
from gendsl.api.pfn_training import Plan, train
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.inference.amortised import Tasks

KNOWN = f"""\
model known {{
  dim row
  data x[row] : real
  data y[row] : real
  y[row] ~ Normal(2 * x, 0.5)
}}
pfn main {{
  prior   = known
  predict   y given x
  rows    = 2..8
  inputs  = x ~ Uniform(-1, 1)
  network = {NETWORK}, head = mixture(2))
  train   = adam(steps = 20, batch = 16, rate = 1e-3)
}}
"""
SLOPE = KNOWN.replace("y[row] ~", "slope ~ Normal(0, 1)\n  y[row] ~").replace("2 * x", "slope * x")
OF_ROWS = KNOWN.replace("y[row] ~", "u[row] ~ Normal(0, 1)\n  y[row] ~").replace("2 * x", "x + u")


@pytest.fixture(scope="module")
def network() -> TrainedPfn:
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (64, 8, 1)).astype(np.float32)
    y = (2 * x[..., 0] + 0.5 * rng.standard_normal((64, 8))).astype(np.float32)
    tasks = Tasks(x, y, np.ones(64, np.int32), np.zeros((64, 0), np.float32), np.ones(64, bool))
    return as_trained(KNOWN, "main", tasks, is_scored=False)


def test_it_is_the_mean_over_data_sets_of_exact_less_own(network: TrainedPfn) -> None:
    gap = RunningGap(network.prior.pfn)
    assert len(gap.held) == EXACT
    assert {each.num_context for each in gap.held} == {1, 4, 7}
    found = []
    for x, y, n, said, _ in gap.held:
        exact = norm.logpdf(y[n:], 2 * x[n:, 0], 0.5)
        assert said == pytest.approx(exact.mean(), abs=1e-6)
        own = network.predictor.predict(x[:n], y[:n], x[n:]).log_density(y[n:])
        found.append(float(exact.mean() - own.mean()))
    mean, error = np.mean(found), np.std(found, ddof=1) / np.sqrt(EXACT)
    assert gap(network.trained) == f"gap {mean:.3f} ± {error:.3f}"
    measured = gap.measured(network.trained)
    assert measured is not None and str(measured._replace(unsettled=3)).endswith(
        f"3 of {EXACT} runs unsettled"
    )
    kept = replace(network, about=replace(network.about, gap=measured.to_dict()))
    assert f"± {error:.4f} nats to the reference on average, on 24 data sets" in kept.gap_text


def test_what_would_have_to_be_drawn_is_left_out(network: TrainedPfn) -> None:
    slope = gendsl.compile(SLOPE).pfns["main"].pfn
    assert RunningGap(slope).held == ()
    assert RunningGap(slope)(network.trained) == ""
    assert RunningGap(gendsl.compile(KNOWN).pfns["main"].pfn, 0).held == ()


def test_no_reference_is_no_error_unless_asked_for() -> None:
    block = gendsl.compile(OF_ROWS).pfns["main"]
    assert RunningGap(block.pfn).held == ()
    with pytest.raises(DiagnosticError, match="G1029"):
        block.train(steps=1, judged=2)
    with pytest.raises(ValueError, match="2 data sets"):
        train(block.block, Plan(judged=1))


@pytest.mark.slow
def test_what_would_have_to_be_drawn_is_drawn_if_asked_for(network: TrainedPfn) -> None:
    gap = RunningGap(gendsl.compile(SLOPE).pfns["main"].pfn, 2)
    assert len(gap.held) == 2
    for x, y, n, said, _ in gap.held:
        precision = 1.0 + np.sum(x[:n, 0] ** 2) / 0.25
        mean = np.sum(x[:n, 0] * y[:n]) / 0.25 / precision
        spread = np.sqrt(0.25 + x[n:, 0] ** 2 / precision)
        exact = norm.logpdf(y[n:], mean * x[n:, 0], spread).mean()
        assert said == pytest.approx(exact, abs=0.1)  # Monte Carlo error about 0.01
