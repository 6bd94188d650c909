"""Whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from gendsl.data import atomic_path


def write(path: Path, text: str = "new", *, fails: type[Exception] | None = None) -> None:
    with atomic_path(path) as temporary:
        assert temporary.parent == path.parent.resolve() and temporary.suffix == path.suffix
        temporary.write_text(text)
        if fails is not None:
            raise fails(28, "No space left on device")


def test_replaces_a_file(tmp_path: Path) -> None:
    path = tmp_path / "d.json"
    write(path, "old")
    path.chmod(0o640)
    write(path)
    assert path.read_text() == "new" and path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "d.json").symlink_to(tmp_path / "real.json")
    write(tmp_path / "d.json")
    assert (tmp_path / "d.json").is_symlink() and (tmp_path / "real.json").read_text() == "new"


def test_a_failure_leaves_what_was(tmp_path: Path, errors) -> None:
    path = tmp_path / "d.json"
    write(path, "old")
    assert errors(write, path, fails=OSError) == [
        f"G0640: {path} can't be written: No space left on device"
    ]
    with pytest.raises(KeyError):
        write(path, fails=KeyError)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_paths_that_cannot_be(tmp_path: Path, errors) -> None:
    folder = tmp_path / "no"
    assert errors(write, folder / "d.json") == [
        f"G0640: {folder}/d.json can't be written: there is no folder {folder}"
    ]
    (tmp_path / "d.json").mkdir()
    assert errors(write, tmp_path / "d.json") == [
        f"G0640: {tmp_path}/d.json can't be written: it is a folder"
    ]
    assert errors(write, tmp_path / "a\0b")[0].startswith("G0640")


def test_folders_are_replaced_whole(tmp_path: Path, errors) -> None:
    path = tmp_path / "d.zarr"
    for text in ("old", "new"):
        with atomic_path(path) as temporary:
            temporary.mkdir()
            (temporary / text).write_text(text)
    assert [p.name for p in path.iterdir()] == ["new"] and list(tmp_path.iterdir()) == [path]
    with pytest.raises(KeyError), atomic_path(path) as temporary:
        temporary.mkdir()
        raise KeyError
    assert [p.name for p in path.iterdir()] == ["new"] and list(tmp_path.iterdir()) == [path]
    (tmp_path / "file").write_text("x")

    def over_a_file() -> None:
        with atomic_path(tmp_path / "file") as temporary:
            temporary.mkdir()

    assert errors(over_a_file)[0].endswith("it is a file, and a folder would take its place")
