"""The lines of a `pfn` block, each once, with what they are set to."""

from __future__ import annotations

from dataclasses import dataclass

from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.source import Span
from gendsl.diagnostics.suggest import nearest
from gendsl.frontend import ast
from gendsl.ir.program import InferenceCall
from gendsl.resolve.failure import Unresolved, refused
from gendsl.resolve.pfns.calls import default_call, read_call
from gendsl.resolve.pfns.table import NETWORKS, SETTINGS, TRAINERS

MOST_ROWS = 1 << 20


@dataclass(frozen=True, slots=True)
class Parts:
    """What a block says, before any name of it is looked up in its prior."""

    prior: ast.Name
    predict: ast.PfnPredict
    rows: tuple[int, int]
    draws: tuple[ast.PfnDraw, ...]
    missing: tuple[ast.PfnDraw, ...]
    requires: tuple[ast.PfnRequire, ...]
    network: InferenceCall
    train: InferenceCall


def read_parts(block: ast.Pfn, reporter: Reporter) -> Parts:
    """The block's lines; every one that is wrong is reported.

    Raises:
        Unresolved: if one is.
    """
    before = len(reporter.diagnostics)
    settings = _settings(block, reporter)
    predict = _predict(block, reporter)
    draws = _draws(settings.get("inputs"), "says how data are drawn", reporter)
    missing = _draws(settings.get("missing"), "says how much is missing", reporter)
    for name in ("prior", "rows", "network", "train"):
        part = settings.get(name)
        if isinstance(part, ast.PfnDraws):
            _wrong_kind(part, "is set, not drawn", SETTINGS[name], reporter)
    prior = _prior(block, settings.get("prior"), reporter)
    rows = _rows(block, settings.get("rows"), reporter)
    network = _call(block, settings.get("network"), "network", reporter)
    train = _call(block, settings.get("train"), "train", reporter)
    if prior is None or predict is None or rows is None or network is None or train is None:
        raise Unresolved
    if len(reporter.diagnostics) > before:
        raise Unresolved
    return Parts(
        prior,
        predict,
        rows,
        draws,
        missing,
        tuple(p for p in block.parts if isinstance(p, ast.PfnRequire)),
        network,
        train,
    )


def _settings(block: ast.Pfn, reporter: Reporter) -> dict[str, ast.PfnSetting | ast.PfnDraws]:
    found: dict[str, ast.PfnSetting | ast.PfnDraws] = {}
    for part in block.parts:
        if not isinstance(part, ast.PfnSetting | ast.PfnDraws):
            continue
        if part.name not in SETTINGS:
            close = nearest(part.name, tuple(SETTINGS))
            names = ", ".join(f"`{name}`" for name in SETTINGS)
            _report(
                reporter,
                "G1004",
                f"a `pfn` block has no line `{part.name} = ...`",
                part.name_span,
                "unknown",
                f"did you mean `{close}`?" if close else f"there are {names}, `predict`, `require`",
            )
        elif part.name in found:
            first = Label(found[part.name].name_span, "the first time")
            _report(
                reporter,
                "G1004",
                f"`{part.name}` is set twice",
                part.name_span,
                "the second time",
                "put both after one `=`, with a comma between them"
                if part.name in ("inputs", "missing")
                else "set it once",
                (first,),
            )
        else:
            found[part.name] = part
    return found


def _draws(
    part: ast.PfnSetting | ast.PfnDraws | None, what: str, reporter: Reporter
) -> tuple[ast.PfnDraw, ...]:
    if isinstance(part, ast.PfnSetting):
        _wrong_kind(part, what, SETTINGS[part.name], reporter)
    return part.draws if isinstance(part, ast.PfnDraws) else ()


def _predict(block: ast.Pfn, reporter: Reporter) -> ast.PfnPredict | None:
    lines = [part for part in block.parts if isinstance(part, ast.PfnPredict)]
    if not lines:
        _missing(block, "what it predicts", "`predict y given X`", reporter)
        return None
    if len(lines) > 1:
        _report(
            reporter,
            "G1004",
            f"`{block.name}` says twice what it predicts",
            lines[1].span,
            "the second time",
            "name all of it in one line: `predict y, len given X`",
            (Label(lines[0].span, "the first time"),),
        )
        return None
    return lines[0]


def _prior(
    block: ast.Pfn, part: ast.PfnSetting | ast.PfnDraws | None, reporter: Reporter
) -> ast.Name | None:
    if part is None:
        _missing(block, "its prior", "`prior = tasks`, a model's name", reporter)
        return None
    if not isinstance(part, ast.PfnSetting):
        return None
    if not isinstance(part.value, ast.Name) or part.upper is not None:
        _report(
            reporter,
            "G1003",
            "a prior is a model",
            part.value.span,
            "not a model's name",
            "state the prior as a model, `model tasks { ... }`, and write `prior = tasks`",
        )
        return None
    return part.value


def _rows(
    block: ast.Pfn, part: ast.PfnSetting | ast.PfnDraws | None, reporter: Reporter
) -> tuple[int, int] | None:
    if part is None:
        _missing(block, "how many rows a task has", "`rows = 8..256`", reporter)
        return None
    if not isinstance(part, ast.PfnSetting):
        return None
    ends = (part.value, part.value if part.upper is None else part.upper)
    numbers = [end.value if isinstance(end, ast.Number) else None for end in ends]
    match numbers:
        case [int(least), int(most)] if 1 <= least <= most <= MOST_ROWS:
            return least, most
        case [int(least), int(most)] if 1 <= most < least:
            what, help = "the range of `rows` is reversed", f"write `rows = {most}..{least}`"
        case _:
            what = f"`rows` are whole numbers, from 1 to {MOST_ROWS}"
            help = "the least and the most rows of a task: `rows = 8..256`"
    span = Span(part.span.source, part.value.span.start, part.span.end)
    _report(reporter, "G1005", what, span, "no range of rows", help)
    return None


def _call(
    block: ast.Pfn,
    part: ast.PfnSetting | ast.PfnDraws | None,
    name: str,
    reporter: Reporter,
) -> InferenceCall | None:
    rows, usual = (NETWORKS, "transformer") if name == "network" else (TRAINERS, "adam")
    if part is None:
        return default_call(rows[usual], block, reporter)
    if not isinstance(part, ast.PfnSetting):
        return None
    if part.upper is not None:
        _report(reporter, "G1004", f"`{name}` is no range", part.span, "a range", SETTINGS[name])
        return None
    try:
        return read_call(name, rows, part.value, reporter)
    except Unresolved:
        return None


def _missing(block: ast.Pfn, what: str, how: str, reporter: Reporter) -> None:
    _report(
        reporter,
        "G1004",
        f"`{block.name}` does not say {what}",
        block.name_span,
        "in this block",
        f"add a line {how}",
    )


def _wrong_kind(
    part: ast.PfnSetting | ast.PfnDraws, what: str, how: str, reporter: Reporter
) -> None:
    _report(reporter, "G1004", f"`{part.name}` {what}", part.span, "has another form", how)


def _report(
    reporter: Reporter,
    code: str,
    message: str,
    span: Span,
    label: str,
    help: str,
    secondary: tuple[Label, ...] = (),
) -> None:
    refused(reporter, Diagnostic(code, message, span, label, secondary, help=help))
