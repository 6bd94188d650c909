"""`solver = stiff(rtol = 1e-8)`: the integrator of differential equations and its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gendsl.diagnostics.suggest import nearest
from gendsl.frontend import ast
from gendsl.ir.ode import Adjoint, OdeSolver, Stiffness
from gendsl.resolve.expressions import Expressions

SOLVERS: Mapping[str, str] = MappingProxyType(
    {
        "nonstiff": "an explicit Runge-Kutta method of order 5 (Tsitouras 2011)",
        "stiff": "an implicit Runge-Kutta method of order 5 (Kværnø 2004)",
    }
)
"""The solvers with what they are."""

FOREIGN_SOLVERS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("rk45", "ode_rk45", "dopri5", "Dopri5", "tsit5", "Tsit5"), "nonstiff"),
        **dict.fromkeys(("RK45", "ode45", "ckrk", "ode_ckrk", "adams", "lsoda"), "nonstiff"),
        **dict.fromkeys(("bdf", "ode_bdf", "BDF", "Radau", "radau", "ode15s"), "stiff"),
        **dict.fromkeys(("kvaerno5", "Kvaerno5", "rosenbrock", "implicit"), "stiff"),
    }
)
"""What other tools call a solver; read for help only."""


@dataclass(frozen=True, slots=True)
class NumberSetting:
    """A setting that is a number, above 0 and at most `upper`."""

    name: str
    default: float | int
    lower: float
    upper: float
    help: str


NUMBERS = (
    NumberSetting("rtol", 1e-6, 1e-14, 0.1, "the error of a step, relative to the state"),
    NumberSetting("atol", 1e-8, 1e-300, 1e6, "the error of a step, in the state's own unit"),
    NumberSetting("max_steps", 10_000, 1, 10_000_000, "more steps than this are a failure"),
)
"""The settings that are numbers."""

FOREIGN_SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "rel_tol": "rtol",
        "relative_tolerance": "rtol",
        "reltol": "rtol",
        "abs_tol": "atol",
        "absolute_tolerance": "atol",
        "abstol": "atol",
        "max_num_steps": "max_steps",
        "mxstep": "max_steps",
        "sensitivity": "adjoint",
        "sensealg": "adjoint",
    }
)
"""What other tools call a setting; read for help only."""


def default_solver() -> OdeSolver:
    """What is used where nothing is said."""
    return OdeSolver(Stiffness.NONSTIFF, 1e-6, 1e-8, 10_000, Adjoint.AUTOMATIC)


def resolve_solver(expressions: Expressions, setting: ast.OdeSetting) -> OdeSolver:
    """The solver that a block names.

    Raises:
        Unresolved: if it does not exist, or a setting is out of range.
    """
    arguments: tuple[ast.Argument, ...] = ()
    match setting.value:
        case ast.Name(name):
            pass
        case ast.Call(ast.Name(name), arguments):
            pass
        case _:
            raise expressions.fail(
                "G0424",
                "a solver is named",
                setting.value.span,
                "no solver",
                help="write `solver = stiff`, or `solver = stiff(rtol = 1e-8)`",
            )
    if name not in SOLVERS:
        close = FOREIGN_SOLVERS.get(name) or nearest(name, tuple(SOLVERS))
        raise expressions.fail(
            "G0424",
            f"no solver is called `{name}`",
            setting.value.span,
            "unknown solver",
            help=f"did you mean `{close}`?"
            if close
            else "there are `nonstiff`, and `stiff` for equations of very different speeds",
        )
    numbers: dict[str, float | int] = {row.name: row.default for row in NUMBERS}
    adjoint = Adjoint.AUTOMATIC
    given: set[str] = set()
    for argument in arguments:
        known = argument.name or ""
        if known in given:
            raise expressions.fail(
                "G0424",
                f"`{known}` is set twice",
                argument.span,
                "the second time",
                help="set it once",
            )
        given.add(known)
        row = next((r for r in NUMBERS if r.name == known), None)
        if row is not None:
            numbers[known] = _number(expressions, row, argument)
        elif known == "adjoint":
            adjoint = _adjoint(expressions, argument)
        else:
            options = (*(r.name for r in NUMBERS), "adjoint")
            close = FOREIGN_SETTINGS.get(known) or nearest(known, options)
            raise expressions.fail(
                "G0424",
                f"`{name}` has no setting `{known}`"
                if known
                else f"the settings of `{name}` are named",
                argument.span,
                "unknown setting" if known else "no name",
                help=f"did you mean `{close}`?"
                if close and known
                else f"there are {', '.join(f'`{o}`' for o in options)}",
            )
    return OdeSolver(
        Stiffness(name),
        float(numbers["rtol"]),
        float(numbers["atol"]),
        int(numbers["max_steps"]),
        adjoint,
    )


def _number(expressions: Expressions, row: NumberSetting, argument: ast.Argument) -> float | int:
    written = argument.value
    value: float | int | None = None
    match written:
        case ast.Number(value):
            pass
        case ast.Unary("-", ast.Number(positive)):
            value = -positive
        case _:
            pass
    is_whole = isinstance(row.default, int)
    if value is None or (is_whole and not isinstance(value, int)):
        raise expressions.fail(
            "G0424",
            f"`{row.name}` must be a {'whole ' if is_whole else ''}number",
            written.span,
            "not one",
            help=f"`{row.name}`: {row.help}; usually {row.default:g}",
        )
    if not row.lower <= value <= row.upper:
        raise expressions.fail(
            "G0424",
            f"`{row.name}` must be between {row.lower:g} and {row.upper:g}, not {value:g}",
            written.span,
            "out of range",
            help=f"`{row.name}`: {row.help}; usually {row.default:g}",
        )
    return value


def _adjoint(expressions: Expressions, argument: ast.Argument) -> Adjoint:
    options = tuple(a.value for a in Adjoint)
    if isinstance(argument.value, ast.Name) and argument.value.id in options:
        return Adjoint(argument.value.id)
    close = nearest(argument.value.span.text, options)
    raise expressions.fail(
        "G0424",
        f"no adjoint is called `{argument.value.span.text}`",
        argument.value.span,
        "unknown adjoint",
        help=f"did you mean `{close}`?"
        if close
        else f"there are {', '.join(f'`{o}`' for o in options)}",
    )
