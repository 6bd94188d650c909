"""Bad cases end well, whatever the method: an answer that says what is wrong with it, or a refusal.

Each row of `CASES` is a model, its data and how `gendsl infer` ends, by method. A kill between any
two writes of the sampler is in `tests/inference/test_resuming.py`, a disk that fills while a fit is
written in `test_process.py`.
"""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import Result

import gendsl
from gendsl.cli.exit_code import ExitCode

Run = Callable[..., Result]

CHAINS = {
    "nuts": "nuts(chains = 2, warmup = 100, draws = 40)",
    "hmc": "hmc(steps = 4, chains = 2, warmup = 100, draws = 40)",
    "cycle": "cycle(nuts(a), random_walk(b), chains = 2, warmup = 100, draws = 40)",
}
OTHERS = {
    "smc": "smc(particles = 64, moves = 3) >> resample(40)",
    "vi": "vi(guide = mean_field, steps = 200, draws = 40)",
    "laplace": "laplace(starts = 2, draws = 40)",
    "pathfinder": "pathfinder(paths = 2, draws = 40)",
}
METHODS = {**CHAINS, **OTHERS}
ONE_OF_EACH = ("nuts", "smc", "pathfinder")
"""What returns chains, a population, an approximation: each takes seconds to compile."""

SEEN = "a ~ Normal(0, 1)\n  b ~ Normal(0, 1)\n  c = {c}\n  y[row] ~ {y}"
ROOT = "if(a > 0, sqrt(a), 0)"
"""Its slope below 0 is no number, though its value is one."""


@dataclass(frozen=True, slots=True)
class Case:
    """A model with unknowns `a` and `b`, its data, options, and how it has to end.

    `codes` are of what is said, by method; "" stands for the methods that are not named. `quick`
    are the methods that are not marked slow.
    """

    body: str
    data: str
    exit: ExitCode = ExitCode.DONE
    codes: Mapping[str, str] = field(default_factory=dict)
    declared: str = "real"
    options: tuple[str, ...] = ()
    num_draws: int = 40
    methods: tuple[str, ...] = tuple(METHODS)
    quick: tuple[str, ...] = tuple(METHODS)


CASES = {
    "a density of 0 everywhere": Case(
        SEEN.format(c="a", y="Poisson(exp(a + b))"),
        '{"y": [1, -3]}',
        ExitCode.INFERENCE_FAILED,
        {"": "G0701"},
        declared="int",
    ),
    "gradients that are no numbers anywhere": Case(
        SEEN.format(c="if(a > 1000, sqrt(a - 1000), a)", y="Normal(b + c, 1)"),
        '{"y": [1, 2]}',
        ExitCode.INFERENCE_FAILED,
        {"": "G0702"},
        methods=("nuts", "hmc", "cycle", "vi", "laplace", "pathfinder"),
    ),
    "gradients that are no numbers in a region": Case(
        SEEN.format(c=ROOT, y="Normal(b + c, 1)"),
        '{"y": [1, 2]}',
        codes={**dict.fromkeys(CHAINS, "G0711"), "vi": "G0723"},
        quick=ONE_OF_EACH,
    ),
    "a constant": Case(
        SEEN.format(c="2", y="Normal(a + b + c, 1)"),
        '{"y": [1, 2]}',
        options=("--set", "b=0.5"),
        methods=tuple(m for m in METHODS if m != "cycle"),
        quick=("nuts",),
    ),
    "all parameters constant": Case(
        SEEN.format(c="2", y="Normal(a + b + c, 1)"),
        '{"y": [1, 2]}',
        ExitCode.WRONG_INPUT,
        {"": "G0704"},
        options=("--set", "a=0", "--set", "b=0.5"),
    ),
    "no rows": Case(
        SEEN.format(c="a", y="Normal(b + c, 1)"),
        '{"y": []}',
        ExitCode.WRONG_INPUT,
        {"": "G0615"},
    ),
    "rows of which nothing was observed": Case(
        SEEN.format(c="a", y="Normal(b + c, 1)"),
        '{"y": [null, null]}',
        declared="real?",
        methods=tuple(m for m in METHODS if m != "cycle"),
        quick=("nuts",),
    ),
    "one draw": Case(
        SEEN.format(c=ROOT, y="Normal(b + c, 1)"),
        '{"y": [1, 2]}',
        options=("--draws", "1"),
        num_draws=1,
        quick=ONE_OF_EACH,
    ),
    "one chain": Case(
        SEEN.format(c=ROOT, y="Normal(b + c, 1)"),
        '{"y": [1, 2]}',
        codes={"": "G0719"},
        options=("--chains", "1"),
        methods=tuple(CHAINS),
        quick=("nuts",),
    ),
}
ROWS = [
    pytest.param(kind, method, marks=() if method in case.quick else pytest.mark.slow)
    for kind, case in CASES.items()
    for method in case.methods
]


def written(folder: Path, body: str, data: str, declared: str, methods: Mapping[str, str]) -> None:
    """Write `m.gen` and `d.json`."""
    programs = "".join(f"infer {name} = {text}\n" for name, text in methods.items())
    head = f"  dim row\n  data y[row] : {declared}\n"
    (folder / "m.gen").write_text(f"model m {{\n{head}  {body}\n}}\n{programs}")
    (folder / "d.json").write_text(data)


def arguments(folder: Path, method: str, *options: str | Path) -> list[str | Path]:
    given = ("infer", folder / "m.gen", "--data", folder / "d.json", "--with", method, "-q")
    return [*given, *options]


