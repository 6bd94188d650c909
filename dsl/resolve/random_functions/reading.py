"""`f ~ GP(mean = 0, kernel = k, approx = exact)`: what is written, read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span
from gendsl.diagnostics.suggest import nearest
from gendsl.frontend import ast
from gendsl.ir.expr import Dims, Expr
from gendsl.resolve.build import number
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.random_functions.coregions import joint_dims
from gendsl.resolve.random_functions.kernels import (
    Kernel,
    Scaled,
    Term,
    by_coordinate,
    of_whole_points,
    read_kernel,
)
from gendsl.resolve.random_functions.solver_table import (
    COLLAPSE,
    SOLVERS,
    SettingKind,
    SolverRow,
    SolverSetting,
)
from gendsl.resolve.symbols import Context
from gendsl.resolve.symbols_of_functions import RandomFunction

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions

ARGUMENTS = ("mean", "kernel", "approx")


@dataclass(frozen=True, slots=True)
class Solver:
    """How a function is solved: a row and its settings; `span` is `None` where it is chosen here.

    `reason` is why, where it is chosen.
    """

    row: SolverRow
    settings: Mapping[str, bool | float | None]
    span: Span | None = None
    reason: str | None = None

    @property
    def collapse(self) -> bool | None:
        """Whether the source says to integrate out; `None` where it does not say."""
        value = self.settings.get(COLLAPSE.name)
        return None if value is None else bool(value)


@dataclass(frozen=True, slots=True)
class Process:
    """A Gaussian process; `inputs` are the coordinates over which its kernel has parameters."""

    mean: Expr
    kernel: Kernel
    solver: Solver
    inputs: Dims


def read_function(expressions: Expressions, function: RandomFunction) -> Process:
    """The process of a random function, read once; what is wrong is reported once."""
    known = expressions.processes.get(function.name)
    if known is None and function.name not in expressions.processes:
        expressions.processes[function.name] = None
        known = _read(expressions, function)
        expressions.processes[function.name] = known
    if known is None:
        raise Unresolved
    return known


def _read(expressions: Expressions, function: RandomFunction) -> Process:
    call = function.statement.distribution
    given = _arguments(expressions, call)
    if "kernel" not in given:
        raise expressions.fail(
            "G0467",
            f"`{function.name}` has no kernel",
            call.span,
            "how do its values vary together?",
            help="write `GP(kernel = RBF(len))`, `len` being the length over which it changes",
        )
    kernel = read_kernel(expressions, given["kernel"].value)
    function.joint = joint_dims(expressions, function, kernel)
    function.dims = tuple(d for d in function.dims if d not in function.joint)
    inputs = _inputs(expressions, function, kernel)
    mean = _mean(expressions, function, given.get("mean"))
    solver = _solver(expressions, given["approx"]) if "approx" in given else chosen()
    return Process(mean, kernel, solver, inputs)


def _arguments(expressions: Expressions, call: ast.Call) -> dict[str, ast.Argument]:
    """The arguments by name; one without a name, with another one or given twice is reported."""
    given: dict[str, ast.Argument] = {}
    for argument in call.arguments:
        if argument.name is None:
            raise expressions.fail(
                "G0467",
                "`GP` takes its arguments by name",
                argument.span,
                "which one is it?",
                help="write `GP(kernel = k)` or `GP(mean = 0, kernel = k)`",
            )
        if argument.name not in ARGUMENTS:
            close = nearest(argument.name, ARGUMENTS)
            raise expressions.fail(
                "G0467",
                f"`GP` has no argument `{argument.name}`",
                argument.span,
                "unknown argument",
                help=f"did you mean `{close}`?" if close else "write `GP(mean = 0, kernel = k)`",
            )
        if argument.name in given:
            raise expressions.fail(
                "G0467",
                f"`{argument.name}` is given twice",
                argument.span,
                "the second time",
                secondary=(Label(given[argument.name].span, "the first time"),),
                help="give it once",
            )
        given[argument.name] = argument
    return given


def _mean(
    expressions: Expressions, function: RandomFunction, argument: ast.Argument | None
) -> Expr:
    """One number for all points: 0 where none is given."""
    if argument is None:
        return number(0.0, function.statement.distribution.span)
    mean = expressions.number_of(argument.value, Context((), (), {}))
    extra = [d for d in mean.dims if d not in function.dims]
    if extra:
        raise expressions.fail(
            "G0464",
            f"the mean of `{function.name}` is one number",
            argument.span,
            f"varies over [{', '.join(extra)}]",
            help=f"add what varies where the function is used: `{function.name}(x) + slope * x`",
        )
    return mean


def chosen() -> Solver:
    """The solver of a process whose source names none."""
    row = SOLVERS["exact"]
    return Solver(row, {s.name: s.default for s in row.settings})


def _inputs(expressions: Expressions, function: RandomFunction, kernel: Kernel) -> Dims:
    """The dimensions of coordinates that parameters have; others can't vary."""
    found: dict[str, None] = {}
    for part, bound in of_whole_points(kernel):
        free_of = (*function.dims, *bound)
        match part:
            case Term(row, arguments, span) if not row.is_joint:
                free = by_coordinate(row)
                for name, value in arguments:
                    extra = [d for d in value.dims if d not in free_of]
                    if extra and name not in free:
                        raise _varies(
                            expressions, function, f"`{name}` of `{row.name}`", extra, value, span
                        )
                    found |= dict.fromkeys(extra)
            case Scaled(factor, _, span):
                extra = [d for d in factor.dims if d not in free_of]
                if extra:
                    raise _varies(
                        expressions, function, "the scale of a kernel", extra, factor, span
                    )
            case _:
                pass
    return tuple(found)


