"""`gendsl loo`, `kfold` and `compare`."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import Result

Schools = tuple[Path, Path]
Fitted = tuple[Path, Result]


def test_loo_is_a_table_and_json(run, fitted: Fitted) -> None:
    fit, _ = fitted
    shown = run("loo", fit, "--all")
    assert (
        shown.exit_code == 0 and "elpd_loo" in shown.stdout and "y[school=Choate]" in shown.stdout
    )
    found = json.loads(run("loo", fit, "--json").stdout)
    assert len(found["observations"]) == found["num_observations"] == 8
    assert abs(sum(row["elpd"] for row in found["observations"]) - found["elpd"]) < 1e-9


def test_refits_leave_no_bad_shapes(run, fitted: Fitted) -> None:
    found = json.loads(run("loo", fitted[0], "--refit", "--json", "-q").stdout)
    assert "G0913" not in {warning["code"] for warning in found["warnings"]}


def test_folds_of_a_model(run, schools: Schools) -> None:
    model, data = schools
    options = ("--data", data, "--with", "short", "--folds", "4", "-q", "--json")
    found = json.loads(run("kfold", model, *options).stdout)
    assert sorted(row["fold"] for row in found["observations"]) == [0, 0, 1, 1, 2, 2, 3, 3]
    same = json.loads(run("kfold", model, *options).stdout)
    assert same == found
    refused = run("kfold", model, "--data", data, "--folds", "9", "-q")
    assert refused.exit_code == 2 and "error[G0915]" in refused.stderr


def test_fits_are_compared(run, fitted: Fitted, schools: Schools, tmp_path: Path) -> None:
    fit, other = fitted[0], tmp_path / "pooled.nc"
    options = ("--data", schools[1], "--with", "short", "--set", "tau=0.1", "--out", other, "-q")
    assert run("infer", schools[0], *options).exit_code == 0
    shown = run("compare", fit, other)
    assert shown.exit_code == 0 and "pooled" in shown.stdout and "weight" in shown.stdout
    found = json.loads(run("compare", fit, other, "--json").stdout)
    assert abs(sum(row["weight"] for row in found["models"]) - 1) < 1e-6
    assert run("compare", fit).exit_code == 2
