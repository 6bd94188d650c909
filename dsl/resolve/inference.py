"""`infer NAME = ...`: pieces that are made of pieces, and whether they fit each other.

What a piece returns, and what it takes, is in its row; see `gendsl.analysis.inference_sites` for
whether it fits the model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.source import Span
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import counted
from gendsl.frontend import ast
from gendsl.ir.program import InferenceCall, InferenceProgram, InferenceSite
from gendsl.resolve.failure import Unresolved, attempt_each, refused
from gendsl.resolve.inference_flows import ends_in_transport, not_local, over_discrete
from gendsl.resolve.inference_foreign import FOREIGN_PIECES
from gendsl.resolve.inference_joins import (
    cannot_move_all,
    check_join,
    check_kernel,
    check_metric,
)
from gendsl.resolve.inference_many import learns_together, too_few_chains, uneven_superchains
from gendsl.resolve.inference_piece import (
    RUN,
    Holds,
    Kind,
    PieceRow,
    Setting,
)
from gendsl.resolve.inference_settings import (
    Given,
    idle_settings,
    read_setting,
    read_settings,
    with_defaults,
)
from gendsl.resolve.inference_table import PIECES


def resolve_inference(infer: ast.Infer, reporter: Reporter) -> InferenceProgram:
    """The typed form of an `infer` statement."""
    stages = _stages(infer.program)
    pieces = attempt_each(lambda stage: _piece(stage, reporter, is_outer=True), stages)
    before: InferenceCall | None = None
    for piece in pieces:
        check_join(before, piece, reporter)
        before = piece
    problems = too_few_chains(pieces), uneven_superchains(pieces), ends_in_transport(pieces)
    for problem in problems:
        if problem is not None:
            reporter.report(problem)
    return InferenceProgram(infer.name, pieces, infer.span)


def default_inference(span: Span) -> InferenceProgram:
    """What runs where a file has no `infer`: `nuts()`."""
    row = PIECES["nuts"]
    piece = InferenceCall(row.name, with_defaults(row.all_settings, {}, span), span)
    return InferenceProgram("main", (piece,), span)


def of_model(
    programs: Sequence[InferenceProgram], model: ast.Model, others: Sequence[ast.Model]
) -> tuple[InferenceProgram, ...]:
    """The programs of a file that are this model's: none that names another's quantities."""
    own = _defined(model)
    foreign = frozenset(name for other in others for name in _defined(other)) - own
    return tuple(
        program
        for program in programs
        if not any(
            site.name.split(".")[0] in foreign for piece in program.pieces for site in _sites(piece)
        )
    )


def _defined(model: ast.Model) -> frozenset[str]:
    """The names of what a model's statements draw."""
    return frozenset(s.target.name for s in model.statements if isinstance(s, ast.SampleStatement))


def _sites(call: InferenceCall) -> Iterator[InferenceSite]:
    yield from call.sites
    for part in call.parts:
        yield from _sites(part)


def _stages(program: ast.Expr) -> tuple[ast.Expr, ...]:
    if isinstance(program, ast.Binary) and program.op == ">>":
        return (*_stages(program.left), *_stages(program.right))
    return (program,)


