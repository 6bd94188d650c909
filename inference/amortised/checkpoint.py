"""Trained networks on disk: one safetensors file, with all that is no array as JSON in its header.

The header's metadata has three texts: ``format``; ``about``, JSON; and ``digest``, the SHA-256 of
``about`` and of all arrays. The file is written beside its place and renamed, so a kill at any
moment leaves the old or the new one.

Nothing of a file is believed. Sizes are limited before anything is read; the design is checked
number by number; names, shapes and types of arrays are compared with what the design calls for
before any is made; and the digest shows what changed since. No part of a file is run.

Source: the safetensors format, github.com/huggingface/safetensors, README.
"""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from gendsl.inference.amortised import network
from gendsl.inference.amortised.design import Design
from gendsl.inference.amortised.reference import shapes_of
from gendsl.inference.amortised.settings import Settings
from gendsl.inference.amortised.steps import first_state
from gendsl.inference.amortised.training import Entry, Trained
from gendsl.inference.checkpoint_files import DamagedError, leaves_of, tree_like, write_whole

FORMAT = "gendsl-pfn"
VERSION = 1
_MOST_BYTES = 1 << 33
_MOST_HEADER = 1 << 24
_MOST_ENTRIES = 1_000_000
_HEX = re.compile(r"[0-9a-f]{64}")
_PARTS = ("reference", "state")


class DamagedCheckpoint(DamagedError):
    """A file is no checkpoint of a network, or not the one that was written.

    Attributes:
        path: the file.
        reason: what is wrong with it and where, as the end of a sentence.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path, self.reason = path, reason


@dataclass(frozen=True)
class About:
    """What a checkpoint says of its prior; to the core these are texts and numbers.

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


@dataclass(frozen=True)
class Checkpoint:
    """A network as far as it is trained, and what it was trained on."""

    trained: Trained
    about: About = field(default_factory=About)


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Write the file; what stood there stays until the new one is whole.

    Raises:
        OSError: if the file system refuses.
        ValueError: if something that it says is not what JSON has.
    """
    import safetensors.numpy

    trained = checkpoint.trained
    tree = {"reference": trained.reference, "state": trained.state}
    arrays = {name: np.array(leaf, order="C") for name, leaf in leaves_of(tree).items()}
    about = json.dumps(
        {
            "version": VERSION,
            "design": trained.design.to_json(),
            "settings": trained.settings.to_json(),
            "seconds": trained.seconds,
            "log": [list(entry) for entry in trained.log],
            "about": asdict(checkpoint.about),
        },
        allow_nan=False,
    )
    metadata = {"format": FORMAT, "about": about, "digest": _digest(about, arrays)}
    write_whole(path, safetensors.numpy.save(arrays, metadata))


def load(path: Path) -> Checkpoint:
    """Read the file; what :func:`save` wrote comes back to the last bit.

    Raises:
        DamagedCheckpoint: if it is anything else than what :func:`save` wrote.
        OSError: if it can't be read.
    """
    damaged = partial(DamagedCheckpoint, path)
    if not path.is_file() and path.exists():
        raise damaged("it is no file")
    header = _header(path)
    text = header.get("__metadata__", {}).get("about", "")
    try:
        said = json.loads(text, parse_constant=_refuse)
        design = Design.from_json(said["design"])
        settings = Settings.from_json(said["settings"])
        version, seconds, log = said["version"], said["seconds"], said["log"]
        about = _about(said["about"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise damaged(f"what it says of the network can't be read: {_short(error)}") from None
    if version != VERSION:
        raise damaged(f"it has version {version!r}; this release reads {VERSION}")
    template = _template(design, settings)
    arrays = _arrays(path, header, template)
    if _digest(text, arrays) != header["__metadata__"]["digest"]:
        raise damaged("its content disagrees with its digest: it was changed after it was written")
    try:
        tree = tree_like(jax.tree.map(_empty, template), arrays)
        entries = _log(log)
    except (DamagedError, ValueError) as error:
        raise damaged(str(error)) from None
    if not all(np.isfinite(leaf).all() for leaf in arrays.values()):
        raise damaged("a weight is not finite")
    tree = jax.tree.map(jnp.asarray, tree)
    trained = Trained(
        design, settings, tree["reference"], tree["state"], _seconds(path, seconds), entries
    )
    return Checkpoint(trained, about)


def _header(path: Path) -> dict[str, Any]:
    """Return the header, of a file whose sizes are possible."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 8 < size <= _MOST_BYTES or not 2 <= length <= min(_MOST_HEADER, size - 8):
            raise DamagedCheckpoint(path, "it is no safetensors file, or cut off in its header")
        content = file.read(length)
    try:
        header = json.loads(content)
    except (ValueError, RecursionError):
        raise DamagedCheckpoint(path, "its header is no JSON") from None
    metadata = header.get("__metadata__") if isinstance(header, dict) else None
    texts = metadata if isinstance(metadata, dict) else {}
    if texts.get("format") != FORMAT or not isinstance(texts.get("about"), str):
        raise DamagedCheckpoint(path, "it is no checkpoint of `gendsl pfn train`")
    if not isinstance(texts.get("digest"), str) or not _HEX.fullmatch(texts["digest"]):
        raise DamagedCheckpoint(path, "its header has no digest")
    whole: dict[str, Any] = header
    return whole


