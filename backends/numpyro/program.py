"""A program lowered to NumPyro."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from gendsl.backends.emit import Emitted
from gendsl.backends.known import with_masks
from gendsl.backends.load import load
from gendsl.backends.numpyro.density import Density, key_of
from gendsl.backends.numpyro.inputs import Inputs, inputs
from gendsl.backends.numpyro.outline import Outline
from gendsl.backends.places import JOINT
from gendsl.backends.roles import roles
from gendsl.ir.bound import BoundData
from gendsl.ir.program import Program


@dataclass(frozen=True, slots=True, eq=False)
class NumPyroProgram:
    """The program and its text; the module that the text defines is made when it is needed.

    Where it sums discrete latents out, `joint` is the program in which they are sites.
    """

    program: Program
    emitted: Emitted
    joint: NumPyroProgram | None = None
    _outlines: dict[Any, Outline] = field(default_factory=dict, repr=False)

    @property
    def source(self) -> str:
        """The generated text, which runs on its own."""
        return self.emitted.source

    @property
    def module(self) -> ModuleType:
        """The module; the first time, NumPyro is imported."""
        return load(self.source)

    def bind(self, bound: BoundData) -> Density:
        """The density given data.

        Raises:
            CannotSimulate: if data are absent that the program can't draw.
            CannotInfer: if a latent site has no map onto its support.
        """
        found = inputs(self.program, self.emitted, with_masks(self.program, bound))
        arrays, joint = found.arrays, None
        if self.joint is not None:
            beside = self.joint._bind(self.joint._inputs_beside(self, found, bound))
            arrays, joint = {**arrays, JOINT: beside.data}, beside.outline
        return self._bind(Inputs(found.static, arrays, found.absent), joint)

    def _bind(self, found: Inputs, joint: Outline | None = None) -> Density:
        key = key_of(found.static, found.arrays)
        if key not in self._outlines:
            parts = roles(self.program, self.emitted, found.static)
            made = Outline(
                self.source, lambda: self.module, parts, found.static, found.arrays, joint
            )
            made.settle()
            self._outlines[key] = made
        return Density(self._outlines[key], found.arrays)

    def _inputs_beside(self, other: NumPyroProgram, theirs: Inputs, bound: BoundData) -> Inputs:
        """The inputs of this program, with the arrays that another already has of the same data."""
        found = inputs(self.program, self.emitted, bound)
        have = {arg: theirs.arrays.get(name) for arg, name in other.emitted.arguments}
        shared = {
            name: have[argument]
            for argument, name in self.emitted.arguments
            if name in found.arrays and have.get(argument) is not None
        }
        return Inputs(found.static, {**found.arrays, **shared}, found.absent)
