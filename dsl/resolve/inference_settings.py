"""The values of settings of inference pieces: numbers, words, kernels, schedules, flows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.source import Span
from gendsl.diagnostics.suggest import nearest
from gendsl.frontend import ast
from gendsl.ir.program import InferenceCall, SettingValue
from gendsl.resolve.failure import Unresolved, attempt_each, refused
from gendsl.resolve.inference_calls import FLOWS, SCHEDULES, CallRow
from gendsl.resolve.inference_foreign import FOREIGN_SETTINGS
from gendsl.resolve.inference_piece import Kind, Setting
from gendsl.resolve.inference_table import PIECES

ReadKernel = Callable[[ast.Expr, Setting], InferenceCall]
"""Reads a kernel that stands inside another piece."""

Given = dict[str, SettingValue]


def read_settings(
    owner: str,
    settings: Sequence[Setting],
    arguments: Sequence[ast.Argument],
    read_kernel: ReadKernel,
    reporter: Reporter,
    misplaced: Callable[[ast.Argument], Diagnostic | None] = lambda _: None,
) -> Given:
    """The settings that are given by name; `misplaced` explains those that belong elsewhere."""
    rows = {setting.name: setting for setting in settings}

    def read(argument: ast.Argument) -> tuple[str, SettingValue]:
        assert argument.name is not None
        setting = rows.get(argument.name)
        if setting is None:
            elsewhere = misplaced(argument)
            raise refused(reporter, elsewhere or _unknown(owner, argument, rows))
        return setting.name, read_setting(setting, argument.value, read_kernel, reporter)

    found = attempt_each(read, arguments)
    given: Given = {}
    for (name, value), argument in zip(found, arguments, strict=True):
        if name in given:
            raise _refuse(
                reporter, f"`{name}` is set twice", argument.span, "the second time", "set it once"
            )
        given[name] = value
    return given


def read_setting(
    setting: Setting, value: ast.Expr, read_kernel: ReadKernel, reporter: Reporter
) -> SettingValue:
    """One value."""
    match setting.kind:
        case Kind.COUNT | Kind.REAL:
            return _number(setting, value, reporter)
        case Kind.WEIGHTS:
            return _weights(setting, value, reporter)
        case Kind.CHOICE:
            return _word(setting, value, reporter)
        case Kind.KERNEL:
            return read_kernel(value, setting)
        case Kind.SCHEDULE:
            return _call(setting, SCHEDULES, value, read_kernel, reporter)
        case Kind.FLOW:
            return _flow(setting, value, read_kernel, reporter)
        case Kind.GUIDE if _is_flow(value):
            return _flow(setting, value, read_kernel, reporter)
        case Kind.GUIDE:
            return _word(setting, value, reporter, tuple(FLOWS))
        case Kind.DIMENSION:
            return _dimension(setting, value, reporter)
        case Kind.NETWORK:
            return _network(setting, value, reporter)


def with_defaults(
    settings: Sequence[Setting], given: Mapping[str, SettingValue], span: Span
) -> tuple[tuple[str, SettingValue], ...]:
    """Every setting with its value; None of those that say nothing beside the others."""
    values = {s.name: given[s.name] if s.name in given else _default(s, span) for s in settings}
    idle = {s.name for s in settings if s.name not in given and _is_idle(s, values)}
    return tuple((name, None if name in idle else value) for name, value in values.items())


def idle_settings(
    settings: Sequence[Setting], arguments: Sequence[ast.Argument], given: Given
) -> Iterator[Diagnostic]:
    """Say which settings are given that say nothing beside the others."""
    rows = {setting.name: setting for setting in settings}
    for argument in arguments:
        setting = rows[str(argument.name)]
        if setting.only_with is None:
            continue
        other, word = setting.only_with
        values = {other: given.get(other, rows[other].default)}
        if _is_idle(setting, values):
            value = values[other]
            said = f"{value.name}(...)" if isinstance(value, InferenceCall) else value
            yield Diagnostic(
                "G0408",
                f"`{setting.name}` is a setting of `{other} = {word}`, and means nothing beside"
                f" `{other} = {said}`",
                argument.span,
                "says nothing here",
                help=f"leave it out, or write `{other} = {word}`",
            )


def _is_idle(setting: Setting, values: Mapping[str, SettingValue]) -> bool:
    if setting.only_with is None:
        return False
    other, word = setting.only_with
    return values[other] != word


def _default(setting: Setting, span: Span) -> SettingValue:
    match setting.kind:
        case Kind.KERNEL:
            row = PIECES[str(setting.default)]
            return InferenceCall(row.name, with_defaults(row.settings, {}, span), span)
        case Kind.SCHEDULE | Kind.FLOW:
            called = (SCHEDULES if setting.kind is Kind.SCHEDULE else FLOWS)[str(setting.default)]
            return InferenceCall(called.name, with_defaults(called.settings, {}, span), span)
        case _:
            return setting.default


def setting_problem(setting: Setting, value: int | float) -> str | None:
    """What is wrong with a number as the value of a setting, if anything."""
    if setting.kind is Kind.COUNT and not isinstance(value, int):
        return f"`{setting.name}` must be a whole number, not {value}"
    if not setting.lower <= value <= setting.upper:
        return (
            f"`{setting.name}` must be between {setting.lower:g} and {setting.upper:g}, not {value}"
        )
    return None


def _number(setting: Setting, value: ast.Expr, reporter: Reporter) -> int | float:
    number = _written_number(value)
    if number is None:
        example = setting.lower if setting.default is None else setting.default
        raise _refuse(
            reporter,
            f"`{setting.name}` must be a number",
            value.span,
            "not a number",
            f"such as `{setting.name} = {example:g}`",
        )
    problem = setting_problem(setting, number)
    if problem is not None:
        usual = "" if setting.default is None else f"; usually {setting.default:g}"
        raise _refuse(
            reporter,
            problem,
            value.span,
            "out of range",
            f"`{setting.name}`: {setting.help}{usual}",
        )
    return number


def _written_number(value: ast.Expr) -> int | float | None:
    match value:
        case ast.Number(number):
            return number
        case ast.Unary("-", ast.Number(number)):
            return -number
        case _:
            return None


def _weights(setting: Setting, value: ast.Expr, reporter: Reporter) -> tuple[float, ...]:
    items = value.items if isinstance(value, ast.Array) else ()
    numbers = [_written_number(item) for item in items]
    if not numbers or any(number is None or number <= 0 for number in numbers):
        raise _refuse(
            reporter,
            f"`{setting.name}` must be a list of positive numbers",
            value.span,
            "not such a list",
            f"such as `{setting.name} = [0.5, 0.5]`",
        )
    return tuple(float(number) for number in numbers if number is not None)


def _is_flow(value: ast.Expr) -> bool:
    return isinstance(value, ast.Call) or (isinstance(value, ast.Name) and value.id in FLOWS)


def _flow(
    setting: Setting, value: ast.Expr, read_kernel: ReadKernel, reporter: Reporter
) -> InferenceCall:
    """A flow: a call, or its name alone."""
    if isinstance(value, ast.Name) and value.id in FLOWS:
        row = FLOWS[value.id]
        return InferenceCall(row.name, with_defaults(row.settings, {}, value.span), value.span)
    return _call(setting, FLOWS, value, read_kernel, reporter)


def _dimension(setting: Setting, value: ast.Expr, reporter: Reporter) -> str:
    """The name of a dimension; `gendsl.analysis.batch_dims` sees whether the model has it."""
    if isinstance(value, ast.Name):
        return value.id
    raise _refuse(
        reporter,
        f"`{setting.name}` must be the name of a dimension",
        value.span,
        "no name",
        f"such as `{setting.name} = row`",
    )


def _network(setting: Setting, value: ast.Expr, reporter: Reporter) -> str:
    """The name of a network; `gendsl.resolve.inference_networks` sees whether the file has it."""
    if isinstance(value, ast.Name):
        return value.id
    raise _refuse(
        reporter,
        f"`{setting.name}` must be the name of a trained network",
        value.span,
        "no name",
        f'write `pfn robust from "robust.pfn"` beside the model, and `{setting.name} = robust`',
    )


def _word(
    setting: Setting, value: ast.Expr, reporter: Reporter, others: tuple[str, ...] = ()
) -> str:
    if isinstance(value, ast.Name) and value.id in setting.words:
        return value.id
    close = nearest(value.span.text, (*setting.words, *others))
    words = ", ".join(f"`{word}`" for word in (*setting.words, *others))
    raise _refuse(
        reporter,
        f"`{setting.name}` must be one of {words}",
        value.span,
        "none of these",
        f"did you mean `{close}`?" if close else f"such as `{setting.name} = {setting.words[0]}`",
    )


def _call(
    setting: Setting,
    rows: Mapping[str, CallRow],
    value: ast.Expr,
    read_kernel: ReadKernel,
    reporter: Reporter,
) -> InferenceCall:
    row = rows.get(value.function.id) if isinstance(value, ast.Call) else None
    if not isinstance(value, ast.Call) or row is None:
        written = value.function.id if isinstance(value, ast.Call) else value.span.text
        close = nearest(written, tuple(rows))
        usual = rows.get(str(setting.default), next(iter(rows.values())))
        raise _refuse(
            reporter,
            f"`{setting.name}` must be {' or '.join(f'`{s}(...)`' for s in rows)}",
            value.span,
            f"no {'schedule' if setting.kind is Kind.SCHEDULE else 'flow'}",
            f"did you mean `{close}(...)`?"
            if close
            else f"such as `{setting.name} = {_usage(usual)}`",
        )
    unnamed = next((a for a in value.arguments if a.name is None), None)
    if unnamed is not None:
        raise _refuse(
            reporter,
            f"the settings of `{row.name}` are named",
            unnamed.span,
            "no name",
            f"write `{row.name}({row.settings[0].name} = {unnamed.span.text})`",
        )
    given = read_settings(row.name, row.settings, value.arguments, read_kernel, reporter)
    return InferenceCall(row.name, with_defaults(row.settings, given, value.span), value.span)


def _usage(row: CallRow) -> str:
    return f"{row.name}({', '.join(f'{s.name} = {s.default}' for s in row.settings)})"


def _unknown(owner: str, argument: ast.Argument, rows: Mapping[str, Setting]) -> Diagnostic:
    name = str(argument.name)
    foreign = FOREIGN_SETTINGS.get(name)
    close = foreign if foreign in rows else nearest(name, tuple(rows))
    if close:
        help = f"did you mean `{close}`?"
    elif rows:
        help = f"there are {', '.join(f'`{s}`' for s in rows)}"
    else:
        help = f"`{owner}` has no settings"
    return Diagnostic(
        "G0408",
        f"`{owner}` has no setting `{name}`",
        argument.span,
        "unknown setting",
        (),
        (),
        help,
    )


def _refuse(reporter: Reporter, message: str, span: Span, label: str, help: str) -> Unresolved:
    return refused(reporter, Diagnostic("G0408", message, span, label, (), (), help))
