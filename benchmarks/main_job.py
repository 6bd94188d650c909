"""Wall time of the main job: `gendsl infer` on eight schools against a plain NumPyro script.

Whole processes, taken in turn so that both meet the same machine: cold (an empty cache) and repeat
(what the cold run cached). Prints seconds and ratios; the medians are the figures to quote.

Usage: python benchmarks/main_job.py [REPETITIONS]
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
EXAMPLE = HERE.parent / "examples" / "eight_schools"


def seconds(command: list[str], environment: dict[str, str]) -> float:
    """The wall time of a command, which must succeed."""
    started = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    elapsed = time.perf_counter() - started
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return elapsed


def main() -> None:
    """Run, and print the table."""
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    python = sys.executable
    data = str(EXAMPLE / "eight_schools.json")
    environment = dict(os.environ)
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder, "ours"), Path(folder, "theirs")
        fit = ["--data", data, "--seed", "1", "--quiet", "--out", f"{folder}/ours.nc"]
        gendsl = [python, "-m", "gendsl.cli", "infer", str(EXAMPLE / "eight_schools.gen"), *fit]
        script = [python, str(HERE / "numpyro_eight_schools.py"), data, f"{folder}/theirs.nc"]
        for _ in range(repetitions):
            shutil.rmtree(ours, ignore_errors=True)
            shutil.rmtree(theirs, ignore_errors=True)
            with_cache = environment | {"GENDSL_CACHE_DIR": str(ours)}
            for name, command, variables in (
                ("gendsl cold", gendsl, with_cache),
                ("NumPyro cold", script, environment),
                ("NumPyro fills its cache", [*script, str(theirs)], environment),
                ("gendsl repeat", gendsl, with_cache),
                ("NumPyro repeat, persistent cache", [*script, str(theirs)], environment),
            ):
                times.setdefault(name, []).append(seconds(command, variables))
    medians = {name: statistics.median(values) for name, values in times.items()}
    print(f"eight schools, 4 x (1000 + 1000), whole process, median of {repetitions}")
    for name, values in times.items():
        print(f"  {name:34} {medians[name]:6.2f} s   ({min(values):.2f} to {max(values):.2f})")
    cold = medians["gendsl cold"] / medians["NumPyro cold"]
    repeat = medians["gendsl repeat"] / medians["NumPyro repeat, persistent cache"]
    print(f"  ratio cold    gendsl / NumPyro     {cold:6.2f}")
    print(f"  ratio repeat  gendsl / NumPyro     {repeat:6.2f}")


if __name__ == "__main__":
    main()
