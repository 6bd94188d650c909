"""Keyboard interrupts that wait until what must stay together is together."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def undisturbed() -> Iterator[None]:
    """Hold back a keyboard interrupt until the block has ended; only the main thread gets any."""
    before = signal.getsignal(signal.SIGINT)
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or not callable(before):
        yield
        return
    caught: list[tuple[int, FrameType | None]] = []
    signal.signal(signal.SIGINT, lambda number, frame: caught.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if caught:
        before(*caught[-1])


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Yield a function that says whether a keyboard interrupt came; a second one is raised at once.

    An exception raised by a signal comes up wherever Python happens to be, and is lost where that
    is a callback of a library: asking at a safe place is what surely ends a run.
    """
    before = signal.getsignal(signal.SIGINT)
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or not callable(before):
        yield lambda: False
        return
    caught = 0

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal caught
        caught += 1
        if caught > 1:
            before(number, frame)

    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: caught > 0
    finally:
        signal.signal(signal.SIGINT, before)
