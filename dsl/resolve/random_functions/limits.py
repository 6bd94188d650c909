"""What a solver can't take, by its row: several functions, noise at each point, derivatives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span
from gendsl.resolve.random_functions.functionals import Functional
from gendsl.resolve.random_functions.kernels import Term, parts
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


def check_limits(expressions: Expressions, function: RandomFunction, process: Process) -> None:
    """Report what the row of a process's solver excludes."""
    _check_values(expressions, function, process)
    check_members(expressions, function, process)
    _check_noise(expressions, process)


def check_members(expressions: Expressions, function: RandomFunction, process: Process) -> None:
    """Report one function for each member, to a solver of one function."""
    only = process.solver.row.only_one
    if only is not None and function.dims:
        raise expressions.fail(
            only.code,
            f"`{function.name}` is one function for each member of {', '.join(function.dims)}",
            process.solver.span or function.statement.target.span,
            only.label,
            help=only.help,
        )


def _check_values(expressions: Expressions, function: RandomFunction, process: Process) -> None:
    """Report what is asked for beside values of single functions."""
    found = needs_exact(function)
    asked = process.solver.span
    if found is None or asked is None or process.solver.row.has_functionals:
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


def _check_noise(expressions: Expressions, process: Process) -> None:
    """Report noise at each point, of which values at other points say nothing."""
    if process.solver.row.has_noise:
        return
    for part in parts(process.kernel):
        if isinstance(part, Term) and part.row.name == "White":
            raise expressions.fail(
                "G0492",
                "`White` at some points says nothing of others",
                part.span,
                f"not for `{process.solver.row.name}`",
                help="noise at each point belongs to the likelihood: `Normal(f(x), sigma)`",
            )
