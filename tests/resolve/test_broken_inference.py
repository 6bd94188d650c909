"""An `infer` line with errors stops the runs that choose it, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

import gendsl
from gendsl.cli.main import app
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.diagnostics.source import Source
from gendsl.pipeline import check

TEXT = """\
model m {
  data y : real
  mu ~ Normal(0, 1)
  y ~ Normal(mu, 1)
}
infer good = nuts(chains = 1, warmup = 20, draws = 10)
infer unknown = cycle(nuts(), slice(nu))
infer unfit = smc() >> nuts()
"""


def codes(found: DiagnosticError) -> list[str]:
    return [diagnostic.code for diagnostic in found.diagnostics]


def test_the_others_run_and_a_warning_names_it() -> None:
    model = gendsl.compile(TEXT)
    assert [(w.code, w.label) for w in model.warnings] == [("G0826", "G0431"), ("G0826", "G0437")]
    assert model.infer({"y": 0.3}).posterior.sizes["draw"] == 10
    assert "unfit    has errors: G0437" in str(model.info())
    assert model.simulate(draws=5)["prior"].sizes["draw"] == 5


@pytest.mark.parametrize(("name", "code"), [("unknown", "G0431"), ("unfit", "G0437")])
def test_the_one_that_is_chosen_shows_its_errors(name: str, code: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        gendsl.compile(TEXT).infer({"y": 0.3}, name=name)
    assert codes(caught.value) == [code]
    assert all(diagnostic.span is not None for diagnostic in caught.value.diagnostics)


def test_the_first_one_is_chosen_where_none_is_named() -> None:
    first = TEXT.replace("infer good", "infer later").replace("infer unfit", "infer bad")
    lines = first.splitlines()
    model = gendsl.compile("\n".join([*lines[:5], lines[7], lines[5]]) + "\n")
    with pytest.raises(DiagnosticError) as caught:
        model.infer({"y": 0.3})
    assert codes(caught.value) == ["G0437"]


def test_check_shows_all_errors(tmp_path: Path) -> None:
    assert {d.code for d in check(Source("m.gen", TEXT))} == {"G0431", "G0437"}
    file = tmp_path / "m.gen"
    file.write_text(TEXT)
    result = CliRunner().invoke(app, ["infer", str(file), "--with", "unfit"])
    assert result.exit_code == 1 and "error[G0437]" in result.stderr


def test_errors_of_the_model_stop_everything() -> None:
    with pytest.raises(DiagnosticError) as caught:
        gendsl.compile(TEXT.replace("Normal(mu, 1)", "Normal(nu, 1)"))
    assert "G0201" in codes(caught.value)
