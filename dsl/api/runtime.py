"""Where and how precisely JAX computes, for the length of a call."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version

from gendsl.api.failure import UsageError
from gendsl.diagnostics.diagnostic import Diagnostic

PRECISIONS = ("double", "single")
DEVICES = ("cpu", "gpu")
_RECORDED = ("gendsl", "jax", "jaxlib", "numpyro", "numpy", "xarray")


@contextmanager
def computing(precision: str = "double", device: str | None = None) -> Iterator[str]:
    """Set JAX's precision and device inside the block; yields the device's name.

    Raises:
        ValueError: if the precision or the device is unknown.
        UsageError: if there is no such device here.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"precision must be one of {PRECISIONS}, got {precision!r}")
    if device is not None and device not in DEVICES:
        raise ValueError(f"device must be one of {DEVICES}, got {device!r}")

    import jax

    try:
        chosen = jax.devices(device)[0]
    except RuntimeError:
        raise UsageError(
            Diagnostic(
                "G0807",
                f"JAX sees no {device} here",
                notes=(f"it sees {jax.devices()[0].device_kind}",),
                help='`pip install "gendsl[cuda]"` brings JAX\'s CUDA plugin',
            )
        ) from None
    with jax.enable_x64(precision == "double"), jax.default_device(chosen):
        yield f"{chosen.platform} ({chosen.device_kind})"


def versions() -> dict[str, str]:
    """Return the versions that a fit records."""
    found = {"python": platform.python_version()}
    for name in _RECORDED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
