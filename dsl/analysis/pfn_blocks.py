"""The `pfn` blocks of a file."""

from __future__ import annotations

from gendsl.analysis.pfn_priors import checked_pfn, in_columns
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.source import Source
from gendsl.frontend import ast
from gendsl.ir.pfn import Pfn
from gendsl.resolve.library import Load
from gendsl.resolve.resolve import resolve_pfns


def pfns_of_file(
    source: Source, file: ast.File, load: Load, model: str | None = None
) -> tuple[tuple[Pfn, ...], tuple[Diagnostic, ...]]:
    """The `pfn` blocks of a file, or those of one prior, that are right; what is wrong with others.

    They are read when they are asked for: whoever fits the model has no use for them.
    """
    if not any(isinstance(declaration, ast.Pfn) for declaration in file.declarations):
        return (), ()
    reporter = Reporter()
    found = [checked_pfn(pfn) for pfn in resolve_pfns(source, file, load, reporter, model)]
    for pfn in found:
        reporter.extend(pfn.problems)
    return tuple(pfn for pfn in found if not pfn.problems), reporter.diagnostics


def question(pfn: Pfn) -> str:
    """What is predicted given what, as a line of text."""
    own = (pfn.target.name,)
    predicted = (own if pfn.is_target_predicted else ()) + tuple(n.name for n in pfn.latents)
    shown = () if pfn.is_target_predicted else own
    given = ", ".join((*(n.name for n in in_columns(pfn)), *shown))
    return f"{', '.join(predicted)} given {given}"
