"""What a `match` statement names: its network, its process, its distance and the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.frontend import ast
from gendsl.ir.program import InferenceCall, Match, Program, SettingValue
from gendsl.resolve.failure import Unresolved, refused
from gendsl.resolve.inference_piece import Setting
from gendsl.resolve.inference_settings import read_settings, with_defaults
from gendsl.resolve.matching.program import (
    ALONG,
    INPUTS,
    OUTPUTS,
    POINTS,
    PROCESS,
    added_statements,
    kept,
)
from gendsl.resolve.matching.table import DEFAULT, DISTANCES, DistanceRow
from gendsl.resolve.symbols_of_functions import GP, STUDENT_T

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions

Statements = tuple[ast.Statement, ...]
Matches = tuple[ast.MatchStatement, ...]

Extended = Callable[[Statements], Program | None]
"""The model with more statements; `None` where they are wrong, which has been reported."""


def split_matches(statements: Statements) -> tuple[Statements, Matches]:
    """The `match` statements, and all others."""
    matches = tuple(s for s in statements if isinstance(s, ast.MatchStatement))
    return tuple(s for s in statements if not isinstance(s, ast.MatchStatement)), matches


def mark_matched(expressions: Expressions, statements: Matches) -> None:
    """Note which networks are matched; a name that is no network's is an error."""
    networks = expressions.symbols.networks
    first: dict[str, ast.MatchStatement] = {}
    for statement in statements:
        name, span = statement.network.id, statement.network.span
        if name in first:
            expressions.fail(
                "G0493",
                f"`{name}` is matched twice",
                span,
                "the second time",
                secondary=(Label(first[name].network.span, "the first time"),),
                help="a network has one prior: drop one of them",
            )
        elif name not in networks:
            close = nearest(name, tuple(networks))
            has = f"the networks are {listed(list(networks))}" if networks else None
            expressions.fail(
                "G0493",
                f"no network is called `{name}`",
                span,
                "matches nothing",
                help=(f"did you mean `{close}`?" if close else has)
                or "write one: `net f = Dense(50, weight ~ Normal(0, 1)) |> tanh |> Dense(...)`",
            )
        else:
            first[name] = statement
            networks[name].is_matched = True


def read_matches(
    statements: Matches, program: Program, extended: Extended, reporter: Reporter
) -> tuple[Match, ...]:
    """Each statement with the program that draws both functions."""
    found: list[Match] = []
    for statement in statements:
        try:
            found.append(_read(statement, program, extended, reporter))
        except Unresolved:
            continue
    return tuple(found)


def _read(
    statement: ast.MatchStatement, program: Program, extended: Extended, reporter: Reporter
) -> Match:
    row, settings = _distance(statement, reporter)
    _check_process(statement, reporter)
    network = next(n for n in program.networks if n.name == statement.network.id)
    scales = tuple(
        d.name for d in program.data if d.is_matched and d.name.startswith(f"{network.name}.")
    )
    if network.layers[0].kind == "Embedding":
        raise _refuse(
            reporter,
            "G0496",
            f"`{network.name}` is called at an index, a process at numbers",
            statement.network,
            "starts with an embedding",
            "match a network whose points are numbers",
        )
    if not scales:
        raise _refuse(
            reporter,
            "G0495",
            f"no prior of `{network.name}` has a scale that could be tuned",
            statement.network,
            "nothing to tune",
            "give its weights priors with a scale: `weight ~ Normal(0, 1 / sqrt(fan_in))`",
        )
    points = dict(settings)["points"]
    whole = extended(added_statements(statement, network, int(points)))
    if whole is None:
        raise Unresolved
    part = kept(whole)
    others = [d.name for d in part.data if d.is_matched and d.name not in scales]
    if others:
        raise _refuse(
            reporter,
            "G0498",
            f"`{network.name}` and its process depend on `{others[0].partition('.')[0]}`, whose"
            " prior is matched too",
            statement.network,
            "one match would wait for the other",
            "match one of the two",
        )
    return Match(
        network.name, row.name, settings, scales, part, ALONG, POINTS, INPUTS, OUTPUTS, PROCESS,
        statement.span,
    )  # fmt: skip


def _check_process(statement: ast.MatchStatement, reporter: Reporter) -> None:
    function = statement.process.function
    if function.id not in (GP, STUDENT_T):
        raise _refuse(
            reporter,
            "G0494",
            f"a network is matched to a process, not to `{function.id}`",
            function,
            "no random function",
            "write `match f to GP(kernel = RBF(1)) on Uniform(-3, 3)`",
        )


def _distance(
    statement: ast.MatchStatement, reporter: Reporter
) -> tuple[DistanceRow, tuple[tuple[str, int | float], ...]]:
    call = statement.distance
    if call is None:
        row = DISTANCES[DEFAULT]
        return row, _numbers(row, {}, statement)
    name = call.function.id
    if name not in DISTANCES:
        close = nearest(name, tuple(DISTANCES))
        names = listed(DISTANCES)
        raise _refuse(
            reporter,
            "G0497",
            f"no distance is called `{name}`",
            call.function,
            "unknown distance",
            f"did you mean `{close}`? The distances are {names}"
            if close
            else f"the distances are {names}",
        )
    row = DISTANCES[name]
    for argument in call.arguments:
        if argument.name is None:
            raise refused(
                reporter,
                Diagnostic(
                    "G0497",
                    f"the settings of `{name}` have names",
                    argument.span,
                    "which one is it?",
                    help=f"write `{name}(points = 20)`",
                ),
            )
    given = read_settings(name, row.settings, call.arguments, _no_kernel, reporter)
    return row, _numbers(row, given, statement)


def _numbers(
    row: DistanceRow, given: Mapping[str, SettingValue], statement: ast.MatchStatement
) -> tuple[tuple[str, int | float], ...]:
    values = with_defaults(row.settings, given, statement.span)
    return tuple((name, value) for name, value in values if isinstance(value, int | float))


def _no_kernel(expr: ast.Expr, setting: Setting) -> InferenceCall:
    raise Unresolved


def _refuse(
    reporter: Reporter, code: str, message: str, at: ast.Name, label: str, help: str
) -> Unresolved:
    return refused(reporter, Diagnostic(code, message, at.span, label, help=help))
