"""`gendsl discrete`: the discrete quantities that were summed out, from a saved fit."""

from __future__ import annotations

from typing import Annotated

import typer

from gendsl.cli.cache import compilation_cache
from gendsl.cli.console import say, say_json, tell
from gendsl.cli.guard import guarded
from gendsl.cli.options import FitFile, Json


@guarded
def discrete(
    fit: FitFile,
    site: Annotated[
        list[str] | None,
        typer.Option("--site", metavar="NAME", help="Only this quantity; may be repeated."),
    ] = None,
    most_probable: Annotated[
        bool,
        typer.Option(
            "--most-probable",
            help="The jointly most probable values (the Viterbi path) at the best draw.",
        ),
    ] = False,
    all_: Annotated[bool, typer.Option("--all", help="Print every row.")] = False,
    json: Json = False,
) -> None:
    """Show the probability of each state of a fit's discrete quantities."""
    from gendsl.api.discrete import discrete_names, probabilities
    from gendsl.api.discrete import most_probable as find_most_probable
    from gendsl.api.fit import load
    from gendsl.results.state_table import (
        most_probable_rows,
        probability_rows,
        render_most_probable,
        render_probabilities,
    )

    loaded = load(fit)
    names = site or discrete_names(loaded)
    if not names:
        tell(f"`{fit}` has no discrete quantities")
        return
    options = " --most-probable" if most_probable else ""
    hint = f": `gendsl discrete {fit}{options} --all` shows them"
    with compilation_cache():
        find = find_most_probable if most_probable else probabilities
        found = find(loaded, names)
    if json:
        rows = most_probable_rows(found) if most_probable else probability_rows(found)
        say_json({"fit": fit, "rows": rows})
        return
    render = render_most_probable if most_probable else render_probabilities
    say(render(found, is_complete=all_, how_to_see_all=hint))
    if most_probable:
        place = next(iter(found.data_vars.values())).attrs
        tell(f"given chain {place['chain']}, draw {place['draw']}, that of highest log density")
