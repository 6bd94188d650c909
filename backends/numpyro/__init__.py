"""The NumPyro backend; JAX is imported when a program is lowered, NumPyro when it is traced."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gendsl.backends.numpyro.batches import BatchedProgram
    from gendsl.backends.numpyro.program import NumPyroProgram
    from gendsl.ir.program import Program


def source_of(program: Program) -> str:
    """Return the generated text alone; neither JAX nor NumPyro is imported."""
    from gendsl.backends.numpyro.dialect import emit
    from gendsl.transforms.precompute import precompute

    return emit(precompute(program)).source


def lower(program: Program) -> NumPyroProgram:
    """Return the program as a NumPyro module that can be bound to data."""
    from gendsl.backends.numpyro.dialect import emit
    from gendsl.backends.numpyro.program import NumPyroProgram
    from gendsl.transforms.precompute import precompute

    emitted = emit(precompute(program))
    joint = None if program.joint is None else lower(program.joint)
    return NumPyroProgram(program, emitted, joint)


def in_batches(program: Program, dim: str) -> BatchedProgram:
    """Return the program that reads some members of a dimension at a time.

    Raises:
        NeedsWhole: if a statement needs all of them.
    """
    from gendsl.backends.numpyro.batches import BatchedProgram
    from gendsl.backends.numpyro.dialect import emit
    from gendsl.transforms.precompute import precompute

    prepared = precompute(program)
    whole = {argument: name for argument, name in emit(prepared).arguments}
    return BatchedProgram(program, emit(prepared, (dim,)), dim, whole)


__all__ = ["in_batches", "lower", "source_of"]
