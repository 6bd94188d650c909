"""Time with and without compilation, by the clock on the wall and by the processor's.

JAX says when it traces, lowers and compiles; that is taken off. Processor time is that of the
process and of all that it started: on a machine that others use, too, it says more than the wall.
JAX says when a compilation ends and how long it was by the wall; the processor's time at its start
is interpolated between the readings before and after it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")

_PREFIX = "/jax/core/compile/"
_intervals: list[tuple[float, float]] = []
_readings: list[tuple[float, float]] = []


@dataclass(frozen=True, slots=True)
class Seconds:
    """A span of time by both clocks."""

    wall: float
    cpu: float

    def __mul__(self, share: float) -> Seconds:
        return Seconds(self.wall * share, self.cpu * share)

    def __add__(self, other: Seconds) -> Seconds:
        return Seconds(self.wall + other.wall, self.cpu + other.cpu)


def listen() -> None:
    """Note from now on when JAX traces, lowers and compiles."""
    import jax

    def note(event: str, duration: float, **_: Any) -> None:
        if event.startswith(_PREFIX):
            now, _ = _read()
            _intervals.append((now - duration, now))

    jax.monitoring.register_event_duration_secs_listener(note)


def _read() -> tuple[float, float]:
    """Both clocks of this process, on record."""
    _readings.append((time.perf_counter(), time.process_time()))
    return _readings[-1]


def compiling(start: float, stop: float) -> Seconds:
    """The time between two readings in which JAX compiled; nested compilations count once."""
    wall, cpu = np.array(_readings).T
    total, reached = Seconds(0.0, 0.0), start
    for begin, end in sorted(_intervals):
        begin, end = max(begin, reached), min(end, stop)
        if end > begin:
            at_begin, at_end = np.interp((begin, end), wall, cpu)
            total = total + Seconds(end - begin, float(at_end - at_begin))
            reached = end
    return total


def timed(work: Callable[[], T]) -> tuple[T, Seconds]:
    """What `work` returns, and its time less the time spent compiling."""
    before, (start, start_cpu) = descendants(), _read()
    result = work()
    (stop, stop_cpu), after = _read(), descendants()
    spent = Seconds(stop - start, stop_cpu - start_cpu + after - before)
    return result, spent + compiling(start, stop) * -1


def processor() -> float:
    """Processor seconds of this process and of all that it started."""
    return time.process_time() + descendants()


def descendants() -> float:
    """Processor seconds of what this process started: what has ended, and what still runs."""
    ended = os.times()
    return ended.children_user + ended.children_system + _running(os.getpid())


def _running(parent: int) -> float:
    """Of the processes below one, by Linux's account; 0 elsewhere."""
    total = 0.0
    for listing in Path(f"/proc/{parent}/task").glob("*/children"):
        try:
            children = [int(child) for child in listing.read_text().split()]
        except OSError:  # the thread has ended
            continue
        for child in children:
            try:
                fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            ticks = sum(int(field) for field in fields[11:15])
            total += ticks / os.sysconf("SC_CLK_TCK") + _running(child)
    return total
