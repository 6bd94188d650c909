"""What commands that fit a model do before: compile it, fix quantities, read and bind the data."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from gendsl.cli.cache import compilation_cache
from gendsl.cli.console import report
from gendsl.cli.fixing import fixed
from gendsl.cli.progress import ProgressLine

if TYPE_CHECKING:
    from gendsl.api.model import Model
    from gendsl.ir.bound import BoundData


def compiled_model(
    file: str,
    model: str | None,
    set_: Sequence[str] | None,
    do: Sequence[str] | None,
    program: str | None,
) -> Model:
    """Return the model; what is said of it short of errors goes to stderr.

    Raises:
        DiagnosticError: with the errors of the model, or of the inference program.
        UsageError: if an option names what the file does not have.
    """
    from gendsl.api.model import compile
    from gendsl.api.settings import settings_of
    from gendsl.inference.compiler_flags import inline_small_loops

    inline_small_loops(os.environ)
    compiled = fixed(compile(Path(file), model=model), set_, do)
    settings_of(compiled.program, program, {})
    report(compiled.checked.warnings)
    return compiled


def prepared(
    file: str,
    model: str | None,
    set_: Sequence[str] | None,
    do: Sequence[str] | None,
    data: Sequence[str] | None,
    program: str | None,
) -> tuple[Model, BoundData]:
    """Return the model and its data; what is said of them short of errors goes to stderr.

    Raises:
        DiagnosticError: with the errors of the model, of the inference program, or of the data.
        UsageError: if an option names what the file does not have.
    """
    from gendsl.api.fixed_values import bind_fixed
    from gendsl.data.reading import read_all

    compiled = compiled_model(file, model, set_, do, program)
    with compilation_cache() if compiled.program.matches else nullcontext():
        bound = bind_fixed(compiled.checked, read_all(data or []))
    report(bound.notes)
    return compiled, bound


@contextmanager
def progress_line(
    *, quiet: bool, begins: str | None = "compiling"
) -> Iterator[ProgressLine | None]:
    """Keep compiled code in the cache, and show progress unless `quiet`; `begins` comes first."""
    line = ProgressLine()
    with compilation_cache():
        if not quiet and begins is not None:
            line.say(begins)
        try:
            yield None if quiet else line
        finally:
            line.close()
