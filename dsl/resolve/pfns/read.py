"""`pfn NAME { ... }`, typed: the prior with the block's statements added, and its settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.frontend import ast
from gendsl.ir.pfn import Pfn, PfnInput, PfnName
from gendsl.ir.program import Program
from gendsl.resolve.failure import Unresolved, refused
from gendsl.resolve.library import Library
from gendsl.resolve.pfns.added import PREFIX, added_statements
from gendsl.resolve.pfns.missing import PREFIX as MISSING
from gendsl.resolve.pfns.missing import check_missing, missing_statements
from gendsl.resolve.pfns.names import read_names
from gendsl.resolve.pfns.parts import read_parts

Extended = Callable[[ast.Model, tuple[ast.Statement, ...]], tuple[Program, Reporter]]
"""A model with more statements, and what is wrong with it."""


def read_pfn(block: ast.Pfn, library: Library, extended: Extended, reporter: Reporter) -> Pfn:
    """The typed form of a block; what is wrong with it is reported.

    Raises:
        Unresolved: if something is, or if its prior has errors of its own.
    """
    parts = read_parts(block, reporter)
    model = _model(parts.prior, library, reporter)
    program, own = extended(model, ())
    if own.has_errors:
        # Other errors of the model are reported where the model is checked.
        label = Label(parts.prior.span, "as a part of this prior")
        reporter.extend(
            replace(d, secondary=(label,)) for d in own.diagnostics if d.code == "G1032"
        )
        raise Unresolved
    names = read_names(parts, program, reporter)
    check_missing(parts.missing, names, program, reporter)
    added = added_statements(model, program, parts.draws, parts.requires)
    added += missing_statements(parts.missing, program, names.row)
    whole, found = extended(model, added)
    if found.has_errors:
        reporter.extend(_said_of_block(d, block) for d in found.diagnostics)
        raise Unresolved
    return Pfn(
        block.name,
        model.name,
        PfnName(names.target.id, names.target.span),
        names.is_target_predicted,
        tuple(PfnName(n.id, n.span) for n in names.latents),
        tuple(PfnName(n.id, n.span) for n in names.given),
        names.row,
        parts.rows,
        _sites(PREFIX, parts.draws),
        _sites(MISSING, parts.missing),
        tuple(each.span for each in parts.requires),
        parts.network,
        parts.train,
        whole,
        block.name_span,
    )


def _sites(prefix: str, draws: tuple[ast.PfnDraw, ...]) -> tuple[PfnInput, ...]:
    return tuple(PfnInput(draw.target.id, prefix + draw.target.id, draw.span) for draw in draws)


def _model(name: ast.Name, library: Library, reporter: Reporter) -> ast.Model:
    if name.id in library.models:
        return library.models[name.id]
    close = nearest(name.id, tuple(library.models))
    has = f"there are {listed(list(library.models))}" if library.models else None
    raise refused(
        reporter,
        Diagnostic(
            "G1003",
            f"no model is called `{name.id}`",
            name.span,
            "the prior",
            help=(f"did you mean `{close}`?" if close else has)
            or "state it in this file, `model tasks { ... }`, or import it",
        ),
    )


def _said_of_block(diagnostic: Diagnostic, block: ast.Pfn) -> Diagnostic:
    """A diagnostic of an added statement, in the words of the block."""
    span = diagnostic.span
    if span is None or not block.span.start <= span.start < block.span.end:
        label = Label(block.name_span, "draws it in this block")
        diagnostic = replace(diagnostic, secondary=(*diagnostic.secondary, label))
    said = {
        "message": diagnostic.message,
        "label": diagnostic.label,
        "help": diagnostic.help,
    }
    changed = {k: v.replace(PREFIX, "") for k, v in said.items() if v is not None}
    return replace(diagnostic, **changed)  # type: ignore[arg-type]
