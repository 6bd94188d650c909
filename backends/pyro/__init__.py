"""The Pyro backend; torch and Pyro are imported when a program is bound to data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gendsl.backends.pyro.module import ProgramModule
    from gendsl.backends.pyro.program import PyroProgram
    from gendsl.ir.bound import BoundData
    from gendsl.ir.program import Program


def source_of(program: Program, minibatch: tuple[str, ...] = ()) -> str:
    """Return the generated text alone; neither torch nor Pyro is imported.

    Of the dimensions in `minibatch` each run takes some members.

    Raises:
        NeedsWhole: if a statement needs all of such a dimension.
    """
    from gendsl.backends.pyro.dialect.row import emit
    from gendsl.transforms.precompute import precompute

    return emit(precompute(program), minibatch).source


def lower(program: Program) -> PyroProgram:
    """Return the program as a Pyro module that can be bound to data.

    Raises:
        LacksPackage: if torch or Pyro is not installed.
    """
    from gendsl.backends.pyro.dialect.row import emit
    from gendsl.backends.pyro.installed import require
    from gendsl.transforms.precompute import precompute

    require(program.name)
    from gendsl.backends.pyro.program import PyroProgram

    emitted = emit(precompute(program))
    joint = None if program.joint is None else lower(program.joint)
    return PyroProgram(program, emitted, joint)


def as_module(
    program: Program,
    bound: BoundData | None,
    *,
    minibatch: Mapping[str, int | None],
    parameters: Mapping[str, Any],
    sizes: Mapping[str, int],
    made_up: BoundData | None = None,
) -> ProgramModule:
    """Return the program as a torch module; see `gendsl.Model.as_module`.

    Raises:
        LacksPackage: if torch or Pyro is not installed.
        NeedsWhole: if a statement needs all of a dimension that is read in minibatches.
        NoParameter: if a latent can't be a parameter.
    """
    from gendsl.backends.pyro.dialect.row import emit
    from gendsl.backends.pyro.installed import require
    from gendsl.transforms.precompute import precompute

    require(program.name)
    from gendsl.backends.pyro.module import ProgramModule
    from gendsl.backends.pyro.module_plan import planned

    prepared = precompute(program)
    emitted = emit(prepared, tuple(minibatch))
    plan = planned(prepared, emitted, bound, minibatch, parameters, sizes, made_up)
    return ProgramModule(plan)


__all__ = ["as_module", "lower", "source_of"]
