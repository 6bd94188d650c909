"""`transformer(layers = 6, head = bins(128))`: a row of a table, and its settings."""

from __future__ import annotations

from collections.abc import Mapping

from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.suggest import nearest
from gendsl.frontend import ast
from gendsl.ir.program import InferenceCall, SettingValue
from gendsl.resolve.failure import Unresolved, attempt_each, refused
from gendsl.resolve.inference_piece import Setting
from gendsl.resolve.inference_settings import read_settings, with_defaults
from gendsl.resolve.pfns.table import JOINTS, PfnPartRow, PfnRow

FOREIGN = {
    "bars": "bins", "bar": "bins", "riemann": "bins", "histogram": "bins", "gaussian": "mixture",
    "normal": "mixture", "softmax": "categorical", "adamw": "adam", "mlp": "transformer",
}  # fmt: skip
"""What others call them; read for help only."""


def read_call(
    what: str, rows: Mapping[str, PfnRow], value: ast.Expr, reporter: Reporter
) -> InferenceCall:
    """The call that the setting `what` is set to; a name alone takes all defaults."""
    named = value.function if isinstance(value, ast.Call) else value
    row = rows.get(named.id) if isinstance(named, ast.Name) else None
    if row is None:
        raise refused(reporter, _unknown(what, rows, named))
    arguments = value.arguments if isinstance(value, ast.Call) else ()
    return _call(row, arguments, value, reporter)


def default_call(
    row: PfnRow, at: ast.Expr | ast.PfnPredict | ast.Pfn, reporter: Reporter
) -> InferenceCall:
    """A row with its own settings."""
    return _call(row, (), at, reporter)


def _call(
    row: PfnRow,
    arguments: tuple[ast.Argument, ...],
    at: ast.Expr | ast.PfnPredict | ast.Pfn,
    reporter: Reporter,
) -> InferenceCall:
    named = tuple(_with_name(row, argument, reporter) for argument in arguments)
    calls = {part.name: part for part in row.parts}
    plain = tuple(a for a in named if a.name not in calls)
    given = read_settings(row.name, row.settings, plain, _no_kernel, reporter)
    seen: dict[str, InferenceCall] = {}

    def read(argument: ast.Argument) -> None:
        part = calls[str(argument.name)]
        if part.name in seen:
            raise refused(
                reporter,
                Diagnostic(
                    "G1004",
                    f"`{part.name}` is set twice",
                    argument.span,
                    "the second time",
                    help="set it once",
                ),
            )
        seen[part.name] = read_call(part.name, part.rows, argument.value, reporter)

    attempt_each(read, (a for a in named if a.name in calls))
    settings = with_defaults(row.settings, given, at.span)
    parts = tuple((p.name, seen.get(p.name) or _default(p, at, reporter)) for p in row.parts)
    return InferenceCall(row.name, (*settings, *parts), at.span)


def _default(
    part: PfnPartRow, at: ast.Expr | ast.PfnPredict | ast.Pfn, reporter: Reporter
) -> SettingValue:
    return None if part.default is None else default_call(part.rows[part.default], at, reporter)


def _with_name(row: PfnRow, argument: ast.Argument, reporter: Reporter) -> ast.Argument:
    """An argument by position has the name of the one setting that may be given so."""
    if argument.name is not None:
        known = (*(s.name for s in row.settings), *(p.name for p in row.parts))
        if argument.name in known:
            return argument
        close = nearest(argument.name, known)
        has = f"it has {', '.join(f'`{name}`' for name in known)}" if known else "it has none"
        raise refused(
            reporter,
            Diagnostic(
                "G1004",
                f"`{row.name}` has no setting `{argument.name}`",
                argument.span,
                "unknown setting",
                help=f"did you mean `{close}`?" if close else has,
            ),
        )
    if row.by_position is None:
        first = next((s.name for s in row.settings), None)
        raise refused(
            reporter,
            Diagnostic(
                "G1004",
                f"the settings of `{row.name}` have names"
                if first
                else f"`{row.name}` has no settings",
                argument.span,
                "which one is it?" if first else "says nothing",
                help=f"write `{row.name}({first} = ...)`" if first else f"write `{row.name}`",
            ),
        )
    return ast.Argument(row.by_position, argument.value, argument.span)


def _unknown(what: str, rows: Mapping[str, PfnRow], named: ast.Expr) -> Diagnostic:
    written = named.id if isinstance(named, ast.Name) else ""
    listed = " or ".join(f"`{_usage(row)}`" for row in rows.values())
    close = FOREIGN.get(written.lower()) or nearest(written, tuple(rows))
    if what == "head" and written in JOINTS:
        help = f"`head` is of the target; of latent targets it is `joint = {written}(...)`"
    elif close is not None and close in rows:
        help = f"did you mean `{_usage(rows[close])}`?"
    else:
        help = f"write `{what} = {_usage(next(iter(rows.values())))}`"
    return Diagnostic("G1004", f"`{what}` must be {listed}", named.span, "none of these", help=help)


def _usage(row: PfnRow) -> str:
    if row.by_position is not None:
        setting = next(s for s in row.settings if s.name == row.by_position)
        return f"{row.name}({setting.default})"
    return f"{row.name}(...)" if row.settings else row.name


def _no_kernel(expr: ast.Expr, setting: Setting) -> InferenceCall:
    raise Unresolved