def _template(design: Design, settings: Settings) -> dict[str, Any]:
    """Return the shapes of all arrays; none is made."""

    def made() -> Any:
        weights = network.start(design, lambda shape: jnp.zeros(shape, jnp.float32))
        return first_state(settings, weights, jnp.zeros(2, jnp.uint32))

    return {"reference": shapes_of(design), "state": jax.eval_shape(made)}


def _arrays(path: Path, header: dict[str, Any], template: Any) -> dict[str, NDArray[Any]]:
    """Return the arrays, whose names, types and shapes are those of the template."""
    import safetensors

    flat, _ = jax.tree_util.tree_flatten_with_path(template)
    wanted = {jax.tree_util.keystr(place): leaf for place, leaf in flat}
    names = set(header) - {"__metadata__"}
    if names != set(wanted):
        odd = sorted(names ^ set(wanted))[0]
        raise DamagedCheckpoint(path, f"its arrays are not those of its design: {odd[:80]!r}")
    try:
        with safetensors.safe_open(path, framework="np") as file:
            for name, leaf in wanted.items():
                part = file.get_slice(name)
                found = (str(part.get_dtype()), tuple(part.get_shape()))
                if found != (_CODES[leaf.dtype.name], leaf.shape):
                    reason = f"its array {name} is {found[0]} {list(found[1])}"
                    raise DamagedCheckpoint(path, f"{reason}, not as its design calls for")
            return {name: file.get_tensor(name) for name in wanted}
    except (safetensors.SafetensorError, ValueError, TypeError, KeyError) as error:
        if isinstance(error, DamagedCheckpoint):
            raise
        raise DamagedCheckpoint(path, f"its arrays can't be read: {_short(error)}") from None


_CODES = {"float32": "F32", "int32": "I32", "uint32": "U32"}
"""Names of types in the format."""


def _empty(shape: Any) -> NDArray[Any]:
    """Return an array of a shape that takes no room."""
    return np.broadcast_to(np.zeros((), shape.dtype), shape.shape)


def _digest(about: str, arrays: Mapping[str, NDArray[Any]]) -> str:
    whole = hashlib.sha256(about.encode("utf-8", "surrogatepass"))
    for name in sorted(arrays):
        array = arrays[name]
        whole.update(repr((name, array.dtype.str, array.shape)).encode())
        whole.update(array.tobytes())
    return whole.hexdigest()


def _about(said: Any) -> About:
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
    if rate is not None and not (_is_number(rate) and 0.0 <= rate <= 1.0):
        raise ValueError("its acceptance rate is no share")
    return about


def _log(said: Any) -> tuple[Entry, ...]:
    if not isinstance(said, list) or len(said) > _MOST_ENTRIES:
        raise ValueError("its log is no list")
    for row in said:
        is_row = isinstance(row, list) and len(row) == 3 and isinstance(row[0], int)
        if not is_row or not all(_is_number(value) for value in row):
            raise ValueError("a line of its log is no step, time and loss")
    return tuple(Entry(*row) for row in said)


def _seconds(path: Path, said: Any) -> float:
    if not _is_number(said) or said < 0:
        raise DamagedCheckpoint(path, "its time of training is no number of seconds")
    return float(said)


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and abs(value) < 1e15 and math.isfinite(value)


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
