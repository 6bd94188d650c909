"""Noise at each point, which solvers that take the function at other points can't have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.resolve.random_functions.kernels import Term, parts
from gendsl.resolve.random_functions.reading import Process

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions


def refuse_noise(expressions: Expressions, process: Process) -> None:
    """Report noise at each point, of which values at other points say nothing."""
    for part in parts(process.kernel):
        if isinstance(part, Term) and part.row.name == "White":
            raise expressions.fail(
                "G0492",
                "`White` at some points says nothing of others",
                part.span,
                f"not for `{process.solver.row.name}`",
                help="noise at each point belongs to the likelihood: `Normal(f(x), sigma)`",
            )
