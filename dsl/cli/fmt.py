"""`gendsl fmt`: programs in their usual form."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from gendsl.cli.console import report, say, tell
from gendsl.cli.exit_code import ExitCode
from gendsl.cli.guard import guarded
from gendsl.diagnostics.diagnostic import DiagnosticError


@guarded
def fmt(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Programs; `-` is standard input.")
    ],
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit with 1 if a file would change.")
    ] = False,
    stdout: Annotated[bool, typer.Option("--stdout", help="Print instead of writing.")] = False,
) -> None:
    """Format programs; comments stay where they are."""
    is_wrong = would_change = False
    for file in files:
        try:
            before, after = _formatted(file)
        except DiagnosticError as error:
            report(error.diagnostics)
            is_wrong = True
            continue
        if check:
            if before != after:
                would_change = True
                say(file)
        elif stdout or file == "-":
            sys.stdout.write(after)
            sys.stdout.flush()
        elif before != after:
            _write(Path(file), after)
            tell(f"formatted {file}")
    if check and would_change:
        tell("hint: `gendsl fmt` without `--check` formats them")
    if is_wrong or would_change:
        raise typer.Exit(ExitCode.WRONG_INPUT)


def _formatted(file: str) -> tuple[str, str]:
    from gendsl.frontend.format import format_source
    from gendsl.frontend.read import decode, read

    source = decode(sys.stdin.buffer.read(), "<stdin>") if file == "-" else read(file)
    return source.text, format_source(source)


def _write(path: Path, text: str) -> None:
    from gendsl.api.output import save

    target = path.resolve()
    save(target, lambda temporary: _replace_text(temporary, target, text))


def _replace_text(temporary: Path, target: Path, text: str) -> None:
    temporary.write_bytes(text.encode())
    temporary.chmod(target.stat().st_mode & 0o7777)
