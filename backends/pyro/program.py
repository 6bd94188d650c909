"""A program lowered to Pyro."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

from gendsl.backends.emit import Emitted
from gendsl.backends.given import Inputs
from gendsl.backends.known import with_masks
from gendsl.backends.load import load
from gendsl.backends.places import JOINT
from gendsl.backends.pyro.density import Density
from gendsl.backends.pyro.inputs import inputs
from gendsl.backends.roles import roles
from gendsl.ir.bound import BoundData
from gendsl.ir.program import Program


@dataclass(frozen=True, slots=True, eq=False)
class PyroProgram:
    """The program and its text; the module that the text defines is made when it is needed.

    Where it sums discrete latents out, `joint` is the program in which they are sites.
    """

    program: Program
    emitted: Emitted
    joint: PyroProgram | None = None

    @property
    def source(self) -> str:
        """The generated text, which runs on its own."""
        return self.emitted.source

    @property
    def module(self) -> ModuleType:
        """The module that the text defines."""
        return load(self.source)

    def bind(self, bound: BoundData) -> Density:
        """The density given data.

        Raises:
            CannotSimulate: if data are absent that the program can't draw.
            CannotInfer: if a latent site has no map onto its support.
        """
        found = inputs(self.program, self.emitted, with_masks(self.program, bound))
        if self.joint is None:
            return self._density(found)
        beside = self.joint._density(inputs(self.joint.program, self.joint.emitted, bound))
        whole = Inputs(found.static, {**found.arrays, JOINT: beside.data}, found.absent)
        return self._density(whole, beside)

    def _density(self, found: Inputs, joint: Density | None = None) -> Density:
        parts = roles(self.program, self.emitted, found.static)
        return Density(self.module, parts, found.static, found.arrays, joint)
