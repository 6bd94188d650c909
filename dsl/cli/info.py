"""`gendsl info`: what a model is made of and which data it wants."""

from __future__ import annotations

from gendsl.cli.console import report, say, say_json
from gendsl.cli.guard import guarded
from gendsl.cli.options import Json, ModelFile, ModelName


@guarded
def info(file: ModelFile, model: ModelName = None, json: Json = False) -> None:
    """Show dimensions, data, quantities, types, bounds and how each is sampled."""
    from pathlib import Path

    from gendsl.api.model import compile

    compiled = compile(Path(file), model=model)
    report(compiled.warnings)
    description = compiled.info()
    if json:
        say_json(description.to_dict())
    else:
        say(str(description))