def _varies(
    expressions: Expressions,
    function: RandomFunction,
    what: str,
    extra: list[str],
    value: Expr,
    span: Span,
) -> Unresolved:
    return expressions.fail(
        "G0464",
        f"{what} is one number for two points",
        value.span or span,
        f"varies over [{', '.join(extra)}]",
        secondary=(Label(function.statement.target.span, "a kernel of this function"),),
        help=f"one function for each member is written `{function.name}[{', '.join(extra)}] ~"
        " GP(...)`",
    )


def _solver(expressions: Expressions, argument: ast.Argument) -> Solver:
    value = argument.value
    settings: tuple[ast.Argument, ...]
    match value:
        case ast.Name(id):
            name, settings = id, ()
        case ast.Call(function, settings):
            name = function.id
        case _:
            name, settings = "", ()
    if name not in SOLVERS:
        close = nearest(name, SOLVERS)
        raise expressions.fail(
            "G0467",
            f"no way to solve a process is called `{value.span.text}`",
            value.span,
            "unknown",
            help=f"did you mean `{close}`?" if close else f"there is `{'`, `'.join(SOLVERS)}`",
        )
    row = SOLVERS[name]
    known = {s.name: s for s in row.settings}
    found: dict[str, bool | float | None] = {s.name: s.default for s in row.settings}
    for setting in settings:
        if setting.name not in known:
            close = nearest(setting.name or "", known)
            raise expressions.fail(
                "G0467",
                f"`{name}` has no such setting",
                setting.span,
                "unknown" if setting.name else "which one is it?",
                help=f"did you mean `{close}`?" if close else f"write `{row.signature}`",
            )
        found[known[setting.name].name] = _setting(expressions, row, known[setting.name], setting)
    return Solver(row, found, value.span)


def _setting(
    expressions: Expressions, row: SolverRow, setting: SolverSetting, argument: ast.Argument
) -> bool | float:
    match setting.kind, argument.value:
        case SettingKind.FLAG, ast.Name("true" | "false" as word):
            return word == "true"
        case SettingKind.COUNT, ast.Number(int() as value) if value >= setting.lower:
            return value
        case SettingKind.REAL, ast.Number(value) if value >= setting.lower:
            return value
        case _:
            least = "" if setting.kind is SettingKind.FLAG else f", {setting.lower:g} or more"
            raise expressions.fail(
                "G0467",
                f"`{setting.name}` of `{row.name}` can't be this",
                argument.value.span,
                f"must be {setting.kind}{least}",
                help=f"`{setting.name}` is {setting.help}",
            )
