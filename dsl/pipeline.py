"""The pipeline on one page: text, tree, typed program, transformed program, backend program."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gendsl.analysis.equations import check_odes
from gendsl.analysis.improper import no_start
from gendsl.analysis.inference_sites import check_inference
from gendsl.analysis.latents import check_latents
from gendsl.analysis.lint import lint
from gendsl.analysis.network_files import read_network
from gendsl.analysis.parameterisation import parameterisations
from gendsl.analysis.pfn_blocks import pfns_of_file
from gendsl.analysis.probabilities import check_probabilities
from gendsl.backends.protocol import Backend, BackendProgram
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.source import Source
from gendsl.frontend import ast
from gendsl.frontend.parse import parse
from gendsl.frontend.read import read
from gendsl.ir.program import InferenceProgram, Program
from gendsl.resolve.library import Load
from gendsl.resolve.resolve import resolve, resolve_all


def front(
    source: Source,
    model: str | None = None,
    load: Load | None = None,
) -> tuple[Program, tuple[Diagnostic, ...]]:
    """Text to typed program, with the linter's warnings; raises DiagnosticError with all errors.

    Those of an inference program stop the runs that choose it, and no other: here they only warn.
    """
    reporter = Reporter()
    program = resolve(source, parse(source), load or load_import, reporter, model, read_network)
    program = _analysed(program, reporter)
    reporter.raise_if_errors()
    reporter.extend(map(_not_to_be_chosen, (i for i in program.inference if i.problems)))
    return program, reporter.diagnostics


def transform(
    program: Program, backend: Backend, sizes: Mapping[str, int] | None = None
) -> Program:
    """The program after the backend's passes; sizes, where they are known, guide their choices."""
    for apply in backend.transforms:
        program = apply(program, sizes)
    return program


def compile(source: Source, backend: Backend, model: str | None = None) -> BackendProgram:
    """Text to backend program."""
    program, _ = front(source, model)
    return backend.lower(transform(program, backend))


def check(source: Source) -> tuple[Diagnostic, ...]:
    """Every error and warning of a file, all of its models included; raises nothing."""
    reporter = Reporter()
    try:
        file = parse(source)
        if not file.declarations:
            help = "a model is written `model name { ... }`"
            reporter.report(Diagnostic("G0401", f"{source.name} has no model", help=help))
        for program in resolve_all(source, file, load_import, reporter, read_network):
            analysed = _analysed(program, reporter)
            for each in analysed.inference:
                reporter.extend(each.problems)
                if (problem := no_start(each, analysed)) is not None:
                    reporter.report(problem)
        reporter.extend(d for d in pfns_of_file(source, file, load_import)[1])
    except DiagnosticError as error:
        reporter.extend(error.diagnostics)
    return reporter.diagnostics


def load_import(path: str, importing: Source) -> tuple[Source, ast.File]:
    """The file that a source imports, by a path relative to its own folder."""
    source = read(Path(importing.name).parent / path)
    return source, parse(source)


def _analysed(program: Program, reporter: Reporter) -> Program:
    """What the whole program shows: errors of latents and their forms, then the linter.

    What is wrong with its inference programs is returned with these.
    """
    check_latents(program, reporter)
    program = check_inference(program)
    check_odes(program, reporter)
    check_probabilities(program, reporter)
    parameterisations(program, reporter)
    lint(program, reporter)
    return program


def _not_to_be_chosen(inference: InferenceProgram) -> Diagnostic:
    codes = ", ".join(dict.fromkeys(problem.code for problem in inference.problems))
    return Diagnostic(
        "G0826",
        f"the inference program `{inference.name}` has errors: it can't be chosen",
        inference.span,
        codes,
        help=f"`gendsl check {inference.span.source.name}` shows them; other programs run",
    )
