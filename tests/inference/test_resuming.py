"""Runs that stream to a folder: law R1 after a kill at any moment, and what is refused."""

import errno
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray
from inference_cases import densities, streamed

from gendsl.inference import (
    Chains,
    ChainSampler,
    Nuts,
    NutsSampler,
    RunFolderError,
    checkpoint_files,
    record,
    run,
    streaming,
    zarr_rows,
)

_DATA = {"mean": np.zeros(2), "sd": np.array([1.0, 3.0])}
_NUTS = Nuts(densities.normal(2), max_depth=4)
SAMPLERS = {"nuts": NutsSampler(_NUTS, 30), "chains": ChainSampler(_NUTS, 30)}


class Killed(BaseException):
    """Nothing of ours catches it, as nothing catches a kill."""


@pytest.fixture(autouse=True)
def _every_chunk_is_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "_SECONDS_BETWEEN_SAVES", 0.0)
    monkeypatch.setattr(record, "_SHARE", 1e9)
    monkeypatch.setattr(zarr_rows, "_MOST_ROWS_OF_A_CHUNK", 7)
    monkeypatch.setattr(sys.modules["gendsl.inference.run"], "_next_length", lambda *_: 5)
    monkeypatch.setattr(os, "fsync", lambda _: None)


def draw(folder: Path | None, sampler: str = "nuts", **settings) -> Chains:
    chosen = {"seed": 3, "num_chains": 2, "num_draws": 41, "data": _DATA, **settings}
    return run(SAMPLERS[sampler], folder=folder, **chosen)


def assert_same(one: Chains, other: Chains) -> None:
    for name in set(one._fields) - {"carry"}:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


