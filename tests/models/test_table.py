"""The table of posteriors, on a database of one posterior that is known exactly.

Seven successes in ten trials under a uniform prior: theta is Beta(8, 4). A row calls a right model
off with probability at most 1 in 1000; with the seed fixed, the outcome is.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from scipy import stats

from gendsl.models.row import Row
from gendsl.models.row_files import read_rows, write_rows
from gendsl.models.table import main

NAME = "Rate_1_data-Rate_1_model"
ROWS = (
    Row("a-a", 1.0021, 812.0, 0, 2.31, 14.0, "agrees"),
    Row("b-b", 1.2, 13.0, 4, None, 28.0, "chains disagree"),
)


def database(folder: Path, sd_factor: float = 1.0) -> Path:
    exact = stats.beta(8, 4)
    summary = {"theta": {"mean": float(exact.mean()), "sd": sd_factor * float(exact.std())}}
    (folder / "data.json").write_text('{"n": 10, "k": 7}')
    with gzip.open(folder / "reference.json.gz", "wt") as file:
        json.dump({"summary": summary}, file)
    row = {"name": NAME, "data": "data.json", "reference": "reference.json.gz"}
    (folder / "index.json").write_text(json.dumps([row]))
    return folder


@pytest.mark.statistical
def test_a_right_model_gets_a_fine_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "table.csv"
    arguments = ["--data", str(database(tmp_path)), "--only", "rate_one", "--out", str(out)]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert NAME in printed and "agrees" in printed and "1 posteriors, 1 fine" in printed
    (row,) = read_rows(out).values()
    assert row.verdict == "agrees" and row.max_z is not None and row.r_hat < 1.01

    out.write_text(out.read_text().replace("agrees", "off the reference"))
    assert main([*arguments, "--resume"]) == 1  # the row that is there is kept
    assert main(["--data", str(tmp_path), "--only", NAME, "--out", str(out)]) == 0


@pytest.mark.slow
@pytest.mark.statistical
def test_a_right_model_gets_a_fine_row_through_pyro(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", str(database(tmp_path)), "--only", NAME, "--backend", "pyro"]) == 0
    assert "agrees" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.statistical
def test_a_reference_that_is_off_is_noticed(tmp_path: Path) -> None:
    """The twin: a reference sd that is 15% too large."""
    folder = database(tmp_path, sd_factor=1.15)
    out = tmp_path / "table.md"
    assert main(["--data", str(folder), "--only", "rate_one", "--out", str(out)]) == 1
    assert read_rows(out)[NAME].verdict == "off the reference"


@pytest.mark.parametrize("suffix", [".csv", ".md"])
def test_rows_are_read_as_written(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"table{suffix}"
    write_rows(path, ROWS)
    assert tuple(read_rows(path).values()) == ROWS


def test_another_file_is_not_a_table(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="not a table"):
        read_rows(path)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--only", "nothing"], "states no nothing"),
        (["--out", "table.txt"], "--out ends in .csv or .md"),
        (["--resume"], "--resume needs --out"),
        (["--data", "nowhere"], "no posteriordb"),
        (["--backend", "stan"], "invalid choice: 'stan'"),
    ],
)
def test_wrong_commands_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    folder = [] if "--data" in arguments else ["--data", str(database(tmp_path))]
    with pytest.raises(SystemExit) as stop:
        main([*folder, *arguments])
    assert stop.value.code == 2
    assert said in capsys.readouterr().err
