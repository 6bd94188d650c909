"""Trained networks on disk: one safetensors file, with all that is no array as JSON in its header.

`gendsl.network_file` reads the header. The file is written beside its place and renamed, so a kill
at any moment leaves the old or the new one.

Nothing of a file is believed. The design is checked number by number; names, shapes and types of
arrays are compared with what the design calls for before any is made; and the digest shows what
changed since. No part of a file is run.
"""

import hashlib
import json
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
from gendsl.network_file import (
    CHANGED,
    FORMAT,
    TYPES,
    VERSION,
    About,
    DamagedNetwork,
    Header,
    is_number,
    read_header,
    said_of_array,
    short,
)

_MOST_ENTRIES = 1_000_000


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

    about, arrays = _content(checkpoint)
    metadata = {"format": FORMAT, "about": about, "digest": _digest(about, arrays)}
    write_whole(path, safetensors.numpy.save(arrays, metadata))


def digest_of(checkpoint: Checkpoint) -> str:
    """Return the SHA-256 of all that a file of it says: the digest in the header of that file."""
    return _digest(*_content(checkpoint))


def _content(checkpoint: Checkpoint) -> tuple[str, dict[str, NDArray[Any]]]:
    """What is no array as JSON, and the arrays."""
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
    return about, arrays


def load(path: Path) -> Checkpoint:
    """Read the file; what :func:`save` wrote comes back to the last bit.

    Raises:
        DamagedNetwork: if it is anything else than what :func:`save` wrote.
        OSError: if it can't be read.
    """
    damaged = partial(DamagedNetwork, path)
    header = read_header(path)
    said = header.said
    try:
        design = Design.from_json(said["design"])
        settings = Settings.from_json(said["settings"])
        seconds, log = said["seconds"], said["log"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise damaged(f"what it says of the network can't be read: {short(error)}") from None
    template = _template(design, settings)
    arrays = _arrays(path, header, template)
    if _digest(header.text, arrays) != header.digest:
        raise damaged(CHANGED)
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
    return Checkpoint(trained, header.about)


def _template(design: Design, settings: Settings) -> dict[str, Any]:
    """Return the shapes of all arrays; none is made."""

    def made() -> Any:
        weights = network.start(design, lambda shape: jnp.zeros(shape, jnp.float32))
        return first_state(settings, weights, jnp.zeros(2, jnp.uint32))

    return {"reference": shapes_of(design), "state": jax.eval_shape(made)}


def _arrays(path: Path, header: Header, template: Any) -> dict[str, NDArray[Any]]:
    """Return the arrays, whose names, types and shapes are those of the template."""
    import safetensors

    flat, _ = jax.tree_util.tree_flatten_with_path(template)
    wanted = {jax.tree_util.keystr(place): leaf for place, leaf in flat}
    if set(header.arrays) != set(wanted):
        odd = sorted(set(header.arrays) ^ set(wanted))[0]
        raise DamagedNetwork(path, f"its arrays are not those of its design: {odd[:80]!r}")
    try:
        with safetensors.safe_open(path, framework="np") as file:
            for name, leaf in wanted.items():
                part = file.get_slice(name)
                found = (str(part.get_dtype()), tuple(part.get_shape()))
                if found != (TYPES[leaf.dtype.name], leaf.shape):
                    reason = f"its array {name} is {found[0]} {list(found[1])}"
                    raise DamagedNetwork(path, f"{reason}, not as its design calls for")
            return {name: file.get_tensor(name) for name in wanted}
    except (safetensors.SafetensorError, ValueError, TypeError, KeyError) as error:
        if isinstance(error, DamagedNetwork):
            raise
        raise DamagedNetwork(path, "its arrays are cut off, or were changed") from None


def _empty(shape: Any) -> NDArray[Any]:
    """Return an array of a shape that takes no room."""
    return np.broadcast_to(np.zeros((), shape.dtype), shape.shape)


def _digest(about: str, arrays: Mapping[str, NDArray[Any]]) -> str:
    whole = hashlib.sha256(about.encode("utf-8", "surrogatepass"))
    for name in sorted(arrays):
        array = arrays[name]
        whole.update(said_of_array(name, array.dtype.str, array.shape))
        whole.update(array.tobytes())
    return whole.hexdigest()


def _log(said: Any) -> tuple[Entry, ...]:
    if not isinstance(said, list) or len(said) > _MOST_ENTRIES:
        raise ValueError("its log is no list")
    for row in said:
        is_row = isinstance(row, list) and len(row) == 3 and isinstance(row[0], int)
        if not is_row or not all(is_number(value) for value in row):
            raise ValueError("a line of its log is no step, time and loss")
    return tuple(Entry(*row) for row in said)


def _seconds(path: Path, said: Any) -> float:
    if not is_number(said) or said < 0:
        raise DamagedNetwork(path, "its time of training is no number of seconds")
    return float(said)
