"""How far sampling is: one line that changes on a terminal, a few lines elsewhere."""

from __future__ import annotations

import math
import shutil
import sys
import time
from typing import Protocol, TextIO

_PHASES = {"warmup": "warm-up", "sampling": "sampling"}
_SECONDS_BETWEEN_LINES = 10.0


class Step(Protocol):
    """What is read of a report of progress."""

    @property
    def phase(self) -> str: ...
    @property
    def done(self) -> int: ...
    @property
    def total(self) -> int: ...  # 0 where it is not known
    @property
    def num_divergent(self) -> int: ...


class ProgressLine:
    """A callback for `Model.infer(progress = ...)`; `close` ends the line."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._is_terminal = self._stream.isatty()
        self._phase = ""
        self._started = self._last = time.monotonic()
        self._is_open = False

    def say(self, text: str) -> None:
        """Show a state without numbers, such as that the model is being compiled."""
        if self._is_terminal:
            self._show(text)

    def __call__(self, step: Step) -> None:
        """Show a report of progress."""
        now = time.monotonic()
        if step.phase != self._phase:
            self._phase, self._started, self._last = step.phase, now, now
        name = _PHASES.get(step.phase, step.phase)
        text = f"{name} {step.done}" + (f"/{step.total}" if step.total else "")
        if step.num_divergent and step.phase == "sampling":
            text += f", {step.num_divergent} divergent"
        text += _agreement(step) + _note(step)
        is_over = 0 < step.total <= step.done
        if self._is_terminal:
            left = self._seconds_left(step, now)
            self._show(_bar(step) + text + (f", {left:.0f} s left" if left >= 2 else ""))
        elif is_over or now - self._last > _SECONDS_BETWEEN_LINES:
            self._last = now
            print(text, file=self._stream, flush=True)

    def close(self) -> None:
        """Clear the line."""
        if self._is_open:
            print("\r\x1b[2K", end="", file=self._stream, flush=True)
            self._is_open = False

    def _seconds_left(self, step: Step, now: float) -> float:
        return (now - self._started) * max(step.total - step.done, 0) / max(step.done, 1)

    def _show(self, text: str) -> None:
        width = shutil.get_terminal_size().columns
        print(f"\r\x1b[2K{text[: width - 1]}", end="", file=self._stream, flush=True)
        self._is_open = True


def _agreement(step: Step) -> str:
    """How the chains agree so far, where the report knows."""
    ess, r_hat = getattr(step, "ess", math.nan), getattr(step, "r_hat", math.nan)
    if math.isnan(ess) or math.isnan(r_hat):
        return ""
    return f", ESS {ess:.0f}, R-hat {r_hat:.2f}"


def _note(step: Step) -> str:
    """What else a report knows, in words."""
    note = getattr(step, "note", "")
    return f", {note}" if note else ""


def _bar(step: Step) -> str:
    if not step.total:
        return ""
    width = 20
    filled = width * step.done // step.total
    return "[" + "#" * filled + "." * (width - filled) + "] "