@pytest.mark.sweep(3)
@pytest.mark.parametrize(("kind", "method"), ROWS)
def test_a_bad_case_ends_well(run: Run, tmp_path: Path, kind: str, method: str) -> None:
    case, out = CASES[kind], tmp_path / "fit.nc"
    written(tmp_path, case.body, case.data, case.declared, {method: METHODS[method]})
    result = run(*arguments(tmp_path, method, *case.options, "--out", out))
    assert result.exit_code == case.exit, result.output
    is_done = case.exit is ExitCode.DONE
    code = case.codes.get(method, case.codes.get(""))
    if code is not None:
        severity = "warning" if is_done else "error"
        assert f"{severity}[{code}]" in (result.stdout if is_done else result.stderr)
    names = {"m.gen", "d.json", *(["fit.nc"] if is_done else [])}
    assert {path.name for path in tmp_path.iterdir()} == names
    if not is_done:
        assert result.stdout == ""
        return
    fit = gendsl.load(out)
    assert fit.posterior.sizes["draw"] == case.num_draws
    assert all(np.isfinite(array.values).all() for array in fit.posterior.data_vars.values())
    if kind == "a constant":
        assert set(fit.posterior["b"].values.ravel()) == {0.5}
        assert set(fit.posterior["c"].values.ravel()) == {2}
        assert not any(f"`{name}`" in warning for warning in _messages(fit) for name in "bc")


def _messages(fit: gendsl.Fit) -> list[str]:
    return [warning.message for warning in fit.warnings()]


@pytest.mark.parametrize("method", METHODS)
def test_a_million_draws_are_not_made_for_a_small_disk(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """It is found at the start, for a fit and for a folder to stream to."""
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1_000_000))
    case = CASES["gradients that are no numbers in a region"]
    written(tmp_path, case.body, case.data, case.declared, {method: METHODS[method]})
    places = [("--out", tmp_path / "fit.nc"), ("--resume", tmp_path / "run")]
    for option, place in places if method in CHAINS else places[:1]:
        result = run(*arguments(tmp_path, method, "--draws", "1000000", option, place))
        assert result.exit_code == ExitCode.WRONG_INPUT and result.stdout == ""
        assert "error[G0640]" in result.stderr and "no room for the draws" in result.stderr
        assert "1,000,000 are free" in result.stderr
        assert not list(tmp_path.rglob("fit*")) and not list(tmp_path.rglob("draws.zarr/*/c"))


LONG = {
    "nuts": "nuts(chains = 2, warmup = 500, draws = 20_000)",
    "hmc": "hmc(steps = 4, chains = 2, warmup = 500, draws = 20_000)",
    "cycle": "cycle(nuts(a), random_walk(b), chains = 2, warmup = 500, draws = 20_000)",
    **OTHERS,
}
SAVING = """
from gendsl.inference import record
record._SECONDS_BETWEEN_SAVES = 0.0
record._SHARE = 1e9
from gendsl.cli.main import main
main()
"""
"""The command line with a checkpoint after every chunk, so that kills fall between many."""


def _process(folder: Path, method: str, seconds: float | None) -> bool:
    """Run the command, killed after so many seconds; return whether it came to its end."""
    options = ["--resume", folder / "run"] if method in CHAINS else []
    words = arguments(folder, method, "--out", folder / "fit.nc", *options)
    started = subprocess.Popen(
        [sys.executable, "-c", SAVING, *map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        _, errors = started.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        started.send_signal(signal.SIGKILL)
        _, errors = started.communicate()
        assert started.returncode in (0, -signal.SIGKILL), errors
        return started.returncode == 0
    assert started.returncode == 0, errors
    return True


KILLS = [
    ("nuts", 50), ("hmc", 10), ("cycle", 10),
    ("smc", 5), ("vi", 5), ("laplace", 5), ("pathfinder", 5),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("method", "number"), KILLS)
def test_a_process_killed_at_any_moment_leaves_nothing_half_done(
    run: Run, tmp_path: Path, method: str, number: int
) -> None:
    """No file of a fit that is not whole; and chains go on to the draws of an unbroken run."""
    body, data = SEEN.format(c="exp(a)", y="Normal(b + c, 1)"), '{"y": [1, 2]}'
    written(tmp_path, body, data, "real", LONG)
    out, folder = tmp_path / "fit.nc", tmp_path / "run"
    assert run(*arguments(tmp_path, method, "--out", tmp_path / "whole.nc")).exit_code == 0
    whole = gendsl.load(tmp_path / "whole.nc").posterior
    begun = time.monotonic()
    assert _process(tmp_path, method, None)
    lasts, moments = time.monotonic() - begun, random.Random(11)
    ended = killed = 0
    is_ended = True
    while killed < number or not is_ended:
        if is_ended:
            assert gendsl.load(out).posterior.identical(whole)
            ended += 1
            out.unlink()
            shutil.rmtree(folder, ignore_errors=True)
        seconds = moments.uniform(0.0, lasts) if killed < number else None
        is_ended = _process(tmp_path, method, seconds)
        killed += not is_ended
        assert is_ended == out.exists() or gendsl.load(out).posterior.identical(whole)
    print(f"{method}: {killed} kills over {lasts:.1f} s, {ended + 1} runs came to their end")
    assert gendsl.load(out).posterior.identical(whole)
