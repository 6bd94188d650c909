"""`gendsl infer --backend` and `--engine`: the words of the refusals, and one run on torch."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

import gendsl
from gendsl.api.means import ENGINES
from gendsl.backends.registry import BACKENDS
from gendsl.cli.infer import Engine
from gendsl.cli.options import BackendName

Run = Callable[..., Result]

WORDS = """\
error[G0755]: the kernels of `pyro` do not run programs of the backend `numpyro`
   = help: take that backend, `backend="pyro"` or `--backend pyro`, or leave the engine at `gendsl`

error[G0756]: programs of the backend `pyro` do not run in single precision
   = note: they compute in double precision on the processor
   = help: leave the option out, or take the backend `numpyro`

error[G0756]: programs of the backend `pyro` do not run on the gpu
   = note: they compute in double precision on the processor
   = help: leave the option out, or take the backend `numpyro`

error[G0757]: chains of the engine `pyro` can't go on from a folder
   = help: leave out `--resume`, or the engine: that of gendsl streams and goes on

"""


def test_options_that_do_not_go_together_are_refused_in_these_words(
    run: Run, schools: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    model, data = schools
    command = ("infer", model, "--data", data, "--with", "short", "-q")
    said = [
        run(*command, "--engine", "pyro"),
        run(*command, "--backend", "pyro", "--precision", "single"),
        run(*command, "--backend", "pyro", "--device", "gpu"),
        run(*command, "--backend", "pyro", "--engine", "pyro", "--resume", "new"),
    ]
    assert "".join(result.stderr for result in said) == WORDS
    assert {result.exit_code for result in said} == {2}
    assert not Path("new").exists()


@pytest.mark.slow
def test_a_fit_on_torch(run: Run, schools: tuple[Path, Path], tmp_path: Path) -> None:
    model, data = schools
    out = tmp_path / "fit.nc"
    options = ("--with", "short", "--backend", "pyro", "--out", out, "--json")
    result = run("infer", model, "--data", data, *options)
    assert result.exit_code == 0 and json.loads(result.stdout)
    assert gendsl.load(out).attributes["backend"] == "pyro"


def test_the_options_are_the_tables() -> None:
    """The command line has names of its own, since it imports no backend to print its help."""
    assert [str(name) for name in BackendName] == list(BACKENDS)
    assert [str(name) for name in Engine] == list(ENGINES)
