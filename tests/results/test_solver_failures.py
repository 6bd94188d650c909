"""What a fit says of equations that could not be solved at some proposals."""

import numpy as np
import pytest

import gendsl
from gendsl.api.failure import InferenceError

TEXT = """
model growth {
  dim time
  data ts[time] : real
  data y[time] : real
  k : real > 0 ~ Normal(0, 2)
  ode blow_up {
    d/dt(x) = k * x^2
    x(0) = 1
    solver = nonstiff(max_steps = 100)
  }
  y[time] ~ Normal(x(ts), 20)
}
"""
DATA = {"ts": [0.5, 1.0], "y": [2.0, 30.0]}


@pytest.mark.slow
def test_failures_are_counted_apart_from_divergences():
    """The solution leaves every bound where k > 1, and the data draw k there."""
    fit = gendsl.compile(TEXT).infer(DATA, seed=1, chains=2, warmup=100, draws=150)
    failed = np.asarray(fit["sample_stats"]["solver_failed"]).astype(bool)
    assert fit.attributes["solver_failures"] == failed.sum() > 0
    assert fit.attributes["evaluations"] > failed.sum()
    assert float(fit.posterior["k"].max()) < 1.0
    said = {w.code: w.message for w in fit.warnings()}
    total = failed.sum() + fit.attributes["warmup_solver_failures"]
    assert f"failed in {total} of" in said["G0720"]
    diverging = np.asarray(fit["sample_stats"]["diverging"]).astype(bool)
    assert diverging[failed].all()
    if not (diverging & ~failed).any():
        assert "G0711" not in said


def test_no_start_where_nothing_can_be_solved():
    text = TEXT.replace("max_steps = 100", "max_steps = 1")
    with pytest.raises(InferenceError, match="the equations of `blow_up` can't be solved"):
        gendsl.compile(text).infer(DATA, seed=1, chains=1, warmup=5, draws=5)
