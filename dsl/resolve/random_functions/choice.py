"""Which solver a process has whose source names none, once it is known where it is called.

The state-space solver is the faster one from about 100 points on where programs are compiled, and
from about 1000 where they are not (`benchmarks/state_space.py`); below, the exact one is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gendsl.ir.expr import Const
from gendsl.resolve.random_functions.limits import needs_exact
from gendsl.resolve.random_functions.markov import not_markovian
from gendsl.resolve.random_functions.reading import Process, Solver
from gendsl.resolve.random_functions.solver_table import SOLVERS
from gendsl.resolve.symbols_of_functions import Evaluation, RandomFunction

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions

MANY = 1000
"""From how many points on a chain of states is chosen."""


def settled(
    expressions: Expressions, function: RandomFunction, process: Process, needed: list[Evaluation]
) -> Process:
    """The process with its solver: a chain of states for many points on a line."""
    is_asked = process.solver.span is not None
    is_on_a_line = not function.dims and not any(e.inputs for e in function.evaluations)
    if is_asked or not is_on_a_line or needs_exact(function) is not None:
        return process
    if not_markovian(process.kernel) is not None:
        return process
    row = SOLVERS["state_space"]
    sizes = [expressions.symbols.dims[e.row].size for e in needed]
    counts = [size.value for size in sizes if isinstance(size, Const)]
    if sum(counts) < MANY:
        return process
    reason = f"{sum(counts):.0f} points on a line, and its kernel is Markovian"
    settings = {s.name: s.default for s in row.settings}
    return replace(process, solver=Solver(row, settings, None, reason))
