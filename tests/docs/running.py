"""Runs a page's blocks in order, in one process and one folder."""

from __future__ import annotations

import io
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from importlib.machinery import SourceFileLoader
from itertools import pairwise
from pathlib import Path
from types import ModuleType

from pages import LANGUAGES, REPOSITORY, Block, blocks_of

from gendsl.cli.main import app
from gendsl.diagnostics.render import render
from gendsl.diagnostics.source import Source
from gendsl.pipeline import check

PROMPT = "$ "


class PageError(AssertionError):
    """A block does not do what the page says."""


def run_page(page: Path, folder: Path) -> None:
    """Run every block of a page in `folder`, which looks like the page's place to its reader.

    That is the repository's root with its examples, or, for an example's page, its own folder.
    """
    if page.parent.parent == REPOSITORY / "examples":
        shutil.copytree(page.parent, folder, dirs_exist_ok=True)
    else:
        shutil.copytree(REPOSITORY / "examples", folder / "examples", dirs_exist_ok=True)
    module = ModuleType("page")
    with chdir(folder), _importable(folder):
        for block in blocks_of(page):
            place = f"{page.relative_to(REPOSITORY)}:{block.line}"
            try:
                run_block(block, module)
            except PageError as error:
                raise PageError(f"{place}: {error}") from None
            except Exception as error:
                raise PageError(f"{place}: {type(error).__name__}: {error}") from error


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Let the page's Python import what the page writes, and forget it afterwards."""
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - before:
            if str(folder) in str(getattr(sys.modules[name], "__file__", None)):
                del sys.modules[name]


def run_block(block: Block, module: ModuleType) -> None:
    """Run one block in the current folder; Python's names are kept in `module`."""
    if block.language not in LANGUAGES:
        raise PageError(f"a block of `{block.language}`; known are {', '.join(sorted(LANGUAGES))}")
    file = block.option("file")
    if file is not None:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text(block.text, encoding="utf-8")
    match block.language:
        case "gen":
            _check(block, file or "page.gen")
        case "python" if file is None:
            with redirect_stdout(io.StringIO()):
                _run_python(block, module)
        case "console":
            _run_commands(block, is_strict=True)
        case "sh":
            _run_commands(block, is_strict=False)
        case _:
            pass


def _run_python(block: Block, module: ModuleType) -> None:
    """Run a block as a file of its own, in the names of the blocks before it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "block.py")
        path.write_text(block.text, encoding="utf-8")
        SourceFileLoader(module.__name__, str(path)).exec_module(module)


def _check(block: Block, name: str) -> None:
    found = check(Source(name, block.program))
    if "statements" in block.options:  # what a part of a model leaves unused is no fault
        found = tuple(d for d in found if not d.code.startswith("G05") or d.code in block.codes)
    if sorted({d.code for d in found}) != sorted(block.codes):
        shown = "\n\n".join(render(d) for d in found) or "nothing"
        raise PageError(f"expected {' '.join(block.codes) or 'nothing'}, found\n{shown}")


def _run_commands(block: Block, *, is_strict: bool) -> None:
    lines = block.text.splitlines()
    starts = [i for i, line in enumerate(lines) if line.startswith(PROMPT)]
    if is_strict and not starts:
        raise PageError("a console block without a command")
    for start, stop in pairwise([*starts, len(lines)]):
        command = lines[start].removeprefix(PROMPT)
        shown = lines[start + 1 : stop]
        while command.endswith("\\"):
            command = command.removesuffix("\\") + shown.pop(0)
        if not command.startswith("gendsl "):
            if is_strict:
                raise PageError(f"`{command}` is not run: only `gendsl ...` is")
            continue
        is_last = start == starts[-1]
        wanted = int(block.option("exit") or 0) if is_last else 0
        code, output = run_command(shlex.split(command)[1:])
        if code != wanted:
            raise PageError(f"`{command}` exits with {code}, not {wanted}:\n{output}")
        if is_strict and shown and not _is_shown(shown, output):
            raise PageError(f"`{command}` prints\n{output}\nnot\n" + "\n".join(shown))


def run_command(arguments: list[str]) -> tuple[int, str]:
    """Run the command line in this process; returns its exit code and all that it prints."""
    stream = io.StringIO()
    with redirect_stdout(stream), redirect_stderr(stream):
        try:
            app(arguments, prog_name="gendsl")
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
    return code, stream.getvalue()


def _is_shown(shown: list[str], output: str) -> bool:
    """Whether the output is as shown; `...` stands for anything, on a line of its own for lines."""
    text = "\n".join(line.rstrip() for line in shown).strip("\n")
    pattern = "".join(
        r"(?:.*\n)*" if line.strip() == "..." else _pattern_of(line) for line in text.splitlines()
    )
    printed = "\n".join(line.rstrip() for line in output.splitlines()).strip("\n") + "\n"
    return re.fullmatch(pattern, printed) is not None


def _pattern_of(line: str) -> str:
    return ".*".join(map(re.escape, line.split("..."))) + r"\n"
