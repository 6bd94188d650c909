"""Executables as bytes: the only place that touches what JAX does not document.

The bytes are those of JAX's own persistent cache, machine code that XLA wrote; no pickle is read.
Operations outside XLA that code calls by name have to be known to the process that loads it:
lowering a program sees to that, and where nothing is lowered this does. A program that calls back
into Python can't be kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from gendsl.executables.surroundings import setting

_CALLED = re.compile(r"custom_call @\"?([\w.$]+)")
_CALL = re.compile(r"stablehlo\.custom_call\b")
_WITHIN_XLA = re.compile(r"mhlo\.|chlo\.|Sharding$|SPMD|annotate_device_placement$|topk$|TopK$")
_LAPACK = re.compile(r"lapack_[sdcz]\w+_ffi$")


class NotLoadedError(Exception):
    """Bytes that are no executable for this process."""


def called(text: str) -> frozenset[str]:
    """Return the operations outside XLA that a lowered program calls, from its text.

    Raises:
        NotLoadedError: if the text has calls in another form than the usual.
    """
    names = _CALLED.findall(text)
    if len(names) != len(_CALL.findall(text)):
        raise NotLoadedError("it has calls that can't be read")
    return frozenset(name for name in names if not _WITHIN_XLA.match(name))


def is_known(names: Iterable[str], platform: str) -> bool:
    """Whether :func:`prepare` can make a process ready for these operations: LAPACK's on a CPU."""
    return all(platform == "cpu" and _LAPACK.fullmatch(name) for name in names)


def prepare(names: Iterable[str], platform: str) -> None:
    """Make the process ready for code that calls these operations.

    Raises:
        NotLoadedError: if it can't be.
    """
    names = list(names)
    if not is_known(names, platform):
        raise NotLoadedError(f"{names} are not known here")
    if names:
        try:
            import numpy as np
            from jaxlib.lapack import prepare_lapack_call

            # It looks LAPACK up for all of its operations.
            prepare_lapack_call("potrf_ffi", np.dtype("float64"))  # type: ignore[no-untyped-call]
        except (ImportError, TypeError, NotImplementedError) as error:
            raise NotLoadedError(str(error)) from None


@contextmanager
def compiled_here() -> Iterator[None]:
    """Keep JAX's persistent cache out of it inside the block.

    An executable that came from there lacks, once it is written out again, the names of the
    functions in it, and can't be loaded.
    """
    import jax
    from jax.experimental.compilation_cache.compilation_cache import reset_cache

    if not setting("jax_enable_compilation_cache"):
        yield
        return
    jax.config.update("jax_enable_compilation_cache", False)
    reset_cache()  # JAX asks for the setting once
    try:
        yield
    finally:
        jax.config.update("jax_enable_compilation_cache", True)
        reset_cache()


def bytes_of(loaded: Any) -> bytes:
    """Return an executable as bytes.

    Raises:
        NotLoadedError: if the device or this JAX has no such thing.
    """
    try:
        if len(loaded.local_devices()) != 1:
            raise NotLoadedError("it runs on several devices")
        return bytes(loaded.serialize())
    except (AttributeError, TypeError, RuntimeError, ValueError) as error:
        raise NotLoadedError(str(error)) from None


def loaded_from(text: bytes, device: Any) -> Any:
    """Return the executable for a device.

    Raises:
        NotLoadedError: if the bytes are none, or this JAX has no such thing.
    """
    try:
        import numpy as np
        from jaxlib import xla_client

        options = xla_client.CompileOptions()
        options.num_replicas = options.num_partitions = 1
        assigned = xla_client.DeviceAssignment.create(np.array([[device.id]]))
        options.device_assignment = assigned
        devices = xla_client.DeviceList((device,))
        return device.client.deserialize_executable(text, devices, options)
    except (ImportError, AttributeError, TypeError, RuntimeError, ValueError) as error:
        raise NotLoadedError(str(error)) from None


def execute(loaded: Any, arguments: list[Any]) -> list[Any]:
    """Return the arrays that an executable on one device makes of arrays on that device."""
    results = loaded.execute_sharded(arguments).disassemble_into_single_device_arrays()
    return [shards[0] for shards in results]
