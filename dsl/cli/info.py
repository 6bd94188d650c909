"""`gendsl info`: what a model is made of and which data it wants."""

from __future__ import annotations

from gendsl.cli.console import report, say, say_json
from gendsl.cli.fixing import fixed
from gendsl.cli.guard import guarded
from gendsl.cli.options import Do, Json, ModelFile, ModelName, Set


@guarded
def info(
    file: ModelFile,
    model: ModelName = None,
    set_: Set = None,
    do: Do = None,
    json: Json = False,
) -> None:
    """Show dimensions, data, quantities, types, bounds and how each is sampled."""
    from pathlib import Path

    from gendsl.api.model import compile

    compiled = fixed(compile(Path(file), model=model), set_, do)
    report(compiled.warnings)
    description = compiled.info()
    if json:
        say_json(description.to_dict())
    else:
        say(str(description))
