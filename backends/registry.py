"""The table of backends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from gendsl.backends import numpyro
from gendsl.ir.program import Program

Transform = Callable[[Program], Program]


@dataclass(frozen=True, slots=True)
class Backend:
    """A row: a name, the text of a program, its lowering, and the transforms that come before both."""

    name: str
    source_of: Callable[[Program], str]
    lower: Callable[[Program], Any]
    transforms: tuple[Transform, ...] = ()


BACKENDS: Mapping[str, Backend] = MappingProxyType(
    {row.name: row for row in (Backend("numpyro", numpyro.source_of, numpyro.lower),)}
)
"""Backends by name."""
