"""Which dimension gradients are estimated along: `sgld(batch = 100, over = row)`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.ir.program import InferenceCall, InferenceProgram, Program, Sample, SampleRole
from gendsl.ir.walk import parts
from gendsl.resolve.inference_table import PIECES


def with_batch_dims(inference: InferenceProgram, program: Program) -> InferenceProgram:
    """The inference program, every `over` filled in where there is a `batch`; with its problems."""
    pieces: list[InferenceCall] = []
    problems = [*inference.problems]
    for piece in inference.pieces:
        found = _problem(piece, program)
        if found is not None:
            problems.append(found)
        pieces.append(piece if found is not None else _filled(piece, program))
    return replace(inference, pieces=tuple(pieces), problems=tuple(problems))


def _reads_rows(call: InferenceCall) -> bool:
    """Whether a piece reads the rows of one dimension apart."""
    settings = dict(call.settings)
    is_of_rows = settings.get("covariance") in ("diagonal", "kronecker")
    return settings.get("batch") is not None or is_of_rows


def _filled(call: InferenceCall, program: Program) -> InferenceCall:
    settings = dict(call.settings)
    if not _reads_rows(call) or settings["over"] is not None:
        return call
    settings["over"] = next(iter(_observed(program)))
    return replace(call, settings=tuple(settings.items()))


def _problem(call: InferenceCall, program: Program) -> Diagnostic | None:
    settings = dict(call.settings)
    over = settings.get("over")
    if not _reads_rows(call):
        return _without_batch(call, over)
    return _of_some(call) or _needs_all_rows(call) or _which(call, over, program)


def _of_some(call: InferenceCall) -> Diagnostic | None:
    """Say that `laplace(w)` has the Hessian in `w`, which is no information of rows."""
    if not call.sites or call.name != "laplace":
        return None
    covariance = dict(call.settings)["covariance"]
    return Diagnostic(
        "G0457",
        f"`laplace` of some quantities has the whole Hessian in these, and not `{covariance}`",
        call.span,
        "of some quantities",
        help=f"leave the names out, `laplace(covariance = {covariance})`, or `covariance`",
    )


def _without_batch(call: InferenceCall, over: object) -> Diagnostic | None:
    if PIECES[call.name].needs_batch:
        return Diagnostic(
            "G0456",
            f"`{call.name}` is of how stochastic gradients wander, and all rows have no such noise",
            call.span,
            "no minibatches",
            help=f"write `{call.name}(batch = 100)`; `laplace()` is a normal about a mode without"
            " them",
        )
    if dict(call.settings).get("noise") == "local":
        return Diagnostic(
            "G0490",
            "`noise = local` gives each row of a minibatch its own draw, and there is no `batch`",
            call.span,
            "all rows together",
            help=f"write `{call.name}(noise = local, batch = 100)`, or leave `noise` out",
        )
    if over is None:
        return None
    is_laplace = call.name == "laplace"
    wanted = "covariance = kronecker" if is_laplace else "batch = 100"
    return Diagnostic(
        "G0455",
        f"`over = {over}` says what rows are, and `laplace` takes no rows apart"
        if is_laplace
        else f"`over = {over}` says of what a `batch` is, and there is none",
        call.span,
        "all rows together",
        help=f"write `{call.name}({wanted}, over = {over})`, or leave `over` out",
    )


def _needs_all_rows(call: InferenceCall) -> Diagnostic | None:
    """Say that a setting of `vi` is no mean over rows."""
    settings = dict(call.settings)
    guide, objective = settings.get("guide"), settings.get("objective")
    if call.name != "vi" or (objective == "elbo" and not isinstance(guide, InferenceCall)):
        return None
    setting = f"objective = {objective}" if objective != "elbo" else "guide = flow(...)"
    return Diagnostic(
        "G0456",
        f"`{setting}` needs all rows at each step",
        call.span,
        "some rows at a time",
        notes=("the mean over minibatches is right for the evidence lower bound of a normal",),
        help="leave `batch` out, or write `vi(guide = low_rank, batch = 100)`",
    )


def _which(call: InferenceCall, over: object, program: Program) -> Diagnostic | None:
    known = [dimension.name for dimension in program.dimensions]
    if isinstance(over, str):
        if over in known:
            return None
        close = nearest(over, known)
        return Diagnostic(
            "G0455",
            f"`{program.name}` has no dimension `{over}`",
            call.span,
            "over no dimension",
            help=f"did you mean `{close}`?" if close else f"it has {listed(known)}",
        )
    able = list(dict.fromkeys(_observed(program)))
    if len(able) == 1:
        return None
    name = "batch" if call.name != "laplace" else "covariance"
    return Diagnostic(
        "G0455",
        f"the data vary along {listed(able)}: rows could be either"
        if able
        else f"`{program.name}` observes nothing along a dimension: there are no rows",
        call.span,
        "of what?",
        help=f"write `{call.name}({name} = {dict(call.settings)[name]}, over = {able[0]})`"
        if able
        else f"leave `{name}` out",
    )


def _observed(program: Program) -> Iterator[str]:
    """The dimensions along which observed statements are independent."""
    for node in program.nodes:
        for part in parts(node):
            if isinstance(part, Sample) and part.role is SampleRole.OBSERVED:
                yield from part.batch_dims
