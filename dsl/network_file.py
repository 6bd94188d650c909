"""Files of trained networks, as far as they can be read without NumPy: what they say, and whether
they are whole.

A file is one of the safetensors format: eight bytes with the length of a header, the header, which
is JSON, and the arrays. The header's metadata has three texts: ``format``; ``about``, JSON; and
``digest``, the SHA-256 of ``about`` and of all arrays. Nothing is believed: sizes are limited
before anything is read, and no part of a file is run.

Source: the safetensors format, github.com/huggingface/safetensors, README.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

FORMAT = "gendsl-pfn"
VERSION = 1
TYPES = {"float32": "F32", "int32": "I32", "uint32": "U32"}
"""Names of types in the format."""

_MOST_BYTES = 1 << 33
_MOST_HEADER = 1 << 24
_HEX = re.compile(r"[0-9a-f]{64}")
_TYPES_IN_DIGEST = {"F32": "<f4", "I32": "<i4", "U32": "<u4"}
_CHUNK = 1 << 20


class DamagedNetwork(ValueError):
    """A file is no trained network, or not the one that was written.

    Attributes:
        path: the file.
        reason: what is wrong with it and where, as the end of a sentence.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path, self.reason = path, reason


@dataclass(frozen=True)
class About:
    """What a file says of its prior; to the core these are texts and numbers.

    Attributes:
        prior: the text of the prior.
        prior_hash: its hash.
        ranges: what was trained for, as JSON has it: numbers of rows, columns, inputs.
        gap: what was measured of it, as JSON has it, or None.
        prior_file: what the file of that text was called.
        prior_imports: the texts that it needs, by name.
        block: which of its blocks was trained.
        acceptance_rate: the share of draws that were kept, where some are not.
    """

    prior: str = ""
    prior_hash: str = ""
    ranges: Mapping[str, Any] = field(default_factory=dict)
    gap: Any = None
    prior_file: str = ""
    prior_imports: Mapping[str, str] = field(default_factory=dict)
    block: str = ""
    acceptance_rate: float | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the arrays.

    `text` is what the file says of the network, `said` the same as JSON, `about` the part that is
    of the prior. `arrays` has type, shape and place of each; they begin at the byte `start`.
    """

    text: str
    said: Mapping[str, Any]
    about: About
    digest: str
    arrays: Mapping[str, Any]
    start: int


def read_header(path: Path) -> Header:
    """Return the header of a file whose sizes are possible.

    Raises:
        DamagedNetwork: if it has none, or one that `gendsl pfn train` does not write.
        OSError: if it can't be read.
    """
    if not path.is_file() and path.exists():
        raise DamagedNetwork(path, "it is no file")
    header, start = _whole_header(path)
    texts = header.pop("__metadata__")
    try:
        said = json.loads(texts["about"], parse_constant=_refuse)
        version, about = said["version"], about_of(said["about"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        reason = f"what it says of the network can't be read: {short(error)}"
        raise DamagedNetwork(path, reason) from None
    if version != VERSION:
        raise DamagedNetwork(path, f"it has version {version!r}; this release reads {VERSION}")
    return Header(texts["about"], said, about, texts["digest"], header, start)


def check_whole(path: Path, header: Header) -> None:
    """See that the arrays are those of which the file has the digest.

    Raises:
        DamagedNetwork: if they are not, or lie outside of the file.
        OSError: if it can't be read.
    """
    found = hashlib.sha256(header.text.encode("utf-8", "surrogatepass"))
    size = path.stat().st_size
    with path.open("rb") as file:
        for name in sorted(header.arrays):
            kind, shape, begin, end = _place(path, name, header.arrays[name])
            if header.start + end > size:
                raise DamagedNetwork(path, "its arrays can't be read: it is cut off")
            found.update(said_of_array(name, _TYPES_IN_DIGEST[kind], shape))
            file.seek(header.start + begin)
            for part in _parts(file, end - begin):
                found.update(part)
    if found.hexdigest() != header.digest:
        raise DamagedNetwork(path, CHANGED)


CHANGED = "its content disagrees with its digest: it was changed after it was written"


def said_of_array(name: str, kind: str, shape: tuple[int, ...]) -> bytes:
    """Return what the digest has of an array before its content."""
    return repr((name, kind, shape)).encode()


def about_of(said: Any) -> About:
    """Return what JSON says of a prior.

    Raises:
        ValueError: if that is something else.
    """
    if not isinstance(said, dict) or set(said) != set(About.__dataclass_fields__):
        raise ValueError("it says other things of its prior")
    about = About(**said)
    texts = (about.prior, about.prior_hash, about.prior_file, about.block)
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("its prior is no text")
    if not isinstance(about.ranges, dict):
        raise ValueError("its ranges have no names")
    imports = about.prior_imports
    if not isinstance(imports, dict) or not all(isinstance(t, str) for t in imports.values()):
        raise ValueError("what its prior imports is no text")
    rate = about.acceptance_rate
    if rate is not None and not (is_number(rate) and 0.0 <= rate <= 1.0):
        raise ValueError("its acceptance rate is no share")
    return about


def is_number(value: Any) -> bool:
    """Whether it is a number of a usual size."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and abs(value) < 1e15 and math.isfinite(value)


def short(error: Exception) -> str:
    """Return the first line of what an error says."""
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


def _whole_header(path: Path) -> tuple[dict[str, Any], int]:
    """Return the header with its metadata, and where it ends."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 8 < size <= _MOST_BYTES or not 2 <= length <= min(_MOST_HEADER, size - 8):
            raise DamagedNetwork(path, "it is no safetensors file, or cut off in its header")
        content = file.read(length)
    try:
        header = json.loads(content)
    except (ValueError, RecursionError):
        raise DamagedNetwork(path, "its header is no JSON") from None
    metadata = header.get("__metadata__") if isinstance(header, dict) else None
    texts = metadata if isinstance(metadata, dict) else {}
    if texts.get("format") != FORMAT or not isinstance(texts.get("about"), str):
        raise DamagedNetwork(path, "it is no checkpoint of `gendsl pfn train`")
    if not isinstance(texts.get("digest"), str) or not _HEX.fullmatch(texts["digest"]):
        raise DamagedNetwork(path, "its header has no digest")
    whole: dict[str, Any] = header
    return whole, 8 + length


def _place(path: Path, name: str, said: Any) -> tuple[str, tuple[int, ...], int, int]:
    """Return type, shape and place of an array, which fit each other."""
    try:
        kind, shape, (begin, end) = said["dtype"], said["shape"], said["data_offsets"]
        is_whole = all(type(n) is int and n >= 0 for n in (*shape, begin, end))
    except (KeyError, TypeError, ValueError):
        is_whole = False
    if not is_whole or kind not in _TYPES_IN_DIGEST or end - begin != 4 * math.prod(shape):
        raise DamagedNetwork(path, f"its arrays can't be read: {name[:80]!r} has no place")
    return kind, tuple(shape), begin, end


def _parts(file: BinaryIO, length: int) -> Iterator[bytes]:
    while length > 0 and (part := file.read(min(length, _CHUNK))):
        length -= len(part)
        yield part


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no number")
