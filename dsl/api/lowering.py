"""From a typed program to a backend's, by the backend's name."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from gendsl.ir.program import Program
from gendsl.pipeline import lower_program

BACKENDS = ("numpyro",)


@lru_cache(maxsize=32)
def lower(program: Program, backend: str = "numpyro") -> Any:
    """Return the backend's program; the same for an equal program, so that JAX compiles it once.

    Raises:
        ValueError: if there is no such backend.
    """
    if backend not in BACKENDS:
        raise ValueError(f"backend must be one of {BACKENDS}, got {backend!r}")
    return lower_program(program, backend)
