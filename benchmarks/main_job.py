"""Time of the main job: `gendsl infer` on eight schools against a plain NumPyro script.

Whole processes, taken in turn so that both meet the same machine: cold (an empty cache), repeat
(what the cold run cached), and repeat with another seed and more draws. Prints seconds of wall time
and of processor time (user and system), of which a busy machine spoils the second less, how often
XLA compiled, and ratios; the medians are the figures to quote. Python files are compiled first.

Usage: python benchmarks/main_job.py [REPETITIONS]
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
EXAMPLE = HERE.parent / "examples" / "eight_schools"

COUNTING = """
import runpy, sys, jax
compiled = []
jax.monitoring.register_event_duration_secs_listener(
    lambda name, *_, **__: compiled.append(name) if "backend_compile" in name else None
)
def count():
    print(len(compiled), file=sys.stderr)
import atexit
atexit.register(count)
if sys.argv[1] == "gendsl":
    from gendsl.cli.main import main
    sys.argv = sys.argv[1:]
    main()
else:
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")
"""


class Cost(NamedTuple):
    """Of a whole process, in seconds."""

    wall: float
    processor: float


def cost(command: list[str], environment: dict[str, str]) -> Cost:
    """The cost of a command, which must succeed."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    _run(command, environment)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, spent)


def compilations(command: list[str], environment: dict[str, str]) -> int:
    """How many programs XLA compiled, or read from JAX's cache; in a process of its own."""
    words = [word for word in command[1:] if word not in ("-m", "gendsl.cli")]
    words = ["gendsl", *words] if "gendsl.cli" in command else words
    counting = [command[0], "-c", COUNTING, *words]
    return int(_run(counting, environment).stderr.split()[-1])


def _run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return done


def main() -> None:
    """Run, and print the table."""
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    python = sys.executable
    data = str(EXAMPLE / "eight_schools.json")
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    costs: dict[str, list[Cost]] = {}
    compiled: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder, "ours"), Path(folder, "theirs")
        fit = ["--data", data, "--quiet", "--out", f"{folder}/ours.nc"]
        gendsl = [python, "-m", "gendsl.cli", "infer", str(EXAMPLE / "eight_schools.gen"), *fit]
        first, other = [*gendsl, "--seed", "1"], [*gendsl, "--seed", "2", "--draws", "1500"]
        script = [python, str(HERE / "numpyro_eight_schools.py"), data, f"{folder}/theirs.nc"]
        cached = environment | {"GENDSL_CACHE_DIR": str(ours)}
        runs = (
            ("gendsl cold", first, cached),
            ("NumPyro cold", script, environment),
            ("NumPyro fills its cache", [*script, str(theirs)], environment),
            ("gendsl repeat", first, cached),
            ("gendsl repeat, new seed, 1.5 x draws", other, cached),
            ("NumPyro repeat, persistent cache", [*script, str(theirs)], environment),
        )
        for command, variables in ((first, cached), (script, environment)):
            _run(command, variables)  # the Python files are compiled, and in the system's memory
        for repetition in range(repetitions):
            shutil.rmtree(ours, ignore_errors=True)
            shutil.rmtree(theirs, ignore_errors=True)
            for name, command, variables in runs:
                costs.setdefault(name, []).append(cost(command, variables))
                if repetition == 0 and "repeat" in name:
                    compiled[name] = compilations(command, variables)
    report(costs, compiled)


def report(costs: dict[str, list[Cost]], compiled: dict[str, int]) -> None:
    """Print the table."""
    repetitions = len(costs["gendsl cold"])
    medians = {
        name: Cost(*map(statistics.median, zip(*of, strict=True))) for name, of in costs.items()
    }
    print(f"eight schools, 4 x (1000 + 1000), whole process, median of {repetitions}")
    print(f"  {'':38}   wall (from to)        processor   XLA programs")
    for name, of in costs.items():
        walls, median = [cost.wall for cost in of], medians[name]
        count = f"{compiled[name]:6}" if name in compiled else ""
        print(
            f"  {name:38} {median.wall:6.2f} s ({min(walls):5.2f} to {max(walls):5.2f})"
            f" {median.processor:6.2f} s {count}"
        )
    for title, one, two in (
        ("cold", "gendsl cold", "NumPyro cold"),
        ("repeat", "gendsl repeat", "NumPyro repeat, persistent cache"),
    ):
        mine, other = medians[one], medians[two]
        print(
            f"  ratio {title:8} gendsl / NumPyro: wall {mine.wall / other.wall:.2f},"
            f" processor {mine.processor / other.processor:.2f}"
        )


if __name__ == "__main__":
    main()
