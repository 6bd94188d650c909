"""The command line in this process, one small fit that many tests read, and its model."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

EIGHT_SCHOOLS = """\
model eight_schools {
  dim school
  data y[school]     : real
  data sigma[school] : real > 0

  mu  ~ Normal(0, 5)
  tau ~ HalfCauchy(5)
  theta[school] ~ Normal(mu, tau)

  y[school] ~ Normal(theta, sigma)
}

infer main  = nuts(chains = 2, warmup = 200, draws = 200)
infer short = nuts(chains = 2, warmup = 100, draws = 50)
"""
SCHOOLS = """\
{"school": ["Choate", "Deerfield", "Andover", "Exeter", "Hotchkiss", "Lawrenceville", "St. Paul's",
            "Mt. Hermon"],
 "y": [28, 8, -3, 7, -1, 1, 18, 12], "sigma": [15, 10, 16, 11, 9, 11, 10, 18]}
"""

Run = Callable[..., Result]


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    os.environ["GENDSL_CACHE_DIR"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def run() -> Run:
    """Runs `gendsl` with these arguments; no exception may leave it."""
    from gendsl.cli.main import app

    def call(*arguments: str | Path, stdin: bytes | None = None) -> Result:
        result = CliRunner().invoke(app, [str(a) for a in arguments], input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert "Traceback" not in result.output
        assert result.exit_code != 70, result.output
        return result

    return call


@pytest.fixture
def schools(tmp_path: Path) -> tuple[Path, Path]:
    """The model and the data of eight schools, as files."""
    model, data = tmp_path / "schools.gen", tmp_path / "schools.json"
    model.write_text(EIGHT_SCHOOLS)
    data.write_text(SCHOOLS)
    return model, data


@pytest.fixture(scope="session")
def fitted(run: Run, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """A saved fit of eight schools, and what the command printed."""
    folder = tmp_path_factory.mktemp("fit")
    model, data, fit = folder / "schools.gen", folder / "schools.json", folder / "fit.nc"
    model.write_text(EIGHT_SCHOOLS)
    data.write_text(SCHOOLS)
    return fit, run("infer", model, "--data", data, "--seed", "1", "--out", fit)
