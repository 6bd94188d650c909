"""Checkpoints of networks: the same bits come back, and from anything else one typed error."""

import dataclasses
import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
import safetensors.numpy
from inference_cases.amortising import DESIGN, SETTINGS, sampler

from gendsl.inference.amortised import (
    About,
    Checkpoint,
    DamagedNetwork,
    Entry,
    begin,
    load,
    save,
)
from gendsl.inference.checkpoint_files import leaves_of

ABOUT = About("model m {}", "ab12", {"rows": [0, 12], "inputs": "Normal(0, 1)"}, {"0": [0.1, 0.01]})


@pytest.fixture(autouse=True, scope="module")
def _double_precision() -> Iterator[None]:
    """As that of all these tests, but set before what this module shares is made."""
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


@pytest.fixture(scope="module")
def checkpoint() -> Checkpoint:
    log = (Entry(1, 0.5, 1.25), Entry(9, 1.5, 0.75))
    return Checkpoint(
        dataclasses.replace(begin(DESIGN, SETTINGS, sampler, seed=2), seconds=1.5, log=log), ABOUT
    )


@pytest.fixture(scope="module")
def content(checkpoint: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "network.safetensors"
    save(path, checkpoint)
    return path.read_bytes()


def _refused(folder: Path, content: bytes) -> str:
    path = folder / "damaged.safetensors"
    path.write_bytes(content)
    with pytest.raises(DamagedNetwork) as error:
        load(path)
    assert error.value.path == path and str(path) in str(error.value)
    return error.value.reason


def test_what_was_saved_comes_back_to_the_last_bit(checkpoint: Checkpoint, tmp_path: Path) -> None:
    path = tmp_path / "network.safetensors"
    path.write_text("what stood there")
    save(path, checkpoint)
    back = load(path)
    assert back.about == checkpoint.about
    for name in ("design", "settings", "seconds", "log"):
        assert getattr(back.trained, name) == getattr(checkpoint.trained, name)
    left, right = (leaves_of((c.trained.reference, c.trained.state)) for c in (back, checkpoint))
    assert left.keys() == right.keys()
    for name in left:
        np.testing.assert_array_equal(left[name], right[name], strict=True)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_refused_write_leaves_what_stood_there(
    checkpoint: Checkpoint, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "network.safetensors"
    path.write_bytes(content)

    def refuse(*_: Any) -> None:
        raise OSError("no room")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="no room"):
        save(path, checkpoint)
    assert path.read_bytes() == content
    assert len(list(tmp_path.iterdir())) == 1
    with pytest.raises(ValueError):
        save(path, Checkpoint(checkpoint.trained, About(gap=float("nan"))))


def test_a_file_cut_off_anywhere_is_refused(content: bytes, tmp_path: Path) -> None:
    header = struct.unpack("<Q", content[:8])[0]
    places = {0, 1, 7, 8, 9, header // 2, header + 7, header + 8, header + 9, len(content) - 1}
    places |= set(np.linspace(0, len(content) - 1, 16).astype(int).tolist())
    for place in sorted(places):
        assert _refused(tmp_path, content[:place])
    assert _refused(tmp_path, content + b"\0")


def test_a_flipped_bit_anywhere_is_refused(content: bytes, tmp_path: Path) -> None:
    """Also where the header still is JSON: the digest covers names, shapes, texts and numbers."""
    rng = np.random.default_rng(1)
    header = struct.unpack("<Q", content[:8])[0] + 8
    padding = len(content[:header].rstrip(b" "))
    places = [*range(8), *rng.integers(8, padding, 24), *rng.integers(header, len(content), 8)]
    for place in places:
        flipped = bytearray(content)
        flipped[place] ^= 1 << int(rng.integers(8))
        assert _refused(tmp_path, bytes(flipped))


def _remade(content: bytes, change: Any) -> bytes:
    """The file with another header: what somebody may write who wants to be believed."""
    length = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8 : 8 + length])
    about = json.loads(header["__metadata__"]["about"])
    change(header, about)
    header["__metadata__"]["about"] = json.dumps(about)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + content[8 + length :]


def test_a_file_that_wants_to_be_believed_is_not(content: bytes, tmp_path: Path) -> None:
    key = next(k for k in json.loads(content[8 : 8 + struct.unpack("<Q", content[:8])[0]])
               if "average" in k and "outputs_bias" in k)  # fmt: skip

    def wide(_: Any, about: Any) -> None:
        about["design"]["width"] = 8192

    def endless(_: Any, about: Any) -> None:
        about["design"]["layers"] = 10**12

    def newer(_: Any, about: Any) -> None:
        about["version"] = 99

    def without(header: Any, _: Any) -> None:
        del header[key]

    def cast(header: Any, _: Any) -> None:
        header[key]["dtype"] = "I32"

    def rich(_: Any, about: Any) -> None:
        about["settings"]["rate"] = float("nan")

    def deep(_: Any, about: Any) -> None:
        about["about"]["prior"] = {"not": "a text"}

    def other(_: Any, about: Any) -> None:
        about["about"]["prior"] = "model another {}"

    said = {
        wide: "not as its design calls for", endless: "layers", newer: "version 99",
        without: "not those of its design", cast: "not as its design", rich: "no number",
        deep: "no text", other: "disagrees with its digest",
    }  # fmt: skip
    for change, reason in said.items():
        assert reason in _refused(tmp_path, _remade(content, change)), change


def test_other_files_are_no_checkpoints(tmp_path: Path) -> None:
    plain = safetensors.numpy.save({"a": np.zeros(3)})
    assert "no checkpoint" in _refused(tmp_path, plain)
    nested = b'{"__metadata__": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert "no JSON" in _refused(tmp_path, struct.pack("<Q", len(nested)) + nested)
    for foreign in (b"", b"PK\x03\x04" * 100, b"\x80\x04\x95" * 50, b"\xff" * 64):
        assert "no safetensors file" in _refused(tmp_path, foreign)
    with pytest.raises(DamagedNetwork, match="no file"):
        load(tmp_path)
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "nothing")


def test_a_network_that_is_not_finite_is_refused(checkpoint: Checkpoint, tmp_path: Path) -> None:
    state = checkpoint.trained.state
    broken = jax.tree.map(lambda leaf: leaf * np.nan, state.network)
    path = tmp_path / "network.safetensors"
    trained = dataclasses.replace(checkpoint.trained, state=state._replace(network=broken))
    save(path, Checkpoint(trained))
    with pytest.raises(DamagedNetwork, match="not finite"):
        load(path)
