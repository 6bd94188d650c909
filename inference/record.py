"""What a run has made so far: where it stands, its draws, and how they agree.

One call of `add` moves it on by a chunk, whole: an interrupt from the keyboard waits for its end,
and a folder's checkpoint is written from nothing else.
"""

import time
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gendsl.inference.checkpoint_files import DamagedError, leaves_of, tree_like
from gendsl.inference.convergence import Agreement, Monitor
from gendsl.inference.interrupts import undisturbed
from gendsl.inference.probation import Restart
from gendsl.inference.protocol import Status
from gendsl.inference.streaming import RunFolder, RunFolderError, Trouble
from gendsl.inference.zarr_rows import Layout

_SECONDS_BETWEEN_SAVES = 1.0
_SECONDS_BETWEEN_READINGS = 2.0
_SHARE = 0.05
"""Of the time that saving, and reading, may take."""

_CARRY, _TAIL, _STARTS = "carry", "tail", "starts"


class Totals(NamedTuple):
    """Counts over all chains: divergent and failed transitions, gradients."""

    warmup_divergences: int = 0
    warmup_failures: int = 0
    divergences: int = 0
    num_evaluations: int = 0


class Record:
    """A run so far; with a folder, full chunks of draws live there and not in memory.

    Attributes:
        carry: where the chains stand.
        totals: counts so far.
        num_draws: of each chain, warm-up apart.
    """

    def __init__(
        self, carry: Any, starts: NDArray[Any], layout: Layout, folder: RunFolder | None = None
    ) -> None:
        """Begin at ``carry``, or at the folder's checkpoint, of which ``carry`` has the form.

        Raises:
            RunFolderError: if the checkpoint is not of this sampler, or the draws are damaged.
            OSError: if the folder can't be written.
        """
        self.carry = carry
        self.totals = Totals()
        self.num_draws = 0
        self._starts = starts
        self._layout = layout
        self._folder = folder
        self._tail: list[NDArray[Any]] = []
        self._monitor = Monitor(layout.num_chains, layout.size)
        self._agreement = Agreement(np.nan, np.nan)
        self._read_from = self._save_from = 0.0
        if folder is not None:
            if folder.saved is not None:
                self._restore(folder)
            else:
                self.save()

    @property
    def layout(self) -> Layout:
        """The shape of the table of draws."""
        return self._layout

    def add(self, carry: Any, draws: NDArray[Any], stats: Any, *, is_sampling: bool) -> None:
        """Take a chunk that the sampler made, with the carry after it.

        Raises:
            OSError: if the folder can't be written; it stays as after an earlier chunk.
        """
        with undisturbed():
            self.carry = carry
            self._count(stats, is_sampling=is_sampling)
            if is_sampling:
                columns = np.stack([np.asarray(column) for column in stats], axis=-1)
                self._tail.append(np.concatenate([draws, columns], axis=-1))
                self.num_draws += draws.shape[1]
                self._monitor.add(draws, np.asarray(stats.log_density))
            if self._folder is not None:
                self._stream(self._folder)

    def agreement(self) -> Agreement:
        """Return how the chains agree, as of a few seconds ago at most."""
        now = time.perf_counter()
        if now >= self._read_from and self.num_draws:
            self._agreement = self._monitor.read()
            spent = time.perf_counter() - now
            self._read_from = now + max(_SECONDS_BETWEEN_READINGS, spent / _SHARE)
        return self._agreement

    def save(self) -> None:
        """Write the checkpoint, where there is a folder.

        Raises:
            OSError: if it can't be written; the one before stays.
        """
        if self._folder is None:
            return
        with undisturbed():
            started = time.perf_counter()
            restarts = [restart._asdict() for restart in getattr(self.carry, "restarts", ())]
            about = {"totals": self.totals._asdict(), "restarts": restarts}
            leaves = leaves_of(_plain(self.carry))
            carry = {f"{_CARRY}{name}": leaf for name, leaf in leaves.items()}
            self._folder.save(about, {**carry, _STARTS: self._starts, _TAIL: self._rest()})
            spent = time.perf_counter() - started
            self._save_from = started + max(_SECONDS_BETWEEN_SAVES, spent / _SHARE)

    def finish(self) -> None:
        """Save, and let the folder's Zarr arrays have every draw."""
        if self._folder is not None:
            self.save()
            self._folder.finish(self._rest())

    def table(self, num_draws: int) -> NDArray[Any]:
        """Return the first draws [chain, draw, dim] with their stats as further columns.

        Raises:
            RunFolderError: if the folder's draws are damaged.
        """
        count = min(num_draws, self.num_draws)
        whole = np.empty((self._layout.num_chains, count, self._layout.width), self._layout.dtype)
        done = 0
        for piece in (*(self._folder.chunks() if self._folder is not None else ()), self._rest()):
            piece = piece[:, : count - done]
            whole[:, done : done + piece.shape[1]] = piece
            done += piece.shape[1]
        return whole

    def _count(self, stats: Any, *, is_sampling: bool) -> None:
        divergent, failed = (
            int(np.sum(has(stats.status, bit))) for bit in (Status.DIVERGENT, Status.FAILED)
        )
        seen = self.totals
        self.totals = Totals(
            seen.warmup_divergences + (0 if is_sampling else divergent),
            seen.warmup_failures + (0 if is_sampling else failed),
            seen.divergences + (divergent if is_sampling else 0),
            seen.num_evaluations + int(np.sum(np.asarray(stats.num_gradients))),
        )

    def _stream(self, folder: RunFolder) -> None:
        rows = self._layout.rows
        if sum(piece.shape[1] for piece in self._tail) >= rows:
            whole = self._rest()
            while whole.shape[1] >= rows:
                folder.add_chunk(whole[:, :rows])
                whole = whole[:, rows:]
            self._tail = [whole.copy()]
        if time.perf_counter() >= self._save_from:
            self.save()

    def _rest(self) -> NDArray[Any]:
        """The draws that are in memory."""
        layout = self._layout
        nothing = np.zeros((layout.num_chains, 0, layout.width), layout.dtype)
        return np.concatenate([nothing, *self._tail], axis=1)

    def _restore(self, folder: RunFolder) -> None:
        assert folder.saved is not None
        about, arrays = folder.saved
        try:
            tail = arrays[_TAIL]
            leaves = {k.removeprefix(_CARRY): v for k, v in arrays.items() if k.startswith(_CARRY)}
            self.carry = tree_like(_plain(self.carry), leaves)
            if hasattr(self.carry, "restarts"):
                restarts = tuple(Restart(**restart) for restart in about["restarts"])
                self.carry = self.carry._replace(restarts=restarts)
            self.totals = Totals(**about["totals"])
        except (DamagedError, KeyError, TypeError) as error:
            raise RunFolderError(Trouble.DAMAGED, f"its checkpoint: {error}") from None
        for table in (*folder.chunks(), tail):
            size = self._layout.size
            height = self._layout.stats.index("log_density")
            self._monitor.add(table[..., :size], table[..., size + height])
        self._tail = [tail]
        self.num_draws = folder.num_chunks * self._layout.rows + tail.shape[1]


def has(status: Any, bit: Status) -> NDArray[np.bool_]:
    """Return where ``status`` has the bit."""
    is_set: NDArray[np.bool_] = (np.asarray(status).astype(np.int32) & int(bit)) != 0
    return is_set


def starts_of(folder: RunFolder) -> NDArray[Any] | None:
    """Return the starts [chain, dim] of a run that is there already."""
    return None if folder.saved is None else folder.saved.arrays.get(_STARTS)


def _plain(carry: Any) -> Any:
    """The carry without what is no array: the restarts, of which there may be any number."""
    return carry._replace(restarts=()) if hasattr(carry, "restarts") else carry
