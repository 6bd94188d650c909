"""How far a computation of known parts is, and whether it has been asked to stop."""

import time
from collections.abc import Callable
from typing import NamedTuple

_SECONDS_BETWEEN_REPORTS = 0.25


class Milestone(NamedTuple):
    """How far something that makes no chains is.

    Attributes:
        phase: what is done, as ``"paths"``.
        done: of ``total`` parts; of a number not known where that is 0.
        note: what is known so far, in words.
        num_divergent: 0; chains have divergences.
    """

    phase: str
    done: int
    total: int
    note: str = ""
    num_divergent: int = 0


class Watch:
    """Tells of progress a few times a second, and asks whether to stop."""

    def __init__(
        self,
        phase: str,
        total: int,
        progress: Callable[[Milestone], None] | None = None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        """Begin a ``phase`` of ``total`` parts; 0 if their number is not known."""
        self.phase, self.total = phase, total
        self._progress, self._should_stop = progress, should_stop
        self._last = -_SECONDS_BETWEEN_REPORTS
        self.is_asked = False
        self.is_stopped = False

    def tell(self, done: int, note: str = "") -> bool:
        """Report that ``done`` parts are; return whether to stop here, where some are left.

        A keyboard interrupt that comes up while the report is made asks to stop too.
        """
        now = time.monotonic()
        is_over = 0 < self.total <= done
        try:
            if is_over or now - self._last >= _SECONDS_BETWEEN_REPORTS:
                self._last = now
                if self._progress is not None:
                    self._progress(Milestone(self.phase, done, self.total, note))
        except KeyboardInterrupt:
            self.is_asked = True
        self.is_asked = self.is_asked or self._should_stop()
        self.is_stopped = self.is_asked and not is_over
        return self.is_stopped
