"""`gendsl infer --resume`: the draws of a run that was never stopped, and the refusals' words."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

import gendsl

Run = Callable[..., Result]

WORDS = """\
error[G0821]: the run in `there` is another one
   = note: seed: 0 there, 1 here
   = help: repeat the command that began it, or give another folder, or one that is not there yet

error[G0821]: the run in `there` is another one
   = note: program: another
   = help: repeat the command that began it, or give another folder, or one that is not there yet

error[G0821]: the run in `there` is another one
   = note: data: another
   = help: repeat the command that began it, or give another folder, or one that is not there yet

error[G0821]: the run in `there` is another one
   = note: inference: run = nuts(chains = 2, warmup = 100, target_accept = 0.8, max_depth = 10, \
metric = auto) there, run = nuts(chains = 2, warmup = 101, target_accept = 0.8, max_depth = 10, \
metric = auto) here
   = note: sampler num_warmup: 100 there, 101 here
   = help: repeat the command that began it, or give another folder, or one that is not there yet

error[G0822]: the run in `there` is damaged
   = note: `checkpoint.npz`: it is no archive of plain arrays
   = help: give another folder, or one that is not there yet

error[G0820]: `models` is not the folder of a run
   = note: it has `mine.gen` and no `run.json`
   = help: give another folder, or one that is not there yet

error[G0640]: `no/where` can't be written: No such file or directory

error[G0824]: `laplace` has no chains that could go on
   = help: `--resume` is for programs that begin with chains, such as `nuts()`

"""


def test_what_can_not_go_on_is_refused_in_these_words(
    run: Run, schools: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    model, data = (path.relative_to(tmp_path) for path in schools)
    text = model.read_text() + "infer rough = laplace()\n"
    model.write_text(text)
    command = ("infer", model, "--data", data, "--with", "short", "-q", "--resume")
    assert run(*command, "there").exit_code == 0
    Path("models").mkdir()
    Path("models/mine.gen").write_text(text)
    Path("other.gen").write_text(text.replace("HalfCauchy(5)", "HalfCauchy(6)"))
    Path("other.json").write_text(data.read_text().replace("28", "29"))
    said = [
        run(*command, "there", "--seed", "1"),
        run("infer", "other.gen", *command[2:], "there"),
        run("infer", model, "--data", "other.json", *command[4:], "there"),
        run(*command, "there", "--warmup", "101"),
    ]
    kept = Path("there/checkpoint.npz").read_bytes()
    Path("there/checkpoint.npz").write_bytes(kept[:-100])
    said += [
        run(*command, "there"),
        run(*command, "models"),
        run(*command, "no/where"),
        run("infer", model, "--data", data, "--with", "rough", "--resume", "new", "-q"),
    ]
    assert "".join(result.stderr for result in said) == WORDS
    assert [result.exit_code for result in said] == [2, 2, 2, 2, 1, 2, 1, 2]
    assert not Path("new").exists()
    Path("there/checkpoint.npz").write_bytes(kept)
    assert run(*command, "there").exit_code == 0


def _ended(words: list[object]) -> gendsl.Fit:
    """The fit of a command that ends, whose last word is where it goes."""
    subprocess.run([sys.executable, "-m", "gendsl.cli", *map(str, words)], check=True)
    return gendsl.load(str(words[-1]))


def test_a_run_stopped_from_the_keyboard_says_how_it_goes_on_and_does(
    schools: tuple[Path, Path], tmp_path: Path
) -> None:
    """An interrupt in the middle of sampling; the same command then ends the run."""
    stop = (
        "import gendsl.inference.record as r, signal, os\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "add = r.Record.add\n"
        "def then_stop(self, *a, **k):\n"
        "    add(self, *a, **k)\n"
        "    if self.num_draws > 20: os.kill(os.getpid(), signal.SIGINT)\n"
        "r.Record.add = then_stop\n"
        "from gendsl.cli.main import main\nmain()\n"
    )
    model, data = schools
    words = ["infer", model, "--data", data, "--seed", "3", "--draws", "3000", "--resume"]
    folder, part = tmp_path / "run", tmp_path / "part.nc"
    stopped = subprocess.run(
        [sys.executable, "-c", stop, *words, folder, "--out", part], capture_output=True, text=True
    )
    assert stopped.returncode == 0 and "warning[G0717]" in stopped.stdout, stopped.stderr
    assert "the same `--resume` folder makes the others" in stopped.stdout
    assert f"the same command goes on from {folder}" in stopped.stderr
    # Processes of their own, as the command line sets a flag of the compiler before JAX starts.
    again, whole = (
        _ended([*words, place, "--out", tmp_path / f"{place.name}.nc"])
        for place in (folder, tmp_path / "whole")
    )
    assert again.posterior.identical(whole.posterior)
    assert again.sample_stats.identical(whole.sample_stats)
    first = gendsl.load(part).posterior
    assert first.sizes["draw"] < 3000
    assert first.equals(whole.posterior.isel(draw=slice(first.sizes["draw"])))
