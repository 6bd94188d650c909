"""The Pyro backend; torch and Pyro are imported when a program is bound to data."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gendsl.backends.pyro.program import PyroProgram
    from gendsl.ir.program import Program


def source_of(program: Program) -> str:
    """Return the generated text alone; neither torch nor Pyro is imported."""
    from gendsl.backends.pyro.dialect.row import emit
    from gendsl.transforms.precompute import precompute

    return emit(precompute(program)).source


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


__all__ = ["lower", "source_of"]
