"""By what an inference program runs: the backend that computes, and the library whose kernels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType
from typing import Any

from gendsl.api.failure import UsageError
from gendsl.backends.registry import BACKENDS
from gendsl.diagnostics.diagnostic import Diagnostic

ENGINES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"gendsl": tuple(BACKENDS), "pyro": ("pyro",)}
)
"""Libraries of kernels, and the backends whose programs each runs."""

_PACKAGES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"numpyro": (), "pyro": ("torch", "pyro-ppl")}
)
"""What a backend computes with, next to what every fit does."""


@dataclass(frozen=True, slots=True)
class Means:
    """The backend whose program kernels evaluate, and the library that has the kernels.

    Attributes:
        backend: a name of `gendsl.backends.registry`.
        engine: `gendsl` for the inference core, or the backend's own library.
    """

    backend: str = "numpyro"
    engine: str = "gendsl"

    @property
    def device(self) -> str | None:
        """The only device on which the backend computes; None where it does on any."""
        return "cpu" if self.backend == "pyro" else None

    def versions(self) -> dict[str, str]:
        """The versions that a fit records on account of the backend."""
        found = {}
        for name in _PACKAGES[self.backend]:
            try:
                found[name] = version(name)
            except PackageNotFoundError:
                continue
        return found

    def attributes(self) -> dict[str, Any]:
        """What a fit says of it."""
        return {"backend": self.backend, "engine": self.engine}


DEFAULT = Means()
"""What runs where nothing is said."""


def means_of(
    backend: str, engine: str, *, precision: str = "double", device: str | None = None
) -> Means:
    """Return what was asked for.

    Raises:
        ValueError: if there is no such backend or engine.
        UsageError: if the engine does not run programs of the backend, or the backend does not
            compute in that precision or on that device.
    """
    for name, value, names in (("backend", backend, BACKENDS), ("engine", engine, ENGINES)):
        if value not in names:
            raise ValueError(f"{name} must be one of {', '.join(names)}, got {value!r}")
    if backend not in ENGINES[engine]:
        raise UsageError(
            Diagnostic(
                "G0755",
                f"the kernels of `{engine}` do not run programs of the backend `{backend}`",
                help=f'take that backend, `backend="{ENGINES[engine][0]}"` or '
                f"`--backend {ENGINES[engine][0]}`, or leave the engine at `gendsl`",
            )
        )
    if backend == "pyro" and (precision != "double" or device not in (None, "cpu")):
        asked = f"on the {device}" if device not in (None, "cpu") else f"in {precision} precision"
        raise UsageError(
            Diagnostic(
                "G0756",
                f"programs of the backend `{backend}` do not run {asked}",
                notes=("they compute in double precision on the processor",),
                help="leave the option out, or take the backend `numpyro`",
            )
        )
    return Means(backend, engine)
