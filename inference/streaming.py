"""A folder that a run streams to, and goes on from after a kill at any moment.

It holds

- ``run.json``: what the run is of (seed, data, program, versions, ...),
- ``checkpoint.npz``: the sampler's carry, and the draws that do not fill a chunk yet,
- ``draws.zarr``: the draws and their statistics in chunks, as Zarr arrays.

A chunk of draws is written once, when it is full, and before the checkpoint that counts on it.
Every file takes its place by a rename, so a kill loses at most what came after the last checkpoint,
which is computed again, to the same bits. The checkpoint carries digests of what the run is of and
of all chunks before it: what is not exactly what this run wrote is refused.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from numpy.typing import NDArray

from gendsl.inference.checkpoint_files import DamagedError, digest_of, pack, unpack, write_whole
from gendsl.inference.zarr_rows import (
    Layout,
    has_chunks,
    read_chunk,
    write_chunk,
    write_metadata,
)

FORMAT = "gendsl run 1"
_RUN, _CHECKPOINT, _DRAWS, _LOCK = "run.json", "checkpoint.npz", "draws.zarr", "lock"
_LONGEST_WORD = 40


class Trouble(StrEnum):
    """Why a folder is of no use: not a run's, another run's, damaged, in use, on a full disk."""

    FOREIGN = "foreign"
    DIFFERENT = "different"
    DAMAGED = "damaged"
    BUSY = "busy"
    FULL = "full"


class RunFolderError(ValueError):
    """The folder can't be used; ``details`` say what exactly is wrong with it."""

    def __init__(self, trouble: Trouble, *details: str) -> None:
        """State the trouble."""
        super().__init__(f"the run's folder is of no use ({trouble.value}): {'; '.join(details)}")
        self.trouble = trouble
        self.details = details


class Saved(NamedTuple):
    """A checkpoint: what it says in words, and its arrays."""

    about: dict[str, Any]
    arrays: dict[str, NDArray[Any]]


