"""The table of backends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

from gendsl.backends import numpyro
from gendsl.ir.bound import BoundData
from gendsl.ir.program import Program
from gendsl.transforms.non_centred import non_centre

Transform = Callable[[Program, Mapping[str, int] | None], Program]
"""A pass; the sizes of dimensions guide it where they are known."""


class BackendProgram(Protocol):
    """A lowered program: its text, and its density given data."""

    @property
    def source(self) -> str:
        """The generated text."""
        ...

    def bind(self, bound: BoundData) -> Any:
        """The density given data, in the backend's own terms."""
        ...


@dataclass(frozen=True, slots=True)
class Backend:
    """A row: a name, a program's text, its lowering, and the transforms that come before both."""

    name: str
    source_of: Callable[[Program], str]
    lower: Callable[[Program], BackendProgram]
    transforms: tuple[Transform, ...] = ()


BACKENDS: Mapping[str, Backend] = MappingProxyType(
    {
        row.name: row
        for row in (Backend("numpyro", numpyro.source_of, numpyro.lower, (non_centre,)),)
    }
)
"""Backends by name."""
