"""`--set` and `--do` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import Result

Schools = tuple[Path, Path]
Fitted = tuple[Path, Result]


def test_info_and_compile_show_what_is_fixed(run, schools: Schools) -> None:
    shown = run("info", schools[0], "--set", "tau=3", "--do", "mu=1").stdout
    assert "conditioned on\n  tau  =  3" in shown and "set from outside\n  mu  =  1" in shown
    described = json.loads(run("info", schools[0], "--set", "tau=3", "--json").stdout)
    assert described["conditioned"] == {"tau": 3}
    source = run("compile", schools[0], "--set", "tau=3").stdout
    assert 'numpyro.sample("tau", dist.HalfCauchy(5.0), obs=tau)' in source
    cut = run("compile", schools[0], "--do", "tau=3").stdout
    assert '"tau"' not in cut and "sigma, tau" in cut


def test_a_fit_given_values_and_its_predictions(run, schools: Schools, tmp_path: Path) -> None:
    model, data = schools
    fit, values = tmp_path / "fit.nc", tmp_path / "theta.json"
    values.write_text("[1, 2, 3, 4, 5, 6, 7, 8]")
    options = ("--data", data, "--with", "short", "--out", fit, "-q")
    result = run("infer", model, "--set", f"theta={values}", *options)
    assert result.exit_code == 0, result.stderr
    assert "theta[school=Exeter]" in result.stdout
    predicted = run("predict", fit, "--json").stdout
    assert {row["name"] for row in json.loads(predicted)["summary"]} >= {"y[school=Choate]"}
    again = run("predict", fit, "--do", "theta=100", "--json").stdout
    rows = {row["name"]: row["mean"] for row in json.loads(again)["summary"]}
    assert all(60 < mean < 140 for mean in rows.values())


def test_simulation_of_an_intervention(run, schools: Schools) -> None:
    options = ("--size", "school=3", "--draws", "20")
    assert run("simulate", schools[0], "--do", "theta[1]=50", *options).exit_code == 0
    refused = run("simulate", schools[0], "--set", "theta=1", *options)
    assert refused.exit_code == 1 and "error[G0905]" in refused.stderr


@pytest.mark.parametrize(
    ("option", "code", "exit_code"),
    [
        ("--set=tua=3", "G0901", 2),
        ("--set=tau", "G0906", 2),
        ("--set=tau=", "G0906", 2),
        ("--set=tau=[1,", "G0906", 2),
        ("--set=tau=nothing.json", "G0906", 2),
        ("--set=sigma=1", "G0903", 2),
        ("--set=tau=-3", "G0624", 1),
        ('--set=theta[school="Chaote"]=1', "G0902", 1),
    ],
)
def test_wrong_settings(run, schools: Schools, option: str, code: str, exit_code: int) -> None:
    result = run("infer", schools[0], "--data", schools[1], option)
    assert result.exit_code == exit_code and f"error[{code}]" in result.stderr, result.stderr


def test_a_table_of_groups_leaves_the_rows_of_the_fit(run, tmp_path: Path) -> None:
    model, data, fit = tmp_path / "m.gen", tmp_path / "d.json", tmp_path / "fit.nc"
    model.write_text(
        "model m {\n  dim house\n  dim county\n  data u[county] : real\n"
        "  data county_of[house] : county\n  data y[house] : real\n  b ~ Normal(0, 1)\n"
        "  y[house] ~ Normal(b * u[county_of], 1)\n}\n"
        "infer main = nuts(chains = 2, warmup = 50, draws = 20)\n"
    )
    data.write_text(
        '{"county": ["A", "B"], "u": [1, 2], "county_of": ["A", "A", "B"], "y": [1, 2, 3]}'
    )
    assert run("infer", model, "--data", data, "--out", fit, "-q").exit_code == 0
    counties = tmp_path / "counties.json"
    counties.write_text('{"county": ["A", "B"], "u": [5, 6]}')
    result = run("predict", fit, "--data", counties)
    assert "note[G0812]" in result.stderr and "`house`" in result.stderr
    assert "y[house=2]" in result.stdout
    assert "note[G0812]" not in run("predict", fit).stderr
