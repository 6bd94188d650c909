"""Times of differential equations: none lies before the start."""

from __future__ import annotations

import numpy as np

from gendsl.data.evaluate import Environment, EvaluationError, evaluate
from gendsl.data.problems import Problems
from gendsl.data.raw import Array
from gendsl.diagnostics.diagnostic import Label
from gendsl.ir.expr import Expr
from gendsl.ir.ode import OdeSystem
from gendsl.ir.program import Program


def check_times(program: Program, env: Environment, problems: Problems) -> None:
    """Report states that are asked for, or jump, before they start, as far as data alone tell."""
    for node in program.nodes:
        if not isinstance(node, OdeSystem):
            continue
        start = _values(node.start_time, env)
        if start is None:
            continue
        asked = [(times, "is asked for at the time") for times in node.times]
        asked += [(jump.times, "jumps at the time") for jump in node.jumps]
        for times, what in asked:
            found = _values(times, env)
            if found is None or not found.size or not (found < start).any():
                continue
            problems.error(
                "G0629",
                f"`{node.name}` {what} {float(found.min()):g}, before it starts",
                times.span or node.span,
                label=f"{int((found < start).sum())} of {found.size} are before {float(start):g}",
                secondary=()
                if node.start_time.span is None
                else (Label(node.start_time.span, "starts here"),),
                help="let the equations start earlier, or leave these times out",
            )


def _values(expr: Expr, env: Environment) -> Array | None:
    try:
        return np.asarray(evaluate(expr, env), dtype=float)
    except EvaluationError:
        return None
