"""Trained networks in files: what they carry, what is refused, and the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from pfn_cases import LINES, NETWORK, SPECIES, species_of

import gendsl
from gendsl.api.pfn_ranges import ranges_of
from gendsl.api.pfn_trained import TrainedPfn
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.inference.amortised import Checkpoint, save

CONTEXT = {"X": [[0.1, -0.2], [0.5, 0.3]], "y": [0.2, -0.4], "tau": 0.5}
TABLE = "a,b,y\n0.1,-0.2,0.2\n0.5,0.3,-0.4\n"


def said(path: Path, **options) -> str:
    with pytest.raises(DiagnosticError) as found:
        gendsl.load_pfn(path, **options)
    return str(found.value)


def test_a_file_has_all_that_prediction_needs(line: TrainedPfn, line_file: Path) -> None:
    found = gendsl.load_pfn(line_file)
    query = {"X": [[0.0, 0.0]]}
    np.testing.assert_array_equal(
        found.predict(CONTEXT, query).mean, line.predict(CONTEXT, query).mean
    )
    assert found.text == LINES and found.about == line.about
    assert found.to_dict()["draws"]["rows"] == [2, 8]
    assert json.dumps(found.to_dict())


def test_files_of_other_priors_are_refused(line_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "own.gen"
    file.write_text("# a remark\n" + LINES.replace("steps = 20", "steps = 30"))
    assert gendsl.load_pfn(line_file, prior=file).name == "line"
    for old, new, what in (
        ("tau ~ HalfNormal(1)", "tau ~ HalfNormal(2)", ""),
        ("sigma ~ HalfNormal(1)", "sigma ~ HalfNormal(2)", "the prior is not"),
        ("rows    = 2..8", "rows    = 2..9", "the rows is not"),
        ("X ~ Uniform(-1, 1)", "X ~ Uniform(-1, 2)", "the prior is not"),
        ("mixture(2)", "mixture(3)", "the network is not"),
        ("y given X, tau", "y, sigma given X, tau", "what is predicted"),
    ):
        file.write_text(LINES.replace(old, new))
        if what:
            assert what in said(line_file, prior=file)
        else:  # `tau` is given: its own prior is not looked at
            gendsl.load_pfn(line_file, prior=file)
    file.write_text(LINES.replace("pfn line", "pfn other"))
    assert "G1015" in said(line_file, prior=file)


def test_files_that_want_to_be_believed_are_not(line: TrainedPfn, tmp_path: Path) -> None:
    about, path = line.about, tmp_path / "bad.pfn"
    ranges = dict(about.ranges)
    library = tmp_path / "library.gen"  # is there, and is not read
    library.write_text(LINES[: LINES.index("pfn")])
    imports = f'import "{library.name}"\n' + LINES[LINES.index("pfn") :]
    for bad, words in (
        (replace(about, prior=LINES + "# more\n"), "the hash"),
        (replace(about, prior="model {"), "its prior has errors"),
        (replace(about, prior="((((" * 4000), "its prior"),
        (replace(about, prior=imports, prior_file=str(tmp_path / "a.gen")), "its prior has errors"),
        (replace(about, block="other"), "has no `pfn` block"),
        (replace(about, ranges={**ranges, "rows": [1, 1000]}), "draws can't be read"),
        (replace(about, ranges={**ranges, "target": {}}), "draws can't be read"),
        (replace(about, ranges={**ranges, "by_rows": {"1": {"mean": "a"}}}), "draws can't be read"),
    ):
        save(path, Checkpoint(line.trained, bad))
        found = said(path)
        assert "G1021" in found and words in found, found
    save(path, Checkpoint(line.trained, about))
    content = path.read_bytes()
    for broken in (content[:-50], content[: len(content) // 2], b"", content[:-8] + b"\1" * 8):
        path.write_bytes(broken)
        assert "G1021" in said(path)
    assert "G0801" in said(tmp_path / "nothing.pfn")


def test_prediction_on_the_command_line(run, line_file: Path, tmp_path: Path) -> None:
    data, query, out = (tmp_path / name for name in ("d.csv", "q.csv", "o.csv"))
    data.write_text(TABLE)
    query.write_text("a,b\n0,0\n0.2,0.4\n")
    words = ("predict", line_file, "--data", data, "--query", query, "--set", "tau=0.5")
    found = run(*words, "--out", out)
    assert found.exit_code == 0 and "median" in found.output
    assert out.read_text().splitlines()[0] == "row,mean,sd,q5,median,q95"
    said = json.loads(run(*words, "--json").stdout)
    assert len(said["rows"]) == 2 and said["notes"] == []
    assert said["rows"][0]["mean"] == float(out.read_text().splitlines()[1].split(",")[1])
    query.write_text("a,b\n0,50\n")
    assert "G1019" in run(*words).output
    data.write_text(TABLE + "0.3,,0.1\n")
    found = run(*words)
    assert found.exit_code == 1 and "`b` is missing in line 4 of d.csv" in found.output
    assert run(*words[:-1], "tau").exit_code == 2


def test_info_shows_what_a_network_is(run, line_file: Path) -> None:
    found = run("info", line_file).output
    assert "y given tau, X" in found and "2 to 8, context and queries" in found
    assert run("info", line_file, "--text").output == LINES
    assert json.loads(run("info", line_file, "--json").output)["gap"] is None


def test_training_is_refused_before_it_begins(run, line_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "own.gen"
    file.write_text(LINES)
    for words, code, exit_code in (
        (("--out", line_file), "G1026", 2),
        (("--out", tmp_path / "a.nc"), "G0804", 2),
        (("--out", tmp_path / "a.pfn", "--name", "lines"), "did you mean `line`?", 2),
        (("--out", tmp_path / "a.pfn", "--budget", "soon"), "15min", 2),
        (("--out", tmp_path / "a.pfn", "--resume"), "G0801", 1),
        (("--out", line_file, "--resume", "--seed", "3"), "G1022", 2),
    ):
        found = run("train", file, *words)
        assert code in found.output and found.exit_code == exit_code, found.output
    file.write_text(LINES.replace("X ~ Uniform(-1, 1)", "X ~ Normal(0, 1)"))
    found = run("train", file, "--out", line_file, "--resume")
    assert found.exit_code == 1 and "G1022" in found.output and "the prior is not" in found.output


SMALL = f"""\
model means {{
  dim row
  data x[row] : real
  data y[row] : real
  mu ~ Normal(0, 1)
  s ~ Uniform(0, 1)
  y[row] ~ Normal(mu, 1)
}}
pfn mean {{
  prior   = means
  predict   y, mu, s given x
  rows    = 2..8
  inputs  = x ~ Normal(0, 1)
  require s < 0.5
  network = {NETWORK}, head = mixture(1), joint = flow(layers = 1, width = 8, bins = 4))
  train   = adam(steps = 1500, batch = 32, rate = 1e-2, warmup = 0.1, average = 0.98)
}}
"""


@pytest.mark.slow
def test_training_goes_on_to_the_last_bit_and_learns(run, tmp_path: Path) -> None:
    """The exact mean of 4 rows is sum(y) / 5; a network that has learnt nothing says 0."""
    file, whole, parts = (tmp_path / name for name in ("m.gen", "whole.pfn", "parts.pfn"))
    file.write_text(SMALL)
    assert run("train", file, "--out", whole, "--quiet").exit_code == 0
    block = gendsl.compile(file).pfns["mean"]
    stopped = block.train(out=parts, progress=_interrupt_once())
    assert not stopped.is_done and 0 < stopped.num_steps < 1500
    assert "not at its end" in run("info", parts).output
    assert run("train", file, "--out", parts, "--resume", "--quiet").exit_code == 0
    one, other = gendsl.load_pfn(whole), gendsl.load_pfn(parts)
    assert one.num_steps == other.num_steps == 1500
    data = {"x": [0.1, 0.2, 0.3, 0.4], "y": [1.0, 1.5, 0.5, 2.0]}
    found, again = (net.predict(data, {"x": [0.0]}) for net in (one, other))
    assert found.mean == again.mean and found.sd == again.sd
    assert abs(found.mean[0] - 1.0) < 0.2 and abs(found.sd[0] - np.sqrt(1.2)) < 0.2
    mu, s = found.latents["mu"], found.latents["s"]
    assert abs(mu.mean() - 1.0) < 0.3 and abs(mu.std() - np.sqrt(0.2)) < 0.2
    assert mu.shape == s.shape == (2000,) and (s > 0).all() and (s < 1).all()
    assert abs(one.acceptance_rate - 0.5) < 0.08  # 1024 draws: five standard errors


def _interrupt_once():
    import os
    import signal

    def progress(milestone) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    return progress


@pytest.mark.slow
def test_a_budget_ends_training(tmp_path: Path) -> None:
    block = gendsl.compile(SMALL).pfns["mean"]
    found = block.train(budget=0.05, steps=10**6)
    assert found.is_done and found.num_steps < 10**6
    assert found.trained.seconds >= 3.0 and found.trained.settings.minutes == 0.05


def test_training_saves_stops_and_goes_on(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With steps that do nothing: those of the core take most of their time to compile."""
    from gendsl.inference import amortised

    seen: list[tuple[int, int]] = []

    def train(trained, sampler, *, progress, save, measure, devices):
        count = 15 if trained.num_steps == 0 else trained.settings.steps
        seen.append((trained.num_steps, count))
        log = (*trained.log, amortised.Entry(count, 1.0 + count, 0.5))
        state = trained.state._replace(step=jnp.int32(count))
        found = replace(trained, state=state, log=log, seconds=1.0 + count)
        save(found)
        return found

    monkeypatch.setattr(amortised, "train", train)
    file, out = tmp_path / "s.gen", tmp_path / "s.pfn"
    file.write_text(SPECIES)
    stopped = run("train", file, "--out", out, "--seed", "5")
    assert stopped.exit_code == 130 and "--resume" in stopped.output
    begun = gendsl.load_pfn(out)
    assert begun.num_steps == 15 and not begun.is_done and begun.about.ranges["seed"] == 5
    assert "score" not in begun.about.ranges["by_rows"]["1"]
    file.write_text(SPECIES.replace("batch = 16", "batch = 17"))
    refused = run("train", file, "--out", out, "--resume")
    assert refused.exit_code == 1 and "the training is not" in refused.output
    longer = run("train", file, "--out", out, "--resume", "--steps", "18")
    assert longer.exit_code == 1 and "the training is not" in longer.output
    file.write_text("# more\n" + SPECIES)
    ended = run("train", file, "--out", out, "--resume")
    assert ended.exit_code == 0
    assert "20 steps in 21 s, mean loss of the last tenth 0.500 nats" in ended.output
    done = gendsl.load_pfn(out)
    assert done.is_done and seen == [(0, 15), (15, 20)]
    ours, theirs = done.about.ranges, ranges_of(species_of(1000, 9), done.inputs, (2, 8))
    # 8,000 draws each: quantiles of these are within 10 standard errors.
    found = ours["inputs"]["length"]["quantiles"], theirs["inputs"]["length"]["quantiles"]
    np.testing.assert_allclose(*found, rtol=0.3)
    assert set(ours["by_rows"]["8"]) == {"mean", "sd", "missing", "score"}
