"""`gendsl compile`: what each stage of the compiler makes of a model."""

from __future__ import annotations

import pprint
from dataclasses import fields, is_dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from gendsl.cli.console import report, say
from gendsl.cli.fixing import fixed
from gendsl.cli.guard import guarded
from gendsl.cli.options import BackendName, Do, ModelFile, ModelName, Set


class Stage(StrEnum):
    """What can be printed."""

    AST = "ast"
    IR = "ir"
    SOURCE = "source"


@guarded
def compile_(
    file: ModelFile,
    emit: Annotated[Stage, typer.Option("--emit", help="Which stage to print.")] = Stage.SOURCE,
    backend: Annotated[
        BackendName, typer.Option("--backend", help="For what to generate a program.")
    ] = BackendName.NUMPYRO,
    out: Annotated[
        str | None, typer.Option("--out", "-o", metavar="PATH", help="Write it to a file.")
    ] = None,
    model: ModelName = None,
    minibatch: Annotated[
        list[str] | None,
        typer.Option(
            "--minibatch", metavar="DIM", help="Read in minibatches (pyro); may be repeated."
        ),
    ] = None,
    set_: Set = None,
    do: Do = None,
) -> None:
    """Print the syntax tree, the typed program, or the generated program."""
    text = _emitted(Path(file), emit, backend, model, minibatch, set_, do)
    if out is None:
        say(text.rstrip("\n"))
        return
    from gendsl.api.output import check_destination, save

    path = Path(out)
    check_destination(path, (path.suffix.lower(),))
    save(path, lambda temporary: _write(temporary, text))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _emitted(
    path: Path,
    stage: Stage,
    backend: BackendName,
    model: str | None,
    minibatch: list[str] | None,
    set_: list[str] | None,
    do: list[str] | None,
) -> str:
    if stage is Stage.AST:
        from gendsl.frontend.parse import parse
        from gendsl.frontend.read import read

        return _shown(parse(read(path)))
    from gendsl.api.model import compile
    from gendsl.ir.printer import print_program

    compiled = fixed(compile(path, model=model), set_, do)
    report(compiled.checked.warnings)
    if stage is Stage.IR:
        return print_program(compiled.program).rstrip()
    return compiled.source(backend.value, minibatch=minibatch or ())


def _shown(node: object) -> str:
    return pprint.pformat(_plain(node), width=100, sort_dicts=False)


def _plain(node: Any) -> Any:
    """A tree of dicts: spans and sources are left out, since they repeat the text."""
    if is_dataclass(node) and not isinstance(node, type):
        members = {
            field.name: _plain(getattr(node, field.name))
            for field in fields(node)
            if field.name not in ("span", "name_span", "source", "family", "form")
        }
        name = getattr(getattr(node, "family", None), "name", None)
        return {"node": type(node).__name__, **({"family": name} if name else {}), **members}
    if isinstance(node, tuple):
        return [_plain(part) for part in node]
    return node.value if isinstance(node, StrEnum) else node
