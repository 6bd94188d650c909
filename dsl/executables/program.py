"""One executable: found on disk by its key, or compiled and kept there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from typing import Any, NamedTuple

import numpy as np

from gendsl.executables import trees
from gendsl.executables.folder import Folder
from gendsl.executables.loading import (
    NotLoadedError,
    bytes_of,
    called,
    compiled_here,
    execute,
    is_known,
    loaded_from,
    prepare,
)
from gendsl.executables.store import current_folder
from gendsl.executables.surroundings import is_plain, surroundings


class Keys(NamedTuple):
    """What of the arguments decides an executable; hashable.

    Attributes:
        form: the tree that they are the leaves of.
        types: shape, dtype and whether the type is weak, of each leaf.
        device: where it computes.
    """

    form: Any
    types: tuple[tuple[tuple[int, ...], str, bool], ...]
    device: Any


class Executable:
    """What a function is for arguments of certain shapes.

    Attributes:
        results: the tree of its results, a `jax.ShapeDtypeStruct` for each array.
    """

    def __init__(self, form: Any, loaded: Any, device: Any, again: Any = None) -> None:
        import jax

        self.results = trees.from_json(form)
        self._form = jax.tree.structure(self.results)
        self._loaded = loaded
        self._device = device
        self._again = again

    def __call__(self, *arguments: Any) -> Any:
        """Compute; `arguments` are of the shapes and types that it was found for."""
        import jax

        leaves = jax.tree.leaves(arguments)
        places = [i for i, leaf in enumerate(leaves) if not isinstance(leaf, jax.Array)]
        moved = jax.device_put([leaves[i] for i in places], self._device)
        for i, leaf in zip(places, moved, strict=True):
            leaves[i] = leaf
        return jax.tree.unflatten(self._form, self._execute(leaves))

    def _execute(self, leaves: list[Any]) -> list[Any]:
        again, self._again = self._again, None
        if again is None:
            return execute(self._loaded, leaves)
        try:
            return execute(self._loaded, leaves)
        except RuntimeError:
            # XLA looks for the functions in what it loaded when they are first called.
            self._loaded = again()
            return execute(self._loaded, leaves)


def is_storing() -> bool:
    """Whether executables are kept on disk, here and now."""
    return current_folder() is not None and is_plain()


def keys_of(arguments: Any) -> Keys | None:
    """Return the keys; None for arguments that no executable takes as they are.

    Those are tracers, arrays of keys, arrays on other devices, and nodes other than dicts, lists
    and tuples.
    """
    import jax

    leaves, form = jax.tree.flatten(arguments)
    if "CustomNode(" in str(form).replace("CustomNode(namedtuple", ""):
        return None
    device = current_device()
    types = []
    for leaf in leaves:
        if isinstance(leaf, jax.core.Tracer):
            return None
        if isinstance(leaf, jax.Array):
            if leaf.devices() != {device} or not isinstance(leaf.dtype, np.dtype):
                return None
            types.append((leaf.shape, leaf.dtype.name, leaf.weak_type))
        else:
            array = np.asarray(leaf)
            if array.dtype.kind not in "biufc":
                return None
            dtype = jax.dtypes.canonicalize_dtype(array.dtype)
            types.append((array.shape, dtype.name, type(leaf) in (int, float, complex)))
    return Keys(form, tuple(types), device)


def find_executable(
    name: str, identity: str, keys: Keys, trace: Callable[[], Any]
) -> Executable | None:
    """Return the executable that is on disk, or else the one that `trace` leads to, kept there.

    Args:
        name: letters and digits; for people who look into the folder.
        identity: a text of all that decides the program but for its arguments.
        keys: those of the arguments, in their order.
        trace: returns the traced program (`jax.stages.Traced`), in which every argument is kept.

    Returns:
        None where nothing is kept now, or the program is none that can be.
    """
    folder = current_folder()
    if folder is None or not is_plain():
        return None
    digest = digest_of(name, identity, keys)
    entry = f"{name}-{digest[:40]}"

    def compiled() -> tuple[Any, Any]:
        return _compiled(folder, entry, digest, keys, trace)

    found = _read(folder, entry, digest, keys.device)
    try:
        if found is not None:
            return Executable(*found, keys.device, lambda: compiled()[1])
        return Executable(*compiled(), keys.device)
    except (trees.FormError, NotLoadedError):
        return None


def _compiled(
    folder: Folder, entry: str, digest: str, keys: Keys, trace: Callable[[], Any]
) -> tuple[Any, Any]:
    """The form of the results and the executable, which is kept."""
    traced = trace()
    form = trees.to_json(traced.out_info)
    lowered = traced.lower()
    calls = called(lowered.as_text())
    if not is_known(calls, keys.device.platform):
        raise NotLoadedError(f"it calls {', '.join(sorted(calls))}")
    with compiled_here():
        loaded = lowered.compile().runtime_executable()
    header = {"key": digest, "result": form, "calls": sorted(calls)}
    with suppress(NotLoadedError):
        folder.write(entry, header, bytes_of(loaded))
    return form, loaded


def digest_of(name: str, identity: str, keys: Keys) -> str:
    """Return the SHA-256 of everything that decides an executable."""
    parts = (name, identity, str(keys.form), repr(keys.types), surroundings(keys.device))
    return sha256("\0".join(parts).encode()).hexdigest()


def _read(folder: Folder, entry: str, digest: str, device: Any) -> tuple[Any, Any] | None:
    """The form of the results and the executable, as they are on disk."""
    found = folder.read(entry)
    if found is None:
        return None
    header, body = found
    try:
        if header.get("key") != digest or not isinstance(header.get("calls"), list):
            raise NotLoadedError("it is of another program")
        trees.from_json(header["result"])
        prepare(map(str, header["calls"]), device.platform)
        return header["result"], loaded_from(body, device)
    except (NotLoadedError, trees.FormError, KeyError):
        folder.discard(entry)
        return None


def current_device() -> Any:
    """Return the device on which JAX computes here."""
    import jax

    chosen = jax.default_device.value
    if isinstance(chosen, str):
        return jax.local_devices(backend=chosen)[0]
    return jax.local_devices()[0] if chosen is None else chosen
