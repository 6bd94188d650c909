"""The line that says how far a run is, on a terminal and elsewhere."""

from __future__ import annotations

import signal
import subprocess
import sys
from io import StringIO
from pathlib import Path

from gendsl.cli.progress import ProgressLine
from gendsl.inference.milestones import Milestone

Schools = tuple[Path, Path]
HEARING = (
    "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "runpy.run_module('gendsl.cli', run_name='__main__')"
)
"""Tests in the background of a shell ignore interrupts, and so would what they start."""


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_number_of_parts_that_is_not_known_is_not_shown() -> None:
    stream = Terminal()
    ProgressLine(stream)(Milestone("temperature", 3, 0, "at 0.02, ESS 900"))
    assert stream.getvalue().endswith("temperature 3, at 0.02, ESS 900")


def test_the_last_part_has_a_line_of_its_own() -> None:
    stream = StringIO()
    line = ProgressLine(stream)
    line(Milestone("temperature", 3, 0, "at 0.02"))
    line(Milestone("temperature", 9, 9, "at 1"))
    line(Milestone("paths", 4, 4))
    assert stream.getvalue() == "temperature 9/9, at 1\npaths 4/4\n"


def test_an_interrupt_keeps_the_guide(schools: Schools, tmp_path: Path) -> None:
    model, data = schools
    model.write_text(model.read_text() + "infer fitted = vi(steps = 1000000)\n")
    out = tmp_path / "fit.nc"
    words = ["infer", model, "--data", data, "--with", "fitted", "--out", out]
    started = subprocess.Popen(
        [sys.executable, "-c", HEARING, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stderr is not None
    while not (line := started.stderr.readline()).startswith("paths 4/4"):
        assert line or started.poll() is None
    started.send_signal(signal.SIGINT)
    stdout, stderr = started.communicate(timeout=300)
    assert started.returncode == 0, stderr
    assert "warning[G0723]" in stdout and "it was interrupted" in stdout
    assert "--resume" not in stderr
    assert f"saved {out}" in stderr and out.exists()