def killed_at(number: int, is_after: bool) -> Callable[[Path, bytes], None]:
    """A `write_whole` of which the call of that number is the last, before or after the rename."""
    calls = iter(range(number + 1))

    def write(path: Path, content: bytes) -> None:
        is_last = next(calls) == number
        if is_last and not is_after:
            path.with_name(f".{path.name}.tmp").write_bytes(content[: len(content) // 2])
            raise Killed
        checkpoint_files.write_whole(path, content)
        if is_last:
            raise Killed

    return write


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_kill_between_any_two_writes_changes_no_bit(
    sampler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = draw(None, sampler)
    count = 0
    for is_after in (False, True):
        for number in range(is_after, 1000, 2 if sampler == "nuts" else 7):
            folder = tmp_path / f"{number}{is_after}"
            write = killed_at(number, is_after)
            with monkeypatch.context() as patch:
                patch.setattr(streaming, "write_whole", write)
                patch.setattr(zarr_rows, "write_whole", write)
                try:
                    draw(folder, sampler)
                except Killed:
                    count += 1
                else:
                    break
            assert_same(draw(folder, sampler), whole)
            shutil.rmtree(folder)
    assert count > (30 if sampler == "nuts" else 8)


def _kill_and_resume(folder: Path, number: int) -> None:
    """Start the run that many times, kill it each time, and let it end at last."""
    moments = random.Random(7)
    script = Path(streamed.__file__)
    environment = {**os.environ, "JAX_COMPILATION_CACHE_DIR": str(folder.parent / "cache"),
                   "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"}  # fmt: skip
    for seconds in (*(moments.uniform(0.01, 1.5 / number) for _ in range(number)), 0.0):
        command = [sys.executable, script, folder, str(seconds)]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert ended.returncode == (-9 if seconds else 0), ended.stderr


@pytest.mark.parametrize("number", [5, pytest.param(50, marks=pytest.mark.slow)])
def test_a_process_killed_at_random_moments_goes_on_to_the_same_draws(
    number: int, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    _kill_and_resume(folder, number)
    zarr_rows._MOST_ROWS_OF_A_CHUNK = 50  # as in the script; the fixture puts it back
    done = streamed.stream(folder)
    assert_same(done, streamed.stream(None))


def test_zarr_and_xarray_read_the_draws(tmp_path: Path) -> None:
    whole = draw(tmp_path / "run")
    with xarray.open_zarr(tmp_path / "run" / "draws.zarr", consolidated=False) as stored:
        assert stored["position"].dims == ("chain", "draw", "coordinate")
        np.testing.assert_array_equal(stored["position"], whole.draws)
        names = stored["stats"].attrs["stats"]
        heights = stored["stats"][..., names.index("log_density")]
        np.testing.assert_array_equal(heights, whole.log_density)


def test_a_finished_run_can_be_had_again_shorter_or_longer(tmp_path: Path) -> None:
    for num_draws in (20, 20, 41, 6, 41):
        again, whole = draw(tmp_path / "run", num_draws=num_draws), draw(None, num_draws=num_draws)
        np.testing.assert_array_equal(again.draws, whole.draws)
        np.testing.assert_array_equal(again.energy, whole.energy)


@pytest.mark.parametrize("phase", ["warmup", "sampling"])
def test_an_interrupted_run_goes_on(phase: str, tmp_path: Path) -> None:
    def stop(report) -> None:
        if report.phase == phase and report.done >= 12:
            raise KeyboardInterrupt

    for sampler in SAMPLERS:
        part = draw(tmp_path / sampler, sampler, progress=stop)
        assert part.is_interrupted and part.draws.shape[1] == (15 if phase == "sampling" else 0)
        assert_same(draw(tmp_path / sampler, sampler), draw(None, sampler))


@pytest.mark.parametrize("number", [0, 3, 9, 20])
def test_a_full_disk_ends_the_run_and_leaves_what_can_go_on(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = Path.replace, iter(range(1000))

    def replace(path: Path, target: Path) -> Path:
        if next(calls) >= number:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", replace)
        with pytest.raises(OSError, match="No space left"):
            draw(tmp_path / "run")
    assert not list((tmp_path / "run").rglob("*.tmp"))
    assert_same(draw(tmp_path / "run"), draw(None))


OTHERS = {
    "seed: 3 there, 4 here": {"seed": 4},
    "data: another": {"data": {**_DATA, "sd": np.array([1.0, 2.0])}},
    "layout num_chains: 2 there, 3 here": {"num_chains": 3},
    "sampler num_warmup: 30 there, 31 here": {"sampler": "other"},
    "program: a there, b here": {"identity": {"program": "b"}},
    "starts: another": {"positions": np.zeros((2, 2))},
}


@pytest.mark.parametrize("reason", OTHERS)
def test_the_folder_of_another_run_is_refused(reason: str, tmp_path: Path) -> None:
    SAMPLERS["other"] = NutsSampler(_NUTS, 31)
    draw(tmp_path / "run", identity={"program": "a"})
    before = contents(tmp_path)
    with pytest.raises(RunFolderError) as caught:
        draw(tmp_path / "run", **{"identity": {"program": "a"}, **OTHERS[reason]})
    del SAMPLERS["other"]
    assert caught.value.trouble == "different" and caught.value.details == (reason,)
    assert contents(tmp_path) == before


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_damage_anywhere_is_refused_and_never_read(tmp_path: Path) -> None:
    """A byte changed, a file cut short or gone: refused, or of no consequence for the draws."""
    whole = draw(tmp_path / "run")
    places, refused = random.Random(5), 0
    for path, content in contents(tmp_path / "run").items():
        cuts = [(places.randrange(len(content)), 1) for _ in range(8)] if content else []
        for place, length in [*cuts, (len(content) // 2, 0), (None, 0)]:
            if place is None:
                path.unlink()
            else:
                bad = bytes([content[place] ^ 0x41]) + content[place + 1 :] if length else b""
                path.write_bytes(content[:place] + bad)
            try:
                again = draw(tmp_path / "run")
            except RunFolderError as error:
                assert error.trouble in ("damaged", "different", "foreign")
                refused += 1
            else:
                assert_same(again, whole)
            path.write_bytes(content)
    assert refused > 60


@pytest.mark.parametrize(
    ("name", "content"),
    [("thesis.tex", "x"), ("run.json", '{"format": "gendsl run 0"}'), ("run.json", "[]")],
)
def test_a_folder_of_something_else_is_left_alone(name: str, content: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(RunFolderError) as caught:
        draw(tmp_path)
    assert caught.value.trouble == "foreign"
    assert (tmp_path / name).read_text() == content and not (tmp_path / "draws.zarr").exists()


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    draw(tmp_path / "one")
    draw(tmp_path / "two", seed=4)
    shutil.copy(tmp_path / "two" / "checkpoint.npz", tmp_path / "one" / "checkpoint.npz")
    with pytest.raises(RunFolderError, match="is of another run"):
        draw(tmp_path / "one")


def test_two_processes_do_not_write_to_one_folder(tmp_path: Path) -> None:
    """The lock is of the open file, so a second opening in one process stands for another's."""

    def meddle(report) -> None:
        with pytest.raises(RunFolderError, match="another process"):
            draw(tmp_path / "run")
        raise KeyboardInterrupt

    assert draw(tmp_path / "run", progress=meddle).is_interrupted


def test_draws_that_do_not_fit_on_the_disk_are_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="bytes") as caught:
        draw(tmp_path / "run", num_draws=10**15)
    assert caught.value.trouble == "full"
    assert_same(draw(tmp_path / "run"), draw(None))


def test_no_pickle_is_read(tmp_path: Path) -> None:
    """An archive with an object in it is damage, whatever its digest says."""
    draw(tmp_path / "run")
    path = tmp_path / "run" / "checkpoint.npz"
    np.savez(path, evil=np.array([{"a": 1}], object))
    with pytest.raises(RunFolderError, match="no archive of plain arrays"):
        draw(tmp_path / "run")


def test_what_is_packed_comes_back() -> None:
    arrays = {"a.b": np.arange(6.0).reshape(2, 3).T, "c": np.array(3), "d": np.zeros((2, 0), "f4")}
    about, back = checkpoint_files.unpack(checkpoint_files.pack({"x": [1, "é"]}, arrays))
    assert about == {"x": [1, "é"]} and list(back) == list(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(back[name], array)
        assert back[name].dtype == array.dtype
    assert json.loads(json.dumps(about)) == about
