"""Numbers of points of random functions: what the exact solver can hold in memory."""

from __future__ import annotations

from gendsl.data.evaluate import Environment
from gendsl.data.problems import Problems
from gendsl.ir.program import Program

LARGEST = 8 * 2**30
"""Bytes of one covariance, n^2 numbers of 8 bytes: 32,768 points. Several are held at a time."""


def are_points_few_enough(program: Program, env: Environment, problems: Problems) -> bool:
    """Report functions that the exact solver would evaluate at too many points."""
    are_few = True
    for function in program.functions:
        if function.solver != "exact":
            continue
        sizes = [
            env.sizes[dim] for dim in function.made if dim.endswith(".twin") and dim in env.sizes
        ]
        count = max(sizes, default=0)
        if 8 * count**2 <= LARGEST:
            continue
        are_few = False
        problems.error(
            "G0839",
            f"`{function.name}` is wanted at {count} points at once: a covariance of the exact"
            f" solver has {8 * count**2 / 2**30:.0f} GiB",
            function.span,
            label="exact, in time of the cube of the number of points",
            help="write `approx = state_space` for a Matérn kernel on a line, `approx = inducing`"
            " for any, or `approx = hilbert` for a smooth one",
        )
    return are_few
