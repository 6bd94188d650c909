"""Simulated data under `where`: only what a statement scores is drawn."""

import json
from pathlib import Path

import numpy as np
import pytest

import gendsl

TEXT = """model m {
  dim time : ordered
  data a[time] : bool
  data b[time] : bool
  data y[time] : real
  data n[time] : int >= 0
  mu ~ Normal(0, 1)
  y[time = first] ~ Normal(0, 1)
  y[time] ~ Normal(100 + 0.5 * y[time - 1] + mu, 0.001) where a
  n[time] ~ Poisson(50) where a
  n[time] ~ Poisson(5000) where b
}
"""
GIVEN = {"y": np.array([1.0, 2000.0, 3.0, 4.0]), "n": np.array([1, 2, 3, 4])}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> gendsl.Model:
    path = tmp_path_factory.mktemp("where") / "m.gen"
    path.write_text(TEXT)
    return gendsl.compile(path)


def test_entries_that_nothing_scores_keep_the_data(model: gendsl.Model) -> None:
    choice = {"a": [1, 0, 1, 0], "b": [0, 1, 0, 0]}
    simulated = model.simulate({**choice, **GIVEN}, draws=3, seed=1)
    y, n = (simulated["prior_predictive"][name].values[0] for name in ("y", "n"))
    mu = simulated["prior"]["mu"].values[0]
    # the entry that is kept is the past of the one that follows it
    assert (y[:, 1] == 2000).all() and (y[:, 3] == 4).all()
    assert y[:, 2] == pytest.approx(1100 + mu, abs=0.01)
    assert n.dtype.kind == "i" and (n[:, 3] == 4).all()
    assert (abs(n[:, [0, 2]] - 50) < 50).all() and (abs(n[:, 1] - 5000) < 500).all()


def test_without_data_they_are_nan_and_made_up_in_a_file(
    model: gendsl.Model, tmp_path: Path
) -> None:
    from gendsl.api.simulation import save_first_data

    choice = {"a": [1, 1, 1, 0], "b": [0, 0, 0, 0]}
    simulated = model.simulate(choice, draws=2, seed=2)
    y, n = (simulated["prior_predictive"][name].values[0] for name in ("y", "n"))
    for values in (y, n):
        assert np.isnan(values).tolist() == [[False, False, False, True]] * 2
    path = tmp_path / "made.json"
    save_first_data(model.program, simulated, path)
    written = json.loads(path.read_text())
    assert written["n"][:3] == n[0, :3].tolist() and isinstance(written["n"][3], int)
    assert np.isfinite(written["y"]).all() and written["n"][3] >= 0


def test_a_condition_of_what_is_drawn(tmp_path: Path) -> None:
    path = tmp_path / "z.gen"
    path.write_text("""model z {
  dim row = 30
  data y[row] : real
  z[row] ~ Bernoulli(0.5)
  y[row] ~ Normal(7, 0.001) where z
}
""")
    simulated = gendsl.compile(path).simulate(draws=2, seed=1)
    z, y = simulated["prior"]["z"].values, simulated["prior_predictive"]["y"].values
    assert 0 < z.sum() < z.size
    assert y == pytest.approx(np.where(z == 1, 7.0, np.nan), abs=0.01, nan_ok=True)
