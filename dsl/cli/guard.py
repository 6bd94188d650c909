"""Turns what a command raises into a message and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from functools import wraps
from typing import NoReturn, ParamSpec

import typer

from gendsl.api.failure import InferenceError, UsageError
from gendsl.cli.console import report, tell
from gendsl.cli.exit_code import ExitCode
from gendsl.diagnostics.diagnostic import DiagnosticError

Parameters = ParamSpec("Parameters")

_STOPPED_EARLY = "G0703"
"""The run was interrupted before its first draw."""


def guarded(command: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """Wrap a command: no traceback reaches the user unless `GENDSL_DEBUG` is set."""

    @wraps(command)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except DiagnosticError as error:
            report(error.diagnostics)
            raise typer.Exit(_code_of(error)) from None
        except ValueError as error:
            if not _is_misuse(error):
                _apologise(error)
            tell(f"error: {error}")
            raise typer.Exit(ExitCode.WRONG_COMMAND) from None
        except (typer.Exit, typer.Abort, typer.BadParameter, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            tell("interrupted")
            raise typer.Exit(ExitCode.INTERRUPTED) from None
        except Exception as error:
            _apologise(error)

    return run


def _code_of(error: DiagnosticError) -> ExitCode:
    match error:
        case InferenceError() if all(d.code == _STOPPED_EARLY for d in error.diagnostics):
            return ExitCode.INTERRUPTED
        case InferenceError():
            return ExitCode.INFERENCE_FAILED
        case UsageError():
            return ExitCode.WRONG_COMMAND
        case _:
            return ExitCode.WRONG_INPUT


def _is_misuse(error: ValueError) -> bool:
    """Whether the API refused an argument itself, rather than something deeper down."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    module = trace.tb_frame.f_globals.get("__name__", "") if trace is not None else ""
    return str(module).startswith("gendsl.api.")


def _apologise(error: Exception) -> NoReturn:
    if os.environ.get("GENDSL_DEBUG"):
        traceback.print_exception(error, file=sys.stderr)
    text = str(error).split("\n")[0][:500]
    tell(f"internal error: {type(error).__name__}: {text}")
    tell("This is a fault of gendsl, not of your model. Please report it with the model's text;")
    tell("hint: `GENDSL_DEBUG=1` shows where it happened")
    raise typer.Exit(ExitCode.INTERNAL_ERROR) from None
