"""Entries on disk: whole and our own, or as good as absent."""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gendsl.executables import Folder

HEADER = {"key": "k", "calls": []}
BODY = bytes(range(256)) * 20


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """With one whole entry, `it`."""
    opened = Folder.opened(tmp_path / "deep" / "executables")
    assert opened is not None
    opened.write("it", HEADER, BODY)
    return opened


def file_of(folder: Folder) -> Path:
    return folder.path / "it.entry"


def test_an_entry_comes_back(folder: Folder) -> None:
    assert folder.read("it") == (HEADER, BODY)
    assert folder.read("another") is None
    assert list(folder.names()) == ["it"]
    assert [path.name for path in folder.path.iterdir()] == ["it.entry"]


def test_any_damaged_byte_is_seen(folder: Folder) -> None:
    whole = file_of(folder).read_bytes()
    places = [*range(0, 150), *range(150, len(whole), 97), len(whole) - 1]
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 1
        file_of(folder).write_bytes(damaged)
        assert folder.read("it") is None, place
        assert not file_of(folder).exists(), place


@pytest.mark.parametrize("kept", [0, 5, 20, 84, 90, 120, -1])
def test_a_truncated_entry_is_thrown_away(folder: Folder, kept: int) -> None:
    file_of(folder).write_bytes(file_of(folder).read_bytes()[:kept])
    assert folder.read("it") is None
    assert not file_of(folder).exists()
    folder.write("it", HEADER, BODY)
    assert folder.read("it") == (HEADER, BODY)


@pytest.mark.parametrize("text", [b"", b"gendsl executable 1\n", b"\x80\x04K\x01.", b"a" * 500])
def test_a_foreign_file_is_thrown_away(folder: Folder, text: bytes) -> None:
    file_of(folder).write_bytes(text)
    assert folder.read("it") is None


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="the system has no such owners")
def test_what_others_may_write_is_not_read(folder: Folder, tmp_path: Path) -> None:
    for mode in (0o620, 0o602):
        folder.write("it", HEADER, BODY)
        file_of(folder).chmod(mode)
        assert folder.read("it") is None
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    assert Folder.opened(shared) is None
    assert folder.path.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="the system has no such links")
def test_a_link_is_not_followed(folder: Folder, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    file_of(folder).rename(elsewhere)
    file_of(folder).symlink_to(elsewhere)
    assert folder.read("it") is None
    linked = tmp_path / "linked"
    linked.symlink_to(folder.path)
    assert Folder.opened(linked) is None


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="the system has no such owners")
def test_another_users_entry_is_not_read(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: os.stat(folder.path).st_uid + 1)
    assert folder.read("it") is None
    assert Folder.opened(folder.path) is None


def test_a_full_disk_keeps_nothing_and_says_nothing(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refuse)
        folder.write("more", HEADER, BODY)
    assert [path.name for path in folder.path.iterdir()] == ["it.entry"]


def test_a_folder_that_can_not_be_made_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert Folder.opened(tmp_path / "file" / "executables") is None


def test_names_stay_inside(folder: Folder) -> None:
    for name in ("../it", "a/b", "", "a\n"):
        with pytest.raises(ValueError, match="no name of an entry"):
            folder.write(name, HEADER)


def test_writers_at_once_leave_a_whole_entry(folder: Folder) -> None:
    bodies = [bytes([i]) * 100_000 for i in range(8)]
    with ThreadPoolExecutor(8) as pool:
        for body in bodies * 4:
            pool.submit(folder.write, "it", HEADER, body)
        for _ in range(50):
            found = folder.read("it")
            assert found is not None and found[1] in (*bodies, BODY)
    assert [path.name for path in folder.path.iterdir()] == ["it.entry"]
