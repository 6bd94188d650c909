"""`gendsl check`: every error and warning of some files."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from gendsl.cli.console import as_json, report, say_json, tell
from gendsl.cli.exit_code import ExitCode
from gendsl.cli.guard import guarded
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Severity
from gendsl.diagnostics.severity import severity_of


@guarded
def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Programs to check.")],
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check programs: names, dimensions, types, supports, and what the linter has to say."""
    found = {file: _diagnostics(file) for file in files}
    severities = [severity_of(d) for diagnostics in found.values() for d in diagnostics]
    errors, warnings = (
        severities.count(Severity.ERROR), severities.count(Severity.WARNING)
    )  # fmt: skip
    if json:
        listed = [{"file": file, "diagnostics": as_json(d)} for file, d in found.items()]
        say_json({"files": listed, "errors": errors, "warnings": warnings})
    else:
        report([d for diagnostics in found.values() for d in diagnostics], sys.stdout)
        tell(_verdict(errors, warnings))
    if errors:
        raise typer.Exit(ExitCode.WRONG_INPUT)


def _diagnostics(file: str) -> tuple[Diagnostic, ...]:
    from gendsl.frontend.read import read
    from gendsl.pipeline import check as check_source

    try:
        return check_source(read(file))
    except DiagnosticError as error:
        return error.diagnostics


def _verdict(errors: int, warnings: int) -> str:
    if not errors and not warnings:
        return "no errors"
    counts = ((errors, "error"), (warnings, "warning"))
    return ", ".join(f"{n} {noun}{'' if n == 1 else 's'}" for n, noun in counts if n)
