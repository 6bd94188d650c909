"""What only a process of its own shows: start-up, limits, interrupts, a damaged cache."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import jax
import pytest

from gendsl.cli.cache import compilation_cache

SLOW_TO_IMPORT = {
    "arviz",
    "jax",
    "matplotlib",
    "numpy",
    "numpyro",
    "pandas",
    "pydantic",
    "scipy",
    "torch",
    "xarray",
}
LIGHT = [("--help",), ("check", "{model}"), ("fmt", "--check", "{model}"), ("info", "{model}")]
SPY = """
import sys
from gendsl.cli.main import main
try:
    main()
finally:
    print("loaded:", *(m for m in sys.modules if "." not in m), file=sys.stderr)
"""

LIMITED = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
from gendsl.cli.main import main
main()
"""

Schools = tuple[Path, Path]


def process(*arguments: str | Path, **settings) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gendsl.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, **settings)


@pytest.mark.parametrize("arguments", LIGHT, ids=lambda a: a[0])
def test_light_verbs_import_nothing_heavy(schools: Schools, arguments: tuple[str, ...]) -> None:
    words = [word.format(model=schools[0]) for word in arguments]
    finished = subprocess.run(
        [sys.executable, "-c", SPY, *words], capture_output=True, text=True, check=False
    )
    assert finished.returncode in (0, 1), finished.stderr
    loaded = set(finished.stderr.partition("loaded:")[2].split())
    assert "gendsl" in loaded and not loaded & SLOW_TO_IMPORT


def test_importing_gendsl_loads_nothing_heavy() -> None:
    code = "import sys, gendsl; print(*sys.modules); gendsl.compile, gendsl.load, gendsl.Model"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not {module.partition(".")[0] for module in loaded.stdout.split()} & SLOW_TO_IMPORT


def test_check_of_a_short_model_is_quick(schools: Schools) -> None:
    """The bound is 0.5 s of work; processor time, since other processes share the machine."""
    command = [sys.executable, "-m", "gendsl.cli", "check", str(schools[0])]
    spent = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(spent) < 0.5


def test_a_full_disk_leaves_no_file(schools: Schools, tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk."""

    model, data = schools
    out = tmp_path / "fit.nc"
    out.write_text("before")
    command = [sys.executable, "-c", LIMITED, "infer", model, "--data", data, "--with", "short"]
    finished = subprocess.run(
        [*map(str, command), "--out", str(out), "-q"],
        capture_output=True, text=True, env={**os.environ, "GENDSL_CACHE_DIR": ""},
    )  # fmt: skip
    assert finished.returncode == 1, finished.stderr
    assert "error[G0640]" in finished.stderr and "can't be written" in finished.stderr
    assert "Traceback" not in finished.stderr
    assert out.read_text() == "before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["fit.nc", "schools.gen", "schools.json"]


def test_an_interrupt_keeps_what_was_drawn(schools: Schools, tmp_path: Path) -> None:
    model, data = schools
    out = tmp_path / "fit.nc"
    # Tests in the background of a shell ignore interrupts, and so would what they start.
    hearing = (
        "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "runpy.run_module('gendsl.cli', run_name='__main__')"
    )
    command = [
        sys.executable, "-c", hearing, "infer", model, "--data", data, "--out", out,
        "--chains", "1", "--warmup", "100", "--draws", "50000000",
    ]  # fmt: skip
    started = subprocess.Popen(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stderr is not None
    while not (line := started.stderr.readline()).startswith("warm-up"):
        assert line or started.poll() is None
    time.sleep(0.2)
    started.send_signal(signal.SIGINT)
    stdout, stderr = started.communicate(timeout=300)
    assert started.returncode == 0, stderr
    assert "warning[G0717]: the run was stopped after" in stdout
    assert "the same seed starts again" in stdout
    assert f"saved {out}" in stderr and out.exists()


def test_a_damaged_or_missing_cache_breaks_nothing(schools: Schools, tmp_path: Path) -> None:
    model, data = schools
    cache = tmp_path / "cache"
    command = ("infer", model, "--data", data, "--with", "short", "-q")
    first = process(*command, env={**os.environ, "GENDSL_CACHE_DIR": str(cache)})
    entries = list((cache / "executables").iterdir())
    assert first.returncode == 0 and entries
    (cache / "jax" / "jit_advance-0-cache").write_bytes(b"foreign")
    for entry in entries:
        entry.write_bytes(b"damaged")
    second = process(*command, env={**os.environ, "GENDSL_CACHE_DIR": str(cache)})
    third = process(*command, env={**os.environ, "GENDSL_CACHE_DIR": str(model)})
    for finished in (second, third):
        assert finished.returncode == 0 and finished.stderr == "", finished.stderr
        assert finished.stdout == first.stdout


def test_a_fault_of_ours_is_short_and_asks_for_a_report(schools: Schools) -> None:
    broken = "import gendsl.pipeline as p\ndef front(*a): 1 / 0\np.front = front\n" + SPY
    environment = {k: v for k, v in os.environ.items() if k != "GENDSL_DEBUG"}
    for debug in ("", "1"):
        finished = subprocess.run(
            [sys.executable, "-c", broken, "info", schools[0]],
            capture_output=True, text=True, env={**environment, "GENDSL_DEBUG": debug},
        )  # fmt: skip
        assert finished.returncode == 70
        assert "internal error: ZeroDivisionError" in finished.stderr
        assert "report" in finished.stderr
        assert ("Traceback" in finished.stderr) == bool(debug)


def test_the_process_ends_with_all_that_was_to_be_done() -> None:
    """It does not wait for the interpreter to be taken apart, but for whatever was registered."""
    code = (
        "import atexit, runpy, sys; atexit.register(print, 'registered');"
        "print('x' * 300_000); sys.argv = ['gendsl', *sys.argv[1:]];"
        "runpy.run_module('gendsl.cli', run_name='__main__')"
    )
    for words, status in ((["--version"], 0), (["explain", "G9999"], 2)):
        command = [sys.executable, "-c", code, *words]
        finished = subprocess.run(command, capture_output=True, text=True, check=False)
        assert finished.returncode == status, finished.stderr
        assert finished.stdout.startswith("x" * 300_000 + "\n")
        assert finished.stdout.endswith("registered\n")


def test_what_runs_after_a_command_is_not_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Commands run in processes of others, too, whose programs are no business of theirs."""
    monkeypatch.setenv("GENDSL_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("JAX_COMPILATION_CACHE_DIR", raising=False)
    before = jax.config.jax_compilation_cache_dir
    with compilation_cache():
        jax.jit(lambda x: 3.25 * x)(1.0)
    kept = sorted((tmp_path / "jax").iterdir())
    assert kept and jax.config.jax_compilation_cache_dir == before
    jax.jit(lambda x: 4.75 * x)(1.0)
    assert sorted((tmp_path / "jax").iterdir()) == kept
