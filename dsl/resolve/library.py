"""The declarations of a file and of all that it imports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from os.path import normpath

from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Label
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.source import Source, Span
from gendsl.distributions.table import FAMILIES
from gendsl.frontend import ast
from gendsl.resolve.pfns.files import NetworkFiles, ReadNetwork, no_networks

Load = Callable[[str, Source], tuple[Source, ast.File]]
"""Reads and parses the file that a source imports by a path; raises DiagnosticError."""


@dataclass(slots=True)
class Library:
    """What a file may use: its own declarations and those of its imports."""

    models: dict[str, ast.Model] = field(default_factory=dict)
    submodels: dict[str, ast.Submodel] = field(default_factory=dict)
    functions: dict[str, ast.Function] = field(default_factory=dict)
    infers: list[ast.Infer] = field(default_factory=list)
    pfns: list[ast.Pfn] = field(default_factory=list)
    own_models: list[str] = field(default_factory=list)
    imported: list[Source] = field(default_factory=list)
    networks: NetworkFiles = field(default_factory=lambda: NetworkFiles(no_networks))
    dims: set[str] = field(default_factory=set)
    """Every dimension that a model declares."""


def collect(
    source: Source,
    file: ast.File,
    load: Load,
    reporter: Reporter,
    networks: ReadNetwork = no_networks,
) -> Library:
    """Gather declarations, following imports; a file imported twice is read once.

    `networks` reads trained networks, when they are used.
    """
    library = Library(networks=NetworkFiles(networks))
    spans: dict[tuple[str, str], Span] = {}
    own = normpath(source.name)
    _add(source, file, load, reporter, library, spans, {own}, (own,))
    for declaration in library.networks.declared.values():
        _check_name(declaration, spans, reporter)
    return library


def _add(
    source: Source,
    file: ast.File,
    load: Load,
    reporter: Reporter,
    library: Library,
    spans: dict[tuple[str, str], Span],
    seen: set[str],
    chain: tuple[str, ...],
) -> None:
    is_own = len(chain) == 1
    for declaration in file.declarations:
        match declaration:
            case ast.Import(path, span):
                _follow(path, span, source, load, reporter, library, spans, seen, chain)
            case ast.Model():
                library.dims |= {
                    name.name
                    for statement in declaration.statements
                    if isinstance(statement, ast.DimStatement)
                    for name in statement.names
                }
                if _is_new("model", declaration.name, declaration.name_span, spans, reporter):
                    library.models[declaration.name] = declaration
                    if is_own:
                        library.own_models.append(declaration.name)
            case ast.Submodel():
                _check_parameters(declaration, declaration.dims, reporter)
                if _is_new("submodel", declaration.name, declaration.name_span, spans, reporter):
                    library.submodels[declaration.name] = declaration
            case ast.Function():
                _check_parameters(declaration, (), reporter)
                if _is_new("function", declaration.name, declaration.name_span, spans, reporter):
                    library.functions[declaration.name] = declaration
            case ast.Infer():
                # An imported file's inference programs are about its own models.
                if is_own and _is_new(
                    "inference program", declaration.name, declaration.name_span, spans, reporter
                ):
                    library.infers.append(declaration)
            case ast.Pfn():
                if is_own and _is_new(
                    "`pfn` block", declaration.name, declaration.name_span, spans, reporter
                ):
                    library.pfns.append(declaration)
            case ast.PfnFile():
                if _is_new("network", declaration.name, declaration.name_span, spans, reporter):
                    library.networks.declared[declaration.name] = declaration


def _check_name(
    network: ast.PfnFile, spans: dict[tuple[str, str], Span], reporter: Reporter
) -> None:
    """A network is called as a distribution is, and its block may stand beside it."""
    kinds = ("model", "submodel", "`pfn` block")
    other = next((kind for kind in kinds if (kind, network.name) in spans), None)
    if other is None and network.name not in FAMILIES:
        return
    is_known = other is None
    reporter.report(
        Diagnostic(
            "G0204",
            f"the network `{network.name}` has the name of a distribution"
            if is_known
            else f"the network `{network.name}` has the name of a {other}",
            network.name_span,
            "needs a name of its own",
            () if other is None else (Label(spans[(other, network.name)], f"the {other}"),),
            (),
            f'give it another name: `pfn trained_{network.name.lower()} from "..."`',
        )
    )


def _check_parameters(
    declaration: ast.Function | ast.Submodel, dims: tuple[ast.DimName, ...], reporter: Reporter
) -> None:
    """Each parameter and each dimension of a heading has a name of its own."""
    seen: dict[str, Span] = {}
    parts: list[ast.Parameter | ast.DimName] = [*declaration.parameters, *dims]
    for part in parts:
        if part.name in seen:
            reporter.report(
                Diagnostic(
                    "G0204",
                    f"`{declaration.name}` has `{part.name}` twice",
                    part.span,
                    "the second time",
                    (Label(seen[part.name], "the first time"),),
                    (),
                    "give one of them another name",
                )
            )
        seen.setdefault(part.name, part.span)


def _follow(
    path: str,
    span: Span,
    source: Source,
    load: Load,
    reporter: Reporter,
    library: Library,
    spans: dict[tuple[str, str], Span],
    seen: set[str],
    chain: tuple[str, ...],
) -> None:
    try:
        imported, file = load(path, source)
    except DiagnosticError as error:
        for diagnostic in error.diagnostics:
            if diagnostic.span is None:
                reporter.report(
                    Diagnostic(
                        "G0411",
                        f'can\'t import "{path}": {diagnostic.message}',
                        span,
                        "imported here",
                        (),
                        (),
                        diagnostic.help
                        or "a path is relative to the folder of the file that imports it",
                    )
                )
            else:
                reporter.report(diagnostic)
        return
    # `a/../b.gen` is `b.gen`: a circle by another way round is one all the same.
    name = normpath(imported.name)
    if name in chain:
        reporter.report(
            Diagnostic(
                "G0411",
                f'"{path}" imports itself',
                span,
                "leads back to a file that imports this one",
                (),
                (),
                "move what both need into a third file",
            )
        )
        return
    if name in seen:
        return
    seen.add(name)
    library.imported.append(imported)
    _add(imported, file, load, reporter, library, spans, seen, (*chain, name))


def _is_new(
    kind: str, name: str, span: Span, spans: dict[tuple[str, str], Span], reporter: Reporter
) -> bool:
    key = (kind, name)
    if key not in spans:
        spans[key] = span
        return True
    reporter.report(
        Diagnostic(
            "G0204",
            f"the {kind} `{name}` is declared twice",
            span,
            "the second time",
            (Label(spans[key], "the first time"),),
            (),
            "give one of them another name",
        )
    )
    return False
