"""`gendsl infer`: what it prints, saves and returns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import xarray
from typer.testing import Result

from gendsl.results.attributes import decode, hash_of

Schools = tuple[Path, Path]


def test_a_table_goes_to_stdout_and_the_rest_to_stderr(fitted: tuple[Path, Result]) -> None:
    fit, result = fitted
    assert result.exit_code == 0
    heading, first, *_ = result.stdout.splitlines()
    assert heading.split() == ["mean", "sd", "5%", "95%", "ess_bulk", "ess_tail", "r_hat"]
    assert first.startswith("mu ")
    assert "theta[school=Choate]" in result.stdout
    assert "sampling 200/200" in result.stderr
    assert f"saved {fit}" in result.stderr and "seed 1, double precision" in result.stderr
    assert "\x1b" not in result.output


def test_the_file_has_every_group_with_labels(fitted: tuple[Path, Result]) -> None:
    with xarray.open_datatree(fitted[0], engine="h5netcdf") as tree:
        assert set(tree.children) == {
            "posterior", "posterior_predictive", "log_likelihood", "sample_stats", "observed_data",
            "constant_data", "prior", "prior_predictive",
        }  # fmt: skip
        theta = tree["posterior"]["theta"]
        assert theta.dims == ("chain", "draw", "school") and theta.dtype == "float64"
        assert float(theta.sel(school="Choate").mean()) > float(theta.sel(school="Andover").mean())
        assert list(tree["posterior"].data_vars) == ["mu", "tau", "theta"]
        assert tree["log_likelihood"]["y"].sizes == {"chain": 2, "draw": 200, "school": 8}
        statistics = {"lp", "acceptance_rate", "diverging", "tree_depth", "n_steps", "step_size"}
        assert statistics | {"energy"} <= set(tree["sample_stats"].data_vars)
        assert tree["observed_data"]["y"].values[0] == 28
        assert tree["constant_data"]["sigma"].values[0] == 15
        attributes = decode(tree.attrs)
    assert attributes["model_text"].startswith("model eight_schools")
    assert attributes["model_hash"] == hash_of(attributes["model_text"])
    assert attributes["seed"] == 1 and attributes["precision"] == "double"
    assert attributes["inference_program"].startswith("main = nuts(chains = 2, warmup = 200")
    assert {"gendsl", "jax", "numpyro", "python"} <= set(attributes["versions"])


def test_arviz_reads_the_file(fitted: tuple[Path, Result]) -> None:
    import arviz

    data = arviz.from_netcdf(fitted[0])
    assert data.posterior["mu"].shape == (2, 200)
    table = arviz.summary(data, var_names=["mu"])
    line = next(line for line in fitted[1].stdout.splitlines() if line.startswith("mu "))
    assert abs(float(line.split()[5]) - table.loc["mu", "ess_bulk"]) <= 1


def test_the_same_seed_gives_the_same_draws_as_json(run, schools: Schools) -> None:
    model, data = schools
    command = ("infer", model, "--data", data, "--with", "short", "--json", "--quiet", "--seed")
    first, again, other = (json.loads(run(*command, seed).stdout) for seed in ("3", "3", "4"))
    assert first["summary"] == again["summary"] != other["summary"]
    assert first["inference_program"].startswith(
        "short = nuts(chains = 2, warmup = 100, draws = 50"
    )
    row = first["summary"][2]
    assert row["name"] == "theta[school=Choate]"
    assert row["coordinates"] == {"school": "Choate"}
    assert {"mean", "sd", "q5", "q95", "ess_bulk", "ess_tail", "r_hat"} <= set(row)
    assert all(warning["code"].startswith("G07") for warning in first["warnings"])


def test_strict_says_not_to_trust_too_few_draws(run, schools: Schools, tmp_path: Path) -> None:
    model, data = schools
    out = tmp_path / "fit.zarr"
    result = run(
        "infer", model, "--data", data, "--with", "short", "--strict", "-q", "--out", out
    )  # fmt: skip
    assert result.exit_code == 4
    assert "warning[G0713]" in result.stdout and "help: try" in result.stdout
    assert result.stderr == ""
    summary = run("summary", out, "--var", "tau")
    assert summary.exit_code == 0 and summary.stdout.splitlines()[1].startswith("tau")


@pytest.mark.parametrize(
    ("options", "code", "exit_code"),
    [
        (("--with", "shrot"), "G0806", 2),
        (("--device", "gpu"), "G0807", 2),
        (("--model", "nine_schools"), "G0402", 1),
        (("--chains", "0"), "", 2),
        (("--precision", "half"), "", 2),
    ],
)
def test_a_wrong_option_ends_at_once(run, schools: Schools, options, code, exit_code) -> None:
    model, data = schools
    result = run("infer", model, "--data", data, *options)
    assert result.exit_code == exit_code and code in result.stderr and result.stdout == ""


def test_no_start_names_the_line_the_site_and_the_value(run, tmp_path: Path) -> None:
    model, data = tmp_path / "m.gen", tmp_path / "d.json"
    model.write_text("""\
model m {
  dim row
  data y[row] : int
  rate : real > 0 ~ Exponential(1)
  y[row] ~ Poisson(rate)
}
""")
    data.write_text('{"y": [1, 2, -3]}')
    result = run("infer", model, "--data", data, "--chains", "1")
    assert result.exit_code == 3
    assert "error[G0701]" in result.stderr and "m.gen:5:3" in result.stderr
    assert "`y[row=2]` is -inf (1 of 3 entries)" in result.stderr
    assert "note: `y[row=2]` is -3" in result.stderr


def test_a_bad_gradient_names_the_statement_and_the_unknown(run, tmp_path: Path) -> None:
    model, data = tmp_path / "m.gen", tmp_path / "d.json"
    model.write_text("""\
model m {
  dim row
  data y[row] : real
  a ~ Normal(0, 1)
  b = if(a > 1000, sqrt(a - 1000), a)
  y[row] ~ Normal(b, 1)
}
""")
    data.write_text('{"y": [1, 2]}')
    result = run("infer", model, "--data", data, "--chains", "1")
    assert result.exit_code == 3
    assert "error[G0702]: the gradient of the log density of `y`" in result.stderr
    assert "m.gen:6:3" in result.stderr and "with respect to this" in result.stderr


def test_nothing_to_infer_is_said(run, tmp_path: Path) -> None:
    model, data = tmp_path / "m.gen", tmp_path / "d.json"
    model.write_text("model m {\n  data y : real\n  y ~ Normal(0, 1)\n}\n")
    data.write_text('{"y": 1}')
    result = run("infer", model, "--data", data)
    assert result.exit_code == 1 and "error[G0704]" in result.stderr
