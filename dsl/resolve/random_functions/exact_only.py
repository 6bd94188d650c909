"""What the exact solver alone can do: functions that vary together, derivatives, integrals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span
from gendsl.resolve.random_functions.functionals import Functional
from gendsl.resolve.random_functions.reading import Process
from gendsl.resolve.symbols_of_functions import RandomFunction

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions


def needs_exact(function: RandomFunction) -> tuple[str, str, Span] | None:
    """The code, the message and the place of what no other solver can do with a function."""
    if function.joint:
        what = f"the functions `{function.name}` vary together over {', '.join(function.joint)}"
        return "G0472", what, function.statement.target.span
    for each in function.evaluations:
        if each.asked != Functional.VALUE:
            return "G0473", f"the {each.asked} of `{function.name}` is asked for", each.span
    return None


def require_values(expressions: Expressions, function: RandomFunction, process: Process) -> None:
    """Report what a solver that is not exact is asked for beside values."""
    found = needs_exact(function)
    asked = process.solver.span
    if found is None or asked is None or process.solver.row.name == "exact":
        return
    code, what, span = found
    raise expressions.fail(
        code,
        what,
        span,
        "for the exact solver alone",
        secondary=(Label(asked, "this one has values of single functions"),),
        help="drop `approx`, or write `approx = exact`",
    )
