"""A program lowered to NumPyro."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from gendsl.backends.numpyro.density import Density, key_of
from gendsl.backends.numpyro.emit import Emitted
from gendsl.backends.numpyro.inputs import inputs
from gendsl.backends.numpyro.roles import roles
from gendsl.backends.numpyro.structure import Structure
from gendsl.ir.bound import BoundData
from gendsl.ir.program import Program


@dataclass(frozen=True, slots=True, eq=False)
class NumPyroProgram:
    """The program, its text, and the module that the text defines."""

    program: Program
    emitted: Emitted
    module: ModuleType
    _structures: dict[Any, Structure] = field(default_factory=dict, repr=False)

    @property
    def source(self) -> str:
        """The generated text, which runs on its own."""
        return self.emitted.source

    def bind(self, bound: BoundData) -> Density:
        """The density given data.

        Raises:
            CannotSimulate: if data are absent that the program can't draw.
            CannotInfer: if a latent site is discrete, or has no map onto its support.
        """
        found = inputs(self.program, self.emitted, bound)
        key = key_of(found.static, found.arrays)
        if key not in self._structures:
            parts = roles(self.program, self.emitted, found.static)
            self._structures[key] = Structure(self.module, parts, found.static, found.arrays)
        return Density(self._structures[key], found.arrays)
