"""Networks that are not trained: compiling a sampler and a step of training takes long."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from typer.testing import CliRunner, Result

import gendsl
from gendsl.api.pfn_columns import inputs_of
from gendsl.api.pfn_plan import design_of, settings_of_training
from gendsl.api.pfn_ranges import NUM_TASKS, ranges_of, with_scores
from gendsl.api.pfn_trained import TrainedPfn
from gendsl.inference.amortised import About, Tasks, begin

sys.path.insert(0, str(Path(__file__).parent))
from pfn_cases import LINES, SPECIES, lines_of, species_of

Run = Callable[..., Result]


def as_trained(text: str, name: str, tasks: Tasks) -> TrainedPfn:
    """A network of random weights that takes itself for trained."""
    prior = gendsl.compile(text).pfns[name].block
    inputs, settings = inputs_of(prior.pfn), settings_of_training(prior.pfn, steps=1)
    design = design_of(prior.pfn, sum(max(each.widths) for each in inputs), 0)
    with jax.enable_x64(False):
        fresh = begin(design, settings, lambda key: jax.tree.map(jnp.asarray, tasks), 0)
    rng = np.random.default_rng(0)
    average = jax.tree.map(
        lambda leaf: leaf + np.float32(0.3) * rng.standard_normal(leaf.shape, np.float32),
        fresh.state.average,
    )
    state = fresh.state._replace(average=average, step=jnp.int32(1))
    about = About(
        text, prior.hash, ranges_of(tasks, inputs, prior.pfn.rows) | {"seed": 0}, None,
        prior.source.name, {}, name, None,
    )  # fmt: skip
    found = TrainedPfn(prior, replace(fresh, state=state), about)
    ranges = with_scores(about.ranges, found.predictor, tasks)
    return replace(found, about=replace(about, ranges=ranges))


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    os.environ["GENDSL_CACHE_DIR"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def line() -> TrainedPfn:
    """Of numbers: an array of one or two columns, and a scale that is given."""
    return as_trained(LINES, "line", lines_of(NUM_TASKS, 1))


@pytest.fixture(scope="session")
def kinds() -> TrainedPfn:
    """Of two classes."""
    return as_trained(SPECIES, "two_kinds", species_of(NUM_TASKS, 2))


@pytest.fixture(scope="session")
def line_file(line: TrainedPfn, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("networks") / "line.pfn"
    line.save(path)
    return path


@pytest.fixture
def run() -> Run:
    """Runs `gendsl pfn` with these arguments; no exception may leave it."""
    from gendsl.cli.main import app

    def call(*arguments: str | Path) -> Result:
        result = CliRunner().invoke(app, ["pfn", *map(str, arguments)])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert "Traceback" not in result.output and result.exit_code != 70, result.output
        return result

    return call
