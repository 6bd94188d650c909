"""The verbs beside `infer`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import Result

Schools = tuple[Path, Path]
Fitted = tuple[Path, Result]


def test_check_lists_every_error_of_every_file(run, schools: Schools, tmp_path: Path) -> None:
    good, wrong = schools[0], tmp_path / "wrong.gen"
    assert run("check", good).exit_code == 0
    wrong.write_text("model m {\n  a ~ Normal(b, 1)\n  c ~ Nromal(0, 1)\n}\n")
    result = run("check", good, wrong)
    assert result.exit_code == 1
    assert result.stdout.count("error[") == 2 and "wrong.gen:2:14" in result.stdout
    assert "2 errors" in result.stderr
    listed = json.loads(run("check", good, wrong, "--json").stdout)
    assert listed["errors"] == 2 and [len(f["diagnostics"]) > 0 for f in listed["files"]][1]


def test_fmt_rewrites_checks_and_prints(run, tmp_path: Path) -> None:
    file = tmp_path / "m.gen"
    file.write_text("model m {\na~Normal( 0,1 ) # kept\n}\n")
    check = run("fmt", "--check", file)
    assert check.exit_code == 1 and check.stdout.strip() == str(file)
    printed = run("fmt", "--stdout", file).stdout
    assert run("fmt", "-", stdin=file.read_bytes()).stdout == printed
    assert run("fmt", file).exit_code == 0
    assert file.read_text() == printed and "a ~ Normal(0, 1)  # kept" in printed
    assert run("fmt", "--check", file).exit_code == 0
    file.write_text("model m {")
    assert run("fmt", file).exit_code == 1 and file.read_text() == "model m {"


def test_info_is_a_table_and_json(run, schools: Schools) -> None:
    text = run("info", schools[0]).stdout
    assert "theta[school]" in text and "non-centred" in text and "real > 0" in text
    described = json.loads(run("info", schools[0], "--json").stdout)
    assert [row["name"] for row in described["data"]] == ["y", "sigma"]
    assert [row["is_observed"] for row in described["data"]] == [True, False]
    assert {row["name"]: row["role"] for row in described["quantities"]} == {
        "mu": "latent", "tau": "latent", "theta": "latent", "y": "observed",
    }  # fmt: skip


def test_each_stage_can_be_printed(run, schools: Schools, tmp_path: Path) -> None:
    for stage, said in (("ast", "SampleStatement"), ("ir", "latent tau : real")):
        assert said in run("compile", schools[0], "--emit", stage).stdout
    source = run("compile", schools[0]).stdout
    compile(source, "generated", "exec")
    out = tmp_path / "model.py"
    assert run("compile", schools[0], "-o", out).exit_code == 0
    assert out.read_text().rstrip() == source.rstrip()


def test_explain(run) -> None:
    assert run("explain", "g0711").stdout.startswith("warning[G0711]: divergent transitions")
    assert run("explain").stdout.count("\n") > 50
    assert json.loads(run("explain", "711", "--json").stdout)["severity"] == "warning"
    unknown = run("explain", "G0799")
    assert unknown.exit_code == 2 and "`G0719`" in unknown.stderr


def test_simulated_data_can_be_inferred_from(run, schools: Schools, tmp_path: Path) -> None:
    data, out = tmp_path / "synthetic.json", tmp_path / "prior.nc"
    options = ("--size", "school=3", "--draws", "50", "--data-out", data, "--out", out)
    result = run("simulate", schools[0], *options)
    assert result.exit_code == 0, result.stderr
    assert "note[G0809]: `sigma` was not given" in result.stderr
    assert "prior predictive" in result.stdout and out.exists()
    assert len(json.loads(data.read_text())["y"]) == 3
    assert run("infer", schools[0], "--data", data, "--with", "short").exit_code == 0


@pytest.mark.parametrize("size", ["school", "school=x", "=3"])
def test_a_malformed_size_is_a_wrong_command(run, schools: Schools, size: str) -> None:
    assert run("simulate", schools[0], "--size", size).exit_code == 2


def test_predict_known_and_new_members(run, fitted: Fitted, tmp_path: Path) -> None:
    new, out = tmp_path / "new.json", tmp_path / "pred.nc"
    new.write_text('{"school": ["Choate", "Eton"], "sigma": [1, 1]}')
    result = run("predict", fitted[0], "--data", new, "--out", out, "--json")
    assert result.exit_code == 0 and out.exists()
    choate, eton = json.loads(result.stdout)["summary"]
    assert choate["name"] == "y[school=Choate]" and eton["name"] == "y[school=Eton]"
    assert choate["mean"] > eton["mean"]
    assert choate["q95"] - choate["q5"] > 5


def test_predict_says_when_rows_are_taken_as_new(run, fitted: Fitted, tmp_path: Path) -> None:
    new = tmp_path / "new.csv"
    new.write_text("sigma\n10\n20\n")
    result = run("predict", fitted[0], "--data", new, "--draws", "50")
    assert result.exit_code == 0
    assert "note[G0810]: all 2 members of `school`" in result.stderr
    assert result.stdout.count("y[school=") == 2


def test_predict_without_data_is_on_the_rows_of_the_fit(run, fitted: Fitted) -> None:
    result = run("predict", fitted[0], "--draws", "50")
    assert result.exit_code == 0 and result.stdout.count("y[school=") == 8


def test_predict_shows_the_quantities_that_are_asked_for(run, fitted: Fitted) -> None:
    short = ("predict", fitted[0], "--draws", "50")
    shown = [
        row["variable"] for row in json.loads(run(*short, "--var", "y", "--json").stdout)["summary"]
    ]
    assert set(shown) == {"y"}
    both = json.loads(run(*short, "--var", "tau", "--var", "y", "--json").stdout)["summary"]
    assert list(dict.fromkeys(row["variable"] for row in both)) == ["tau", "y"]
    result = run(*short, "--var", "taw")
    assert result.exit_code == 2 and "did you mean `tau`?" in result.stderr


def test_predict_refuses_bad_data(run, fitted: Fitted, tmp_path: Path) -> None:
    new = tmp_path / "new.json"
    new.write_text('{"school": ["Choate"], "sigma": [-1]}')
    result = run("predict", fitted[0], "--data", new, "--out", tmp_path / "p.nc")
    assert result.exit_code == 1 and "error[G06" in result.stderr
    assert not (tmp_path / "p.nc").exists()
    other = tmp_path / "other.csv"
    other.write_text("house,price\n1,20\n")
    result = run("predict", fitted[0], "--data", other)
    assert result.exit_code == 1 and result.stdout == "" and "error[G0854]" in result.stderr


def test_summary_chooses_and_truncates(run, fitted: Fitted) -> None:
    assert run("summary", fitted[0]).stdout.splitlines()[0] == fitted[1].stdout.splitlines()[0]
    one = run("summary", fitted[0], "--var", "theta").stdout
    assert one.count("theta[") >= 8 and "tau" not in one.splitlines()[1]
    unknown = run("summary", fitted[0], "--var", "thet")
    assert unknown.exit_code == 2 and "did you mean `theta`?" in unknown.stderr
    assert len(json.loads(run("summary", fitted[0], "--json").stdout)["summary"]) == 10


def test_plot_writes_a_picture(run, fitted: Fitted, tmp_path: Path) -> None:
    out = tmp_path / "fit.png"
    assert run("plot", fitted[0], "--out", out).exit_code == 0
    assert out.read_bytes().startswith(b"\x89PNG")
    assert run("plot", fitted[0], "--out", tmp_path / "fit.gif").exit_code == 2


def test_plot_draws_coverage_and_keeps_its_pictures_apart(run, fitted: Fitted, tmp_path: Path):
    out = tmp_path / "coverage.png"
    drawn = run("plot", fitted[0], "--coverage", "y", "--out", out)
    assert drawn.exit_code == 0 and "coverage of `y` by `y`, 8 observations" in drawn.stderr
    assert out.read_bytes().startswith(b"\x89PNG")
    curve = run("plot", fitted[0], "--curve", "mu", "--out", tmp_path / "a.png")
    assert curve.exit_code == 2 and "G0836" in curve.stderr
    mixed = run("plot", fitted[0], "--curve", "mu", "--coverage", "y")
    assert mixed.exit_code == 2 and "different pictures" in mixed.stderr
    shapeless = run("plot", fitted[0], "--curve", "mu", "--size", "8 by 3")
    assert shapeless.exit_code == 2 and "as in 8x3" in shapeless.stderr
    lonely = run("plot", fitted[0], "--data", "y")
    assert lonely.exit_code == 2 and "goes with --curve" in lonely.stderr
