"""Precision and platform, set before anything is compiled."""

from __future__ import annotations

from enum import StrEnum


class Precision(StrEnum):
    """Floating-point width of a run."""

    SINGLE = "single"
    DOUBLE = "double"


def configure(precision: Precision | str = Precision.DOUBLE, platform: str | None = None) -> str:
    """Set JAX's default float width and, if one is named, its platform; return the platform in use.

    Raises:
        ValueError: if the precision is neither `single` nor `double`.
    """
    import jax

    jax.config.update("jax_enable_x64", Precision(precision) is Precision.DOUBLE)
    if platform is not None:
        jax.config.update("jax_platforms", platform)
    backend: str = jax.default_backend()
    return backend
