"""What decides an executable besides the program: code, versions, machine, JAX's settings."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from typing import Any

_PACKAGES = ("gendsl", "jax", "jaxlib", "numpyro", "diffrax", "equinox", "lineax", "optimistix")
"""Those that put operations into programs; jaxlib's version is XLA's."""

_TRACED = ("gendsl.api", "gendsl.backends", "gendsl.executables", "gendsl.inference")
"""The packages whose code is traced, or decides what is; keys have what they make of a model."""

_OF_NO_CONSEQUENCE = re.compile(
    r"cache|log|trace|pgle|dump|timeout|address|color|guard|include_debug|devices?$|platform|"
    r"distributed|captured|async|frames|source_url|preemption|recoverability|garbage"
)
"""Settings of JAX that change no executable."""

_CHECKED = (
    "jax_disable_jit", "jax_debug_nans", "jax_debug_infs", "jax_enable_checks",
    "jax_no_tracing", "jax_no_execution", "jax_use_simplified_jaxpr_constants",
)  # fmt: skip
"""Settings under which JAX has to see every call itself, or an executable takes constants."""


def is_plain() -> bool:
    """Whether JAX is set such that an executable can be called in its place."""
    import jax

    return not any(map(setting, _CHECKED)) and jax.process_count() == 1


def setting(name: str) -> Any:
    """Return JAX's setting, as it is here and now; None where this JAX has no such."""
    import jax

    return getattr(jax.config, name, None)


def surroundings(device: Any) -> str:
    """Return one line for each thing that decides what is compiled for `device`."""
    client = device.client
    lines = [
        *_constant(),
        f"flags {os.environ.get('XLA_FLAGS', '')} {os.environ.get('LIBTPU_INIT_ARGS', '')}",
        f"device {device.platform} {device.device_kind} {device.id} {client.platform_version}",
        *_settings(),
    ]
    return "\n".join(lines)


@cache
def _constant() -> tuple[str, ...]:
    return (
        f"python {sys.version_info[:2]} {platform.system()} {platform.machine()}",
        f"processor {_processor()}",
        *(f"{name} {_version(name)}" for name in _PACKAGES),
        f"code {_code()}",
    )


def _version(package: str) -> str:
    try:
        text = distribution(package).read_text("METADATA") or ""
    except PackageNotFoundError:
        return "-"
    # The library's own parser of these files takes milliseconds for each.
    found = re.search(r"^Version: (.*)$", text, re.MULTILINE)
    return found[1] if found is not None else "-"


def _code() -> str:
    """A digest of gendsl's own files, which change without its version while it is worked on.

    Size and time of change stand for the content, which would take longer to read than the
    executables.
    """
    digest = sha256()
    for package in _TRACED:
        spec = find_spec(package)
        for folder in (spec.submodule_search_locations if spec is not None else None) or ():
            for line in sorted(_files(folder)):
                digest.update(f"{package} {line}\n".encode())
    return digest.hexdigest()


def _files(folder: str) -> Iterator[str]:
    for entry in os.scandir(folder):
        if entry.name.endswith(".py"):
            status = entry.stat()
            yield f"{entry.path} {status.st_size} {status.st_mtime_ns}"
        elif entry.is_dir() and entry.name != "__pycache__":
            yield from _files(entry.path)


def _processor() -> str:
    """What the processor can do, and how many cores it may: XLA compiles for both."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:
        with open("/proc/cpuinfo", "rb") as file:
            first = file.read(8192).partition(b"\n\n")[0].decode(errors="replace")
    except OSError:
        return f"{platform.processor()} {cores}"
    told = ("vendor_id", "cpu family", "model", "model name", "flags", "Features", "CPU part")
    lines = (line for line in first.splitlines() if line.partition(":")[0].strip() in told)
    return f"{' '.join(lines)} {cores}"


def _settings() -> list[str]:
    import jax

    names = sorted(name for name in jax.config.values if not _OF_NO_CONSEQUENCE.search(name))
    return [f"{name} {setting(name)}" for name in names]