def _piece(program: ast.Expr, reporter: Reporter, *, is_outer: bool) -> InferenceCall:
    if not isinstance(program, ast.Call):
        raise _not_a_call(program, reporter, is_outer=is_outer)
    row = _row(program.function, reporter)
    if not is_outer:
        check_kernel(row, program, reporter)
    unnamed = [a for a in program.arguments if a.name is None]
    named = [a for a in program.arguments if a.name is not None]
    held = attempt_each(lambda a: _held(row, a, reporter), unnamed)
    settings = row.all_settings if is_outer else row.settings

    def misplaced(argument: ast.Argument) -> Diagnostic | None:
        if is_outer or not row.is_kernel or argument.name not in {s.name for s in RUN}:
            return None
        return Diagnostic(
            "G0408",
            f"`{argument.name}` belongs to the whole program, not to one of its kernels",
            argument.span,
            "set inside",
            help=f"write `{argument.span.text}` in the outermost call",
        )

    given: Given = {}
    for item, argument in zip(held, unnamed, strict=True):
        if isinstance(item, tuple):
            if item[0] in given:
                raise _refuse(
                    reporter,
                    f"`{item[0]}` is set twice",
                    argument,
                    "the second time",
                    "set it once",
                )
            given[item[0]] = item[1]
    by_name = read_settings(
        row.name, settings, named, lambda e, s: _kernel(e, s, reporter), reporter, misplaced
    )
    for problem in idle_settings(settings, named, {**given, **by_name}):
        reporter.report(problem)
    again = next((a for a in named if a.name in given), None)
    if again is not None:
        raise _refuse(
            reporter, f"`{again.name}` is set twice", again, "the second time", "set it once"
        )
    sites = tuple(item for item in held if isinstance(item, InferenceSite))
    parts = tuple(item for item in held if isinstance(item, InferenceCall))
    _check_held(row, sites, parts, by_name, program, reporter)
    values = with_defaults(settings, {**given, **by_name}, program.span)
    made = InferenceCall(row.name, values, program.span, sites, parts)
    if not is_outer:
        check_metric(made, reporter)
    return made


def _held(
    row: PieceRow, argument: ast.Argument, reporter: Reporter
) -> InferenceSite | InferenceCall | tuple[str, int | float]:
    """What is given without a name: a quantity, a kernel, or the value of a setting."""
    value = argument.value
    if row.by_position is not None and not isinstance(value, ast.Name):
        setting = next(s for s in row.all_settings if s.name == row.by_position)
        number = read_setting(setting, value, lambda e, s: _kernel(e, s, reporter), reporter)
        assert isinstance(number, int | float)
        return setting.name, number
    match row.holds:
        case Holds.SITES if isinstance(value, ast.Name):
            return InferenceSite(value.id, value.span)
        case Holds.KERNELS:
            return _piece(value, reporter, is_outer=False)
        case _:
            raise _unnamed(row, argument, reporter)


def _unnamed(row: PieceRow, argument: ast.Argument, reporter: Reporter) -> Unresolved:
    """What has no name and is not what the piece holds."""
    value = argument.value
    if row.holds is Holds.SITES and isinstance(value, ast.Index):
        return _refuse(
            reporter,
            f"`{row.name}` {'moves' if row.is_kernel else 'is of'} whole quantities",
            argument,
            "a part of one",
            f"name all of it: `{row.name}({value.base.span.text})`",
        )
    if isinstance(value, ast.Name | ast.Index):
        of_flow = over_discrete(row, argument)
        if of_flow is not None:
            return refused(reporter, of_flow)
        return _refuse(
            reporter,
            f"`{row.name}` is for all quantities together",
            argument,
            "one of them, or a setting without its name",
            "leave it out; kernels, such as `nuts(mu)`, can be for some",
        )
    meant = _meant(row.all_settings, value)
    return _refuse(
        reporter,
        f"the settings of `{row.name}` are named",
        argument,
        "no name",
        f"write `{row.name}({meant.name} = {argument.span.text})`",
    )


def _meant(settings: Sequence[Setting], value: ast.Expr) -> Setting:
    """The setting that is probably meant by a value without a name: of a number, the draws."""
    if not isinstance(value, ast.Number):
        return settings[0]
    numbers = [s for s in settings if s.kind in (Kind.COUNT, Kind.REAL)]
    return next((s for s in numbers if s.name == "draws"), (*numbers, *settings)[0])


