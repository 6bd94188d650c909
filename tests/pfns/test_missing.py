"""Inputs with missing entries: drawn as a block says, and read from tables as gaps."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from pfn_cases import NETWORK
from pfn_networks import as_trained

import gendsl
from gendsl.analysis.task_nodes import added_nodes
from gendsl.api.pfn_prior import differences
from gendsl.api.pfn_trained import TrainedPfn
from gendsl.api.proposal_notes import as_block
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.inference.amortised import Tasks

GAPS = f"""\
model sensors {{
  dim row, col = 1..2
  dim site = {{north, south}}
  data X[row, col] : real?
  data z[row] : real
  data at[row] : site?
  data y[row] : real
  w[col] ~ Normal(0, 1)
  b[site] ~ Normal(0, 1)
  y[row] ~ Normal(X @ w + z + b[at], 0.5)
}}
pfn sensors {{
  prior   = sensors
  predict   y given z, at, X
  rows    = 2..8
  inputs  = X ~ Uniform(-1, 1), z ~ Normal(0, 1), at ~ Categorical([0.5, 0.5])
  missing = X ~ Uniform(0, 0.5), at ~ Beta(2, 18)
  network = {NETWORK}, head = mixture(2))
}}
"""
WARNED = 3.9
"""Standard errors that chance goes beyond once in 10,000 tests."""


@pytest.fixture(scope="module")
def tasks() -> Tasks:
    """2,000 data sets; `columns` are z, at and one or two of X."""
    draw = gendsl.compile(GAPS).pfns["sensors"].sampler(batch=500)
    parts = [jax.device_get(draw(jax.random.key(seed))) for seed in range(4)]
    found: Tasks = jax.tree.map(lambda *leaves: np.concatenate(leaves), *parts)
    return found


@pytest.fixture(scope="module")
def network(tasks: Tasks) -> TrainedPfn:
    return as_trained(GAPS, "sensors", tasks)


def is_share_right(gaps: np.ndarray, mean: float) -> bool:
    """Whether shares [task] of missing entries have the mean that they should have."""
    return bool(abs(gaps.mean() - mean) < WARNED * gaps.std() / np.sqrt(len(gaps)))


def test_entries_are_missing_as_often_as_the_block_says(tasks: Tasks) -> None:
    assert tasks.valid.all()
    gaps = np.isnan(tasks.x)
    assert not gaps[..., 0].any()
    assert is_share_right(gaps[..., 1].mean(axis=1), 0.1)
    first = gaps[..., 2].mean(axis=1)
    assert is_share_right(first, 0.25)
    assert not is_share_right(first, 0.3)  # another share is told apart
    # Shares differ from task to task: eight entries have more spread than those of one share.
    assert first.var() > 1.3 * 0.25 * 0.75 / 8
    is_there = tasks.columns == 4
    assert np.isnan(tasks.x[is_there][..., 3]).any()
    assert (tasks.x[~is_there][..., 3] == 0.0).all()


def is_blind(gaps: np.ndarray, y: np.ndarray) -> bool:
    """Whether gaps [row] know nothing of how far targets are from 0."""
    corr = np.corrcoef(gaps, np.abs(y))[0, 1]
    return bool(abs(corr) < WARNED / np.sqrt(len(y)))


def test_what_is_missing_does_not_depend_on_values(tasks: Tasks) -> None:
    gaps, y = np.isnan(tasks.x[:, 0, 2]), tasks.y[:, 0]
    assert is_blind(gaps, y)
    assert not is_blind(gaps | (np.abs(y) > 2), y)


def test_gaps_of_tables_are_read_as_such(network: TrainedPfn, tmp_path) -> None:
    x = np.array([[0.1, 1.0, np.nan], [0.4, np.nan, 0.3], [-0.2, 0.0, -0.5]])
    y = np.array([0.3, 1.0, -1.0])
    expected = network.predictor.predict(x, y, x).mean()
    z, at = x[:, 0], np.array(["south", None, "north"], object)
    context = {"z": z, "at": at, "X": x[:, 2:], "y": y}
    np.testing.assert_allclose(network.predict(context, context).mean, expected, rtol=1e-6)
    table = tmp_path / "rows.csv"
    table.write_text("z,at,X,y\n0.1,south,,0.3\n0.4,,0.3,1.0\n-0.2,north,-0.5,-1\n")
    np.testing.assert_allclose(network.predict(table, table).mean, expected, rtol=1e-6)
    filled = {**context, "X": np.nan_to_num(x[:, 2:])}
    assert not np.allclose(network.predict(filled, context).mean, expected, rtol=1e-4)


@pytest.mark.parametrize("name", ["z", "y"])
def test_what_is_never_missing_in_the_prior_may_not_be(network: TrainedPfn, name: str) -> None:
    context = {"z": [0.1, 0.2], "at": ["south"] * 2, "X": [0.1, 0.2], "y": [0.3, 0.4]}
    with pytest.raises(DiagnosticError, match="G1024"):
        network.predict({**context, name: [0.1, np.nan]}, context)


def test_more_gaps_than_any_data_set_of_the_prior_has_are_remarked_upon(
    network: TrainedPfn,
) -> None:
    rng = np.random.default_rng(0)
    context = {
        "z": rng.standard_normal(7),
        "at": [None] * 7,
        "y": rng.standard_normal(7),
    }
    query = {"z": [0.0], "at": ["north"], "X": [0.1]}
    assert network.predict({**context, "at": ["north"] * 7, "X": [0.1] * 7}, query).notes == ()
    with pytest.warns(UserWarning, match="the share of missing inputs is 0\\.[56]"):
        network.predict({**context, "X": [np.nan] * 7}, query)


def test_there_is_no_reference_for_gaps(network: TrainedPfn) -> None:
    with pytest.raises(gendsl.DiagnosticError, match="G1029"):
        network.check()


def test_the_block_is_of_the_models_own_prior(network: TrainedPfn) -> None:
    pfn = network.prior.pfn
    names = [getattr(node, "name", "") for node in added_nodes(pfn)]
    assert names[3:] == ["missing.X.share", "missing.X", "missing.at.share", "missing.at"]
    program = gendsl.compile(GAPS).program
    assert differences(pfn, as_block(pfn, program)) == []
    other = gendsl.compile(GAPS.replace("w[col] ~ Normal(0, 1)", "w[col] ~ Normal(0, 2)")).program
    assert differences(pfn, as_block(pfn, other)) == ["the prior"]
