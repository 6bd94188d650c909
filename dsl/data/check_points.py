"""Points of random functions: none is negative where a kernel starts at 0."""

from __future__ import annotations

import numpy as np

from gendsl.data.evaluate import Environment, EvaluationError, evaluate
from gendsl.data.problems import Problems
from gendsl.ir.program import Program


def check_points(program: Program, env: Environment, problems: Problems) -> None:
    """Report points before the start of a `Wiener` process, as far as data alone tell."""
    for function in program.functions:
        for points in function.from_zero:
            try:
                found = np.asarray(evaluate(points, env), dtype=float)
            except EvaluationError:
                continue
            if not (found < 0).any():
                continue
            problems.error(
                "G0632",
                f"`{function.name}` starts at 0 and is called at {float(found.min()):g}",
                points.span or function.span,
                label=f"{int((found < 0).sum())} of {found.size} are negative",
                help="measure points from where the function is 0: `f(x - start)`",
            )