class RunFolder:
    """A run's folder, held by this process; :func:`run_folder` opens it.

    Attributes:
        layout: the shape of its table of draws.
        saved: the checkpoint that was there, if there was one.
        num_chunks: full chunks of draws so far.
    """

    def __init__(self, path: Path, layout: Layout, run: str) -> None:
        """Read the checkpoint in an open folder; ``run`` is the digest of the run's identity."""
        self.layout = layout
        self._path = path
        self._run = self._digest = run
        self.num_chunks = 0
        self.saved = self._read()
        if self.saved is not None:
            self.num_chunks = self.saved.about["chunks"]
            self._digest = self.saved.about["chunks_digest"]

    def add_chunk(self, table: NDArray[Any]) -> None:
        """Write the next full chunk [chain, rows, width].

        Raises:
            OSError: if the file system refuses.
        """
        write_chunk(self._path / _DRAWS, self.layout, self.num_chunks, table)
        self._digest = _next_digest(self._digest, table)
        self.num_chunks += 1

    def save(self, about: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
        """Write the checkpoint that counts on all chunks so far.

        Raises:
            OSError: if the file system refuses; the checkpoint before it stays.
        """
        said = {"run": self._run, "chunks": self.num_chunks, "chunks_digest": self._digest, **about}
        write_whole(self._path / _CHECKPOINT, pack(said, arrays))

    def finish(self, tail: NDArray[Any]) -> None:
        """Let Zarr have the draws [chain, draw, width] that fill no chunk, too.

        The checkpoint's are those that a later run goes on from.

        Raises:
            OSError: if the file system refuses.
        """
        if tail.shape[1]:
            write_chunk(self._path / _DRAWS, self.layout, self.num_chunks, tail)
        num_draws = self.num_chunks * self.layout.rows + tail.shape[1]
        write_metadata(self._path / _DRAWS, self.layout, num_draws)

    def chunks(self) -> Iterator[NDArray[Any]]:
        """Read the full chunks [chain, rows, width] in turn.

        Raises:
            RunFolderError: if one is not there or not as it was written.
        """
        digest = self._run
        try:
            for number in range(self.num_chunks):
                table = read_chunk(self._path / _DRAWS, self.layout, number)
                digest = _next_digest(digest, table)
                yield table
        except DamagedError as error:
            raise RunFolderError(Trouble.DAMAGED, str(error)) from None
        if digest != self._digest:
            raise RunFolderError(Trouble.DAMAGED, "the draws disagree with their digest")

    def _read(self) -> Saved | None:
        try:
            content = (self._path / _CHECKPOINT).read_bytes()
        except FileNotFoundError:
            if has_chunks(self._path / _DRAWS):
                raise RunFolderError(
                    Trouble.DAMAGED, f"it has draws and no `{_CHECKPOINT}`"
                ) from None
            return None
        try:
            saved = Saved(*unpack(content))
        except DamagedError as error:
            raise RunFolderError(Trouble.DAMAGED, f"`{_CHECKPOINT}`: {error}") from None
        if saved.about.get("run") != self._run:
            raise RunFolderError(Trouble.DIFFERENT, f"`{_CHECKPOINT}` is of another run")
        return saved


@contextmanager
def run_folder(
    path: Path, identity: Mapping[str, Any], layout: Layout, num_draws: int
) -> Iterator[RunFolder]:
    """Open the folder of a run, or make it, and keep other processes out of it.

    Args:
        identity: what the run is of, in JSON; a folder that has a run of anything else is refused.
        num_draws: of each chain, that are wanted; more or fewer than before are fine.

    Raises:
        RunFolderError: if the folder is not this run's, is damaged or in use, or if the draws do
            not fit on the disk.
        OSError: if the file system refuses.
    """
    plain: dict[str, Any] = json.loads(
        json.dumps({**identity, "layout": {**layout._asdict(), "rows": layout.rows}})
    )
    path.mkdir(exist_ok=True)
    _check_kind(path)
    with _lock(path / _LOCK):
        _check_identity(path, plain)
        said = {"format": FORMAT, "identity": plain}
        run = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
        folder = RunFolder(path, layout, run)
        missing = layout.num_bytes(max(num_draws - folder.num_chunks * layout.rows, 0))
        room = shutil.disk_usage(path).free
        if missing > room:
            raise RunFolderError(
                Trouble.FULL, f"the draws take {missing:,} bytes", f"{room:,} are free"
            )
        if not (path / _RUN).exists():
            write_whole(path / _RUN, json.dumps(said, indent=1).encode())
        write_metadata(path / _DRAWS, layout, num_draws)
        yield folder


def _check_kind(path: Path) -> None:
    """Refuse a folder that has anything but a run in it: it is not ours to write to."""
    if not (path / _RUN).exists():
        others = {entry.name for entry in path.iterdir()} - {_LOCK, f".{_RUN}.tmp"}
        if others:
            raise RunFolderError(Trouble.FOREIGN, f"it has `{min(others)}` and no `{_RUN}`")


def _check_identity(path: Path, identity: dict[str, Any]) -> None:
    if not (path / _RUN).exists():
        return
    try:
        there = json.loads((path / _RUN).read_bytes())
    except ValueError:
        raise RunFolderError(Trouble.DAMAGED, f"`{_RUN}` is not JSON") from None
    if not isinstance(there, dict) or there.get("format") != FORMAT:
        raise RunFolderError(Trouble.FOREIGN, f"`{_RUN}` is not of the format `{FORMAT}`")
    differences = tuple(_differences("", there.get("identity"), identity))
    if differences:
        raise RunFolderError(Trouble.DIFFERENT, *differences)


def _differences(name: str, before: Any, now: Any) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(now, dict):
        for key in (*now, *sorted(before.keys() - now.keys())):
            yield from _differences(f"{name} {key}".strip(), before.get(key), now.get(key))
    elif before != now:
        is_digest = max(len(str(before)), len(str(now))) > _LONGEST_WORD and " " not in str(now)
        yield f"{name}: another" if is_digest else f"{name}: {before} there, {now} here"


def _next_digest(before: str, table: NDArray[Any]) -> str:
    return hashlib.sha256(f"{before}{digest_of(table)}".encode()).hexdigest()


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Hold the folder; the system lets go of it when the process ends, however it does."""
    with path.open("w") as file:
        try:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunFolderError(Trouble.BUSY, "another process is writing to it") from None
        except (ImportError, OSError):
            pass  # Windows, or a file system without locks
        yield