def _check_held(
    row: PieceRow,
    sites: tuple[InferenceSite, ...],
    parts: tuple[InferenceCall, ...],
    given: Given,
    call: ast.Call,
    reporter: Reporter,
) -> None:
    names = [site.name for site in sites]
    again = next((s for i, s in enumerate(sites) if s.name in names[:i]), None)
    if again is not None:
        raise _refuse(
            reporter, f"`{again.name}` is named twice", again, "the second time", "name it once"
        )
    if row.holds is not Holds.KERNELS:
        return
    if not parts:
        raise _refuse(
            reporter,
            f"`{row.name}` is made of kernels, and none is given",
            call,
            "empty",
            f"such as `{row.name}(nuts(mu), slice(tau))`, with quantities of the model",
        )
    weights = given.get("weights")
    if isinstance(weights, tuple) and len(weights) != len(parts):
        raise _refuse(
            reporter,
            f"there are {counted(len(parts), 'kernel')} and {counted(len(weights), 'weight')}",
            call,
            "not as many",
            "give each kernel a weight",
        )


def _kernel(value: ast.Expr, setting: Setting, reporter: Reporter) -> InferenceCall:
    """A kernel as the value of a setting; it moves everything."""
    kernel = _piece(value, reporter, is_outer=False)
    named = next(_sites(kernel), None)
    if named is not None:
        raise _refuse(
            reporter,
            f"the kernel of `{setting.name}` moves every quantity",
            named,
            "one of them",
            "leave the names out",
        )
    unfit = cannot_move_all(kernel)
    if unfit is not None and setting.name == "local":
        raise refused(reporter, not_local(unfit))
    if unfit is not None:
        raise refused(
            reporter,
            Diagnostic(
                "G0437",
                f"`{unfit.name}` can't be the kernel of `{setting.name}`",
                unfit.span,
                f"moves {PIECES[unfit.name].moves} only",
                help=f"such as `{setting.name} = hmc(steps = 8)`",
            ),
        )
    learner = learns_together(kernel)
    if learner is not None and setting.name != "local":
        raise refused(
            reporter,
            Diagnostic(
                "G0451",
                f"`{learner.name}` learns from chains, and `{setting.name}` moves particles",
                learner.span,
                "no chains to learn from",
                help=f"`{setting.name} = hmc(steps = 8)` is tuned to the particles",
            ),
        )
    return kernel


def _row(name: ast.Name, reporter: Reporter) -> PieceRow:
    row = PIECES.get(name.id)
    if row is not None:
        return row
    foreign = FOREIGN_PIECES.get(name.id)
    close = foreign if foreign in PIECES else nearest(name.id, tuple(PIECES))
    known = ", ".join(f"`{piece}`" for piece in PIECES)
    raise refused(
        reporter,
        Diagnostic(
            "G0407",
            f"no inference program is called `{name.id}`",
            name.span,
            "unknown program",
            help=f"did you mean `{close}`?" if close else f"there are {known}",
        ),
    )


def _not_a_call(program: ast.Expr, reporter: Reporter, *, is_outer: bool) -> Unresolved:
    if isinstance(program, ast.Binary) and program.op == ">>":
        return refused(
            reporter,
            Diagnostic(
                "G0437",
                "what `>>` makes is a whole program, and no kernel",
                program.span,
                "inside another piece",
                help="`>>` stands between outermost pieces only",
            ),
        )
    way = "infer main = nuts(chains = 4)"
    if isinstance(program, ast.Name) and program.id in PIECES:
        way = f"{program.id}()"
    elif isinstance(program, ast.Name) and not is_outer:
        way = f"nuts({program.id})"
    return refused(
        reporter,
        Diagnostic(
            "G0407",
            "an inference program is a call",
            program.span,
            "not a call",
            help=f"write `{way}`",
        ),
    )


def _refuse(
    reporter: Reporter,
    message: str,
    place: ast.Argument | ast.Call | InferenceSite,
    label: str,
    help: str,
) -> Unresolved:
    return refused(reporter, Diagnostic("G0408", message, place.span, label, help=help))
