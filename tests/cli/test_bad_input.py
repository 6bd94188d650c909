"""Each kind of bad input: a diagnostic, exit code 1, no traceback, no file."""

from __future__ import annotations

from pathlib import Path

import pytest

ROWS = """\
model m {{
  dim row
  data y[row] : real
{}  mu ~ Normal(0, 1)
  y[row] ~ Normal(mu, 1)
}}
"""
PLAIN = ROWS.format("")
BOUNDED = ROWS.format("  data s[row] : real > 0\n").replace("Normal(mu, 1)", "Normal(mu, s)")
MATRIX = ROWS.format("  dim col\n  data X[row, col] : real\n  b[col] ~ Normal(0, 1)\n").replace(
    "Normal(mu, 1)", "Normal(mu + X @ b, 1)"
)
INDEXED = """\
model m {
  dim row, county
  data y[row] : real
  data u[county] : real
  data county_of[row] : county
  mu ~ Normal(0, 1)
  y[row] ~ Normal(mu + u[county_of], 1)
}
"""

BAD_MODELS = {
    "an empty file": (b"", ()),
    "not UTF-8": (b"model m {\n  # caf\xe9\n}\n", ("UTF-8", "0xe9")),
    "deep nesting": (
        b"model m {\n  x = " + b"(" * 5000 + b"1" + b")" * 5000 + b"\n}\n",
        ("more than 500 brackets inside one another",),
    ),
    "cyclic definitions": (
        b"model m {\n  a = b + 1\n  b = a + 1\n  mu ~ Normal(a, 1)\n}\n",
        ("`a`", "`b`"),
    ),
}

BAD_DATA = {
    "a missing variable": (PLAIN, '{"Y_": [1, 2], "z": 3}', ("`y`", "Y_")),
    "disagreement on a dimension": (BOUNDED, '{"y": [1, 2], "s": [1, 2, 3]}', ("2", "3", "`row`")),
    "a wrong shape": (MATRIX, '{"y": [1, 2], "X": [1, 2]}', ("`X`",)),
    "an unknown label": (
        INDEXED,
        '{"y": [1, 2], "county": ["A", "B"], "u": [1, 2], "county_of": ["A", "C"]}',
        ('"C"',),
    ),
    "text in a number column": (PLAIN, '{"y": [1, "two"]}', ("two",)),
    "NaN in a real": (PLAIN, '{"y": [1, NaN, 3]}', ("`y[1]` is missing", "`real?`")),
    "a value out of bounds": (BOUNDED, '{"y": [1, 2], "s": [1, -2]}', ("-2", "> 0")),
    "an empty dimension": (PLAIN, '{"y": []}', ("`row`",)),
    "an empty data file": (PLAIN, "", ()),
    "data that are not JSON": (PLAIN, '{"y": [1, 2', ()),
}


@pytest.mark.parametrize("kind", BAD_MODELS)
def test_bad_model(run, tmp_path: Path, kind: str) -> None:
    content, said = BAD_MODELS[kind]
    model, out = tmp_path / "m.gen", tmp_path / "fit.nc"
    model.write_bytes(content)
    for command in (("check", model), ("infer", model, "--out", out), ("info", model)):
        result = run(*command)
        assert result.exit_code == 1
        assert "error[G" in result.output
        assert all(text in result.output for text in said)
    assert not out.exists() and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("kind", BAD_DATA)
def test_bad_data(run, tmp_path: Path, kind: str) -> None:
    text, given, said = BAD_DATA[kind]
    model, data, out = tmp_path / "m.gen", tmp_path / "d.json", tmp_path / "fit.nc"
    model.write_text(text)
    data.write_text(given)
    result = run("infer", model, "--data", data, "--out", out)
    assert result.exit_code == 1 and result.stdout == ""
    assert "error[G06" in result.stderr
    assert all(word in result.stderr for word in said), result.stderr
    assert not out.exists() and len(list(tmp_path.iterdir())) == 2


def test_extra_variables_are_one_note(run, tmp_path: Path) -> None:
    model, data = tmp_path / "m.gen", tmp_path / "d.json"
    model.write_text(PLAIN)
    data.write_text('{"y": [1, 2], "a": 1, "b": 2, "c": 3}')
    result = run("infer", model, "--data", data, "--chains", "1", "--warmup", "20", "--draws", "20")
    assert result.exit_code == 0
    assert result.stderr.count("note[") == 1


@pytest.mark.parametrize(
    ("out", "code", "status"),
    [
        ("missing/fit.nc", "G0640", 1),
        ("folder.nc", "G0640", 1),
        ("fit.txt", "G0804", 2),
        ("fit", "G0804", 2),
    ],
)
def test_an_unusable_output_path_is_found_before_sampling(
    run, tmp_path: Path, out, code, status
) -> None:
    model = tmp_path / "m.gen"
    model.write_text("this is not even a model")
    (tmp_path / "folder.nc").mkdir()
    result = run("infer", model, "--out", tmp_path / out)
    assert result.exit_code == status and f"error[{code}]" in result.stderr


@pytest.mark.parametrize("command", ["predict", "summary", "plot"])
@pytest.mark.parametrize("content", [None, b"", b"\x89HDF\r\n\x1a\n damaged", b"text"])
def test_what_is_not_a_fit(run, tmp_path: Path, command: str, content: bytes | None) -> None:
    fit = tmp_path / "fit.nc"
    if content is not None:
        fit.write_bytes(content)
    options = ("--out", tmp_path / "p.png") if command == "plot" else ()
    result = run(command, fit, *options)
    assert result.exit_code == 1
    assert "error[G0801]" in result.stderr or "error[G0805]" in result.stderr
    assert not (tmp_path / "p.png").exists()
