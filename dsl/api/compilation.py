"""From a path or a text to a typed program, remembering what it imports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gendsl.api.setting import Fixed
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.source import Source
from gendsl.frontend import ast
from gendsl.frontend.parse import parse
from gendsl.frontend.read import read
from gendsl.ir.program import Program
from gendsl.pipeline import front, load_import
from gendsl.resolve.library import Load

TEXT_NAME = "<text>"


@dataclass(frozen=True, slots=True)
class Checked:
    """A program with the warnings that its text got, and the texts that it imports by path.

    Where quantities are `fixed`, `original` is the program of the text, `program` the one in which
    they are.
    """

    program: Program
    warnings: tuple[Diagnostic, ...]
    imports: Mapping[str, str]
    fixed: Fixed = Fixed()
    original: Program | None = None

    @property
    def source(self) -> Source:
        """The text of the program."""
        return self.program.source


def source_of(path_or_text: str | Path) -> Source:
    """Return the file of that path, or the text itself where it can only be a program.

    A string is a program where it has a brace or more than one line; a path has neither.

    Raises:
        DiagnosticError: if the file can't be read.
    """
    if isinstance(path_or_text, str) and ("\n" in path_or_text or "{" in path_or_text):
        return Source(TEXT_NAME, path_or_text)
    return read(path_or_text)


def check_source(
    source: Source, model: str | None = None, imports: Mapping[str, str] | None = None
) -> Checked:
    """Check one model of a source; imports come from `imports` where it has them, else from disk.

    Raises:
        DiagnosticError: with every error of the text.
    """
    texts: dict[str, str] = {}
    program, warnings = front(source, model, loader_of(imports, texts))
    return Checked(program, warnings, texts)


def loader_of(
    imports: Mapping[str, str] | None = None, texts: dict[str, str] | None = None
) -> Load:
    """Return what reads imports, from `imports` where it has them; `texts` takes note of them."""

    def load(path: str, importing: Source) -> tuple[Source, ast.File]:
        name = str(Path(importing.name).parent / path)
        if imports is not None and name in imports:
            found = Source(name, imports[name])
            file = parse(found)
        else:
            found, file = load_import(path, importing)
        if texts is not None:
            texts[name] = found.text
        return found, file

    return load
