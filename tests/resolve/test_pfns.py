"""`pfn` blocks as an object of a model, beside their texts of errors in `tests/golden/errors`."""

import json

import pytest
from typer.testing import CliRunner

import gendsl
from gendsl.cli.main import app
from gendsl.diagnostics.source import Source
from gendsl.pipeline import check

MODEL = """
model tasks {
  dim row, col = 1..2
  data X[row, col] : real
  data t[row] : real
  data y[row] : real
  tau ~ HalfNormal(1)
  b[col] ~ Normal(0, tau)
  y[row] ~ Normal(X @ b + t, 1)
}
"""
BLOCK = """
pfn amortised {
  prior   = tasks
  predict y given X, tau, t
  rows    = 4..64
  inputs  = X ~ Normal(0, 1), tau ~ LogUniform(0.1, 10),
    t ~ Uniform(0, 1)
  network = transformer(layers = 2, head = mixture(7), features = fourier(9))
  train   = adam(steps = 10)
}
"""


def codes(text):
    return [d.code for d in check(Source("a.gen", text))]


def test_a_block_says_its_settings_and_has_defaults():
    block = gendsl.compile(MODEL + BLOCK).pfns["amortised"]
    assert (block.name, block.prior, block.target, block.latents) == ("amortised", "tasks", "y", ())
    assert block.given == ("tau", "t", "X")  # an input that varies in size comes last
    assert block.rows == (4, 64)
    assert block.network["head"] == {"kind": "mixture", "number": 7}
    assert block.network["features"] == {"kind": "fourier", "frequencies": 9}
    assert block.network["columns"] == "padded"
    training = block.training
    assert (training["kind"], training["steps"], training["batch"]) == ("adam", 10, 64)
    assert repr(block) == "pfn amortised: y given tau, t, X, prior tasks"


def test_blocks_are_those_of_the_model_and_no_part_of_its_program():
    both = gendsl.compile(MODEL + BLOCK + MODEL.replace("tasks", "other"), model="tasks")
    assert list(both.pfns) == ["amortised"]
    other = gendsl.compile(MODEL + BLOCK + MODEL.replace("tasks", "other"), model="other")
    assert len(other.pfns) == 0
    assert gendsl.compile(MODEL).program == gendsl.compile(MODEL + BLOCK).program


def test_a_name_that_is_no_block():
    with pytest.raises(gendsl.DiagnosticError) as found:
        gendsl.compile(MODEL + BLOCK).pfns["amortized"]
    assert found.value.diagnostics[0].code == "G1003"
    assert "amortised" in found.value.diagnostics[0].help


def test_a_wrong_block_stops_nobody_else():
    text = MODEL + BLOCK.replace("given X", "given Z") + BLOCK.replace("amortised", "second")
    assert codes(text) == ["G1006"]
    model = gendsl.compile(text)
    assert list(model.pfns) == ["second"]
    with pytest.raises(gendsl.DiagnosticError) as found:
        model.pfns["amortised"]
    assert [d.code for d in found.value.diagnostics] == ["G1006"]
    assert [d.code for d in model.warnings] == ["G1006"]
    assert gendsl.compile(MODEL + BLOCK).warnings == ()


def test_a_misspelt_prior_is_told_by_the_model_it_was_meant_for():
    model = gendsl.compile(MODEL + BLOCK.replace("= tasks", "= taks"))
    assert len(model.pfns) == 0
    with pytest.raises(gendsl.DiagnosticError) as found:
        model.pfns["amortised"]
    (problem,) = found.value.diagnostics
    assert (problem.message, problem.help) == (
        "no model is called `taks`",
        "did you mean `tasks`?",
    )


def test_a_broken_prior_is_reported_once():
    assert codes(MODEL.replace("HalfNormal(1)", "HalfNormal(one)") + BLOCK) == ["G0201"]


def test_a_prior_of_another_file(tmp_path):
    (tmp_path / "priors.gen").write_text(MODEL)
    text = 'import "priors.gen"\n' + BLOCK
    (tmp_path / "a.gen").write_text(text)
    model = gendsl.compile(tmp_path / "a.gen", model="tasks")
    assert list(model.pfns) == ["amortised"]


def test_rows_and_batch_of_a_sampler_are_within_their_range():
    block = gendsl.compile(MODEL + BLOCK).pfns["amortised"]
    with pytest.raises(ValueError, match="rows must be between 4 and 64, got 65"):
        block.sampler(rows=65)
    with pytest.raises(ValueError, match="batch must be at least 1, got 0"):
        block.sampler(batch=0)


def test_a_size_that_data_give_must_be_in_its_range():
    model = gendsl.compile(MODEL)
    data = {"X": [[1.0, 2.0, 3.0]] * 4, "t": [0.0] * 4, "y": [1.0] * 4}
    with pytest.raises(gendsl.DiagnosticError) as found:
        model.bind(data)
    assert [d.code for d in found.value.diagnostics] == ["G1002"]
    bound = model.bind({**data, "X": [[1.0, 2.0]] * 4})
    assert bound.sizes["col"] == 2


def test_info_lists_blocks(tmp_path):
    file = tmp_path / "a.gen"
    file.write_text(MODEL + BLOCK)
    shown = CliRunner().invoke(app, ["info", str(file)]).stdout
    assert "1 to 2, from the data" in shown
    assert "amortised" in shown and "y given tau, t, X" in shown and "4 to 64 rows" in shown
    said = json.loads(CliRunner().invoke(app, ["info", str(file), "--json"]).stdout)
    assert said["pfns"] == [{"name": "amortised", "predicts": "y given tau, t, X", "rows": [4, 64]}]


@pytest.mark.parametrize(
    ("declared", "drawn", "head"),
    [
        ("real", "Normal(b, 1)", "bins"),
        ("int >= 0", "Poisson(exp(b))", "bins"),
        ("bool", "Bernoulli(logit = b)", "categorical"),
        ("int", "Binomial(4, logit = b)", "categorical"),
        ("kind", "Categorical(logit = b * c)", "categorical"),
    ],
)
def test_the_usual_head_is_that_of_the_targets_values(declared, drawn, head):
    text = f"""
    model tasks {{
      dim row
      dim kind = 3
      data x[row] : real
      data y[row] : {declared}
      b ~ Normal(0, 1)
      c[kind] ~ Normal(0, 1)
      let d = sum[kind](c)
      y[row] ~ {drawn}
    }}
    pfn amortised {{
      prior = tasks
      predict y given x
      rows = 2..8
      inputs = x ~ Normal(0, 1)
    }}
    """
    assert gendsl.compile(text).pfns["amortised"].network["head"]["kind"] == head
