"""A process after the first: nothing is traced, nothing compiled, and the draws are the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
import pytest
import xarray

import gendsl
from gendsl.api import lowering, posterior
from gendsl.executables import Folder, kept_in
from gendsl.executables.stored import FOUND

SPY = """
import os, sys, jax
events = []
jax.monitoring.register_event_duration_secs_listener(lambda name, *_, **__: events.append(name))
from gendsl.cli.main import main
try:
    main()
finally:
    loaded = [name for name in ("numpyro", "xarray", "pandas", "scipy") if name in sys.modules]
    traced = sum("trace" in name for name in events)
    compiled = sum("backend_compile" in name for name in events)
    print(traced, compiled, *loaded, file=open(os.environ["SPY"], "w"))
"""


class Finished(NamedTuple):
    """What a process did."""

    traced: int
    compiled: int
    loaded: list[str]
    fit: xarray.DataTree
    error: str


class Runs:
    """Processes that share a cache."""

    def __init__(self, folder: Path) -> None:
        self.cache = folder / "cache"
        self._folder = folder
        self._count = 0

    def __call__(self, model: Path, data: Path, *words: str) -> Finished:
        self._count += 1
        fit, said = (self._folder / f"{self._count}.{end}" for end in ("nc", "txt"))
        command = [
            sys.executable, "-c", SPY, "infer", model, "--data", data, "--out", fit, "--quiet",
            "--chains", "2", "--warmup", "60", "--draws", "600", *words,
        ]  # fmt: skip
        done = subprocess.run(
            list(map(str, command)),
            env={**os.environ, "GENDSL_CACHE_DIR": str(self.cache), "SPY": str(said)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        traced, compiled, *loaded = said.read_text().split()
        tree = xarray.open_datatree(fit, engine="h5netcdf").load()
        return Finished(int(traced), int(compiled), loaded, tree, done.stderr)


def is_same(one: xarray.DataTree, other: xarray.DataTree) -> bool:
    """Whether all groups are, bit for bit."""
    groups = set(one.children) | set(other.children)
    return all(one[name].to_dataset().identical(other[name].to_dataset()) for name in groups)


def test_a_later_process_compiles_nothing(schools: tuple[Path, Path], tmp_path: Path) -> None:
    """Neither for the same again, nor for a new seed, more draws, or new data of these shapes."""
    model, data = schools
    runs = Runs(tmp_path)
    cold = runs(model, data)
    assert cold.compiled > 0 and "numpyro" in cold.loaded
    warm = runs(model, data)
    assert is_same(warm.fit, cold.fit)
    more = runs(model, data, "--draws", "900")
    given = json.loads(data.read_text())
    others = tmp_path / "others.json"
    others.write_text(json.dumps({**given, "y": [2 * y + 1 for y in given["y"]]}))
    fresh = runs(model, others, "--seed", "7")
    for finished in (warm, more, fresh):
        assert (finished.traced, finished.compiled, finished.loaded) == (0, 0, [])
        assert finished.error == ""
    assert more.fit["posterior"].sizes["draw"] == 900
    first = more.fit["posterior"].isel(draw=slice(600)).to_dataset()
    assert first["tau"].identical(cold.fit["posterior"]["tau"])
    assert not np.any(fresh.fit["posterior"]["tau"] == cold.fit["posterior"]["tau"])

    folder = Folder(runs.cache / "executables")
    whole = {name: folder.read(name) for name in folder.names()}
    for entry in folder.path.iterdir():
        entry.write_bytes(entry.read_bytes()[:-1] + b"x")
    damaged = runs(model, data)
    assert damaged.compiled > 0 and is_same(damaged.fit, cold.fit)
    assert set(whole) == set(folder.names())
    assert all(folder.read(name) is not None for name in whole)


MIXED = """\
model mixed {
  dim row
  data x[row] : real
  data is_on[row] : bool?
  data y[row] : real?
  let z[row] = (x - mean[row](x)) / sd[row](x)
  p ~ Beta(2, 2)
  mu ~ Normal(0, 1)
  is_on[row] ~ Bernoulli(p)
  y[row] ~ Normal(mu + 2 * is_on + z, 1)
}
infer main = nuts(chains = 2, warmup = 40, draws = 30)
"""
ROWS = {
    "x": [0.5, 1.5, -1.0, 2.0, 0.0],
    "is_on": [True, None, False, None, True],
    "y": [2.0, 0.3, None, 1.0, 2.5],
}


@contextmanager
def _tracing_counted() -> Iterator[list[str]]:
    events: list[str] = []

    def listen(name: str, *_: object, **__: object) -> None:
        if "trace" in name or "compile" in name:
            events.append(name)

    jax.monitoring.register_event_duration_secs_listener(listen)
    try:
        yield events
    finally:
        jax.monitoring.unregister_event_duration_listener(listen)


def _forget() -> None:
    """Make this process know as little as a new one."""
    FOUND.clear()
    posterior._KEPT.clear()
    lowering.lower.cache_clear()
    jax.clear_caches()


@pytest.mark.slow
def test_what_is_summed_prepared_and_inferred_is_kept_too(tmp_path: Path) -> None:
    """Missing values, of both kinds, and work on data alone; in one process, which forgets."""
    model, fits, counts = gendsl.compile(MIXED), [], []
    _forget()
    with kept_in(tmp_path / "executables") as folder:
        assert isinstance(folder, Folder)
        for _ in range(2):
            with _tracing_counted() as events:
                fits.append(model.infer(ROWS, seed=3))
            counts.append(len(events))
            _forget()
        names = {name.rpartition("-")[0] for name in folder.names()}
    assert counts[0] > 0 == counts[1], counts
    assert {"prepare", "layout", "each_draw", "gendsl.inference.advance.advance"} <= names
    assert is_same(fits[0].tree, fits[1].tree)
    plain = model.infer(ROWS, seed=3)
    for name, values in plain.posterior.items():
        np.testing.assert_allclose(values, fits[0].posterior[name], rtol=1e-6, err_msg=str(name))


LINE = """\
model line {
  dim row
  data x[row] : real
  data y[row] : real
  a ~ Normal(0, 2)
  s ~ Exponential(1)
  y[row] ~ Normal(a * x, s)
}
infer population = smc(particles = 64, move = hmc(steps = 4))
infer weighted   = pathfinder(paths = 2) >> importance(draws = 500) >> resample(100)
infer mode       = laplace(draws = 100)
infer variational = vi(guide = flow(layers = 2, width = 4), steps = 100, draws = 100)
"""


@pytest.mark.parametrize(
    "name",
    [
        "population",
        "mode",
        pytest.param("weighted", marks=pytest.mark.slow),
        pytest.param("variational", marks=pytest.mark.slow),
    ],
)
def test_programs_without_chains_are_kept_too(name: str, tmp_path: Path) -> None:
    model, fits, counts = gendsl.compile(LINE), [], []
    given = {"x": [0.0, 1.0, 2.0, 3.0], "y": [0.1, 1.2, 1.9, 3.3]}
    _forget()
    with kept_in(tmp_path / "executables"):
        for seed in (3, 3, 4):
            with _tracing_counted() as events:
                fits.append(model.infer(given, seed=seed, name=name))
            counts.append(len(events))
            _forget()
    assert counts[0] > 0 == counts[1] == counts[2], counts
    assert is_same(fits[0].tree, fits[1].tree)
    assert not np.any(fits[0].posterior["a"] == fits[2].posterior["a"])


def test_the_cache_is_listed_and_cleared(run, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("GENDSL_CACHE_DIR", str(tmp_path))
    assert "0 entries" in run("cache").stdout
    with kept_in(tmp_path / "executables") as folder:
        assert folder is not None
        folder.write("it", {}, b"1" * 1000)
    (tmp_path / "another").write_text("stays")
    assert "1 entry," in run("cache").stdout
    said = json.loads(run("cache", "--json").stdout)
    assert said["entries"][0]["name"] == "executables/it.entry" and said["bytes"] > 1000
    run("cache", "--clear")
    assert "0 entries" in run("cache").stdout
    assert [path.name for path in tmp_path.iterdir()] == ["another"]
    monkeypatch.setenv("GENDSL_CACHE_DIR", "")
    assert "nothing is kept" in run("cache").stdout


def test_the_oldest_entries_go_first(tmp_path: Path, monkeypatch) -> None:
    from gendsl.cli import cache

    with kept_in(tmp_path / "executables") as folder:
        assert folder is not None
        for age, name in enumerate(("new", "used", "old")):
            folder.write(name, {}, b"1" * 1000)
            stamp = 1e9 - age
            os.utime(folder.path / f"{name}.entry", (stamp, stamp))
        assert folder.read("used") is not None
        monkeypatch.setattr(cache, "LARGEST", 2500)
        cache._prune(tmp_path)
        assert list(folder.names()) == ["new", "used"]
