"""`gendsl sbc`, `gendsl geweke`, and nested R-hat and E-BFMI on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

MODEL = """\
model counts {
  dim row
  data y[row] : int >= 0
  rate ~ Gamma(4, 1)
  y[row] ~ Poisson(rate)
}
infer quick = laplace(draws = 200)
infer walk  = random_walk(warmup = 200)
"""


@pytest.fixture(scope="module")
def counts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "counts.gen"
    path.write_text(MODEL)
    return path


def test_calibration_is_printed_saved_and_drawn(run, counts: Path, tmp_path: Path) -> None:
    picture, saved = tmp_path / "sbc.png", tmp_path / "sbc.nc"
    options = ("--size", "row=3", "--with", "quick", "--simulations", "8", "--draws", "19", "-q")
    shown = run("sbc", counts, *options, "--plot", picture, "--out", saved)
    assert shown.exit_code == 0, shown.stderr
    assert "among 19 draws, of 8 fits" in shown.stdout and "joint regions of 50%" in shown.stdout
    assert picture.read_bytes().startswith(b"\x89PNG") and saved.stat().st_size > 0
    found = json.loads(run("sbc", counts, *options, "--json").stdout)
    names = [row["name"] for row in found["quantities"]]
    assert names == ["rate", "log likelihood", "joint region"]
    assert found["simulations"] == 8 and len(found["coverage"]["level"]) == 21


@pytest.mark.slow
def test_a_joint_test_is_printed(run, counts: Path) -> None:
    """The rate is so small that chance has no part in the exit code."""
    options = ("--size", "row=3", "--with", "walk", "--turns", "30", "--chains", "40", "-q")
    shown = run("geweke", counts, *options, "--rate", "1e-6", "--strict")
    assert shown.exit_code == 0, shown.stdout + shown.stderr
    assert "40 chains of 30 turns" in shown.stdout and "log likelihood, spread" in shown.stdout


def test_commands_that_are_refused(run, counts: Path, tmp_path: Path) -> None:
    sized = ("--size", "row=3")
    for command, code in (
        (("geweke", counts, *sized, "--with", "quick"), "G0833"),
        (("sbc", counts, *sized, "--with", "quick", "--draws", "300"), "G0832"),
        (("sbc", counts, *sized, "--with", "none"), "G0806"),
        (("sbc", counts, *sized, "--plot", tmp_path / "a.gif"), "G0804"),
    ):
        refused = run(*command)
        assert refused.exit_code == 2 and f"error[{code}]" in refused.stderr
    unsized = run("geweke", counts, "--with", "walk")
    assert unsized.exit_code == 1 and "error[G0614]" in unsized.stderr
    assert run("sbc", counts, *sized, "--size", "row").exit_code == 2


@pytest.mark.slow
def test_superchains_and_energies(run, schools: tuple[Path, Path], tmp_path: Path) -> None:
    model, data = schools
    out = tmp_path / "nested.nc"
    options = ("--data", data, "--with", "short", "--chains", "4", "--out", out, "-q")
    assert "nested_r_hat" in run("infer", model, *options, "--superchains", "2").stdout
    shown = run("summary", out)
    assert "nested_r_hat" in shown.stdout and "E-BFMI by chain: " in shown.stdout
    found = json.loads(run("summary", out, "--json").stdout)
    assert len(found["bfmi"]) == 4 and found["summary"][0]["nested_r_hat"] >= 1.0
    refused = run("infer", model, *options, "--superchains", "3")
    assert refused.exit_code == 2 and "error[G0830]" in refused.stderr
