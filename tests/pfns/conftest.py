"""Networks that are not trained: compiling a sampler and a step of training takes long."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gendsl.api.pfn_ranges import NUM_TASKS
from gendsl.api.pfn_trained import TrainedPfn

sys.path.insert(0, str(Path(__file__).parent))
from inside_cases import MODEL
from pfn_cases import LINES, SPECIES, lines_of, species_of
from pfn_networks import as_trained
from proposal_cases import CONJUGATE, conjugate_tasks

Run = Callable[..., Result]


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
def folder(line: TrainedPfn, kinds: TrainedPfn, tmp_path: Path) -> Path:
    """The files of both, and of a model that draws from one."""
    line.save(tmp_path / "line.pfn")
    kinds.save(tmp_path / "kinds.pfn")
    (tmp_path / "m.gen").write_text(MODEL)
    return tmp_path


@pytest.fixture(scope="session")
def robust() -> TrainedPfn:
    """Of three latents, near the prior: a wide proposal of random shape."""
    return as_trained(CONJUGATE, "robust", conjugate_tasks(1000, 1), 0.05, is_scored=False)


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
