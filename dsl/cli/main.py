"""The command line: `gendsl VERB ...`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from gendsl.cli import (
    cache,
    check,
    compare,
    discrete,
    emit,
    explain,
    fmt,
    geweke,
    infer,
    info,
    kfold,
    loo,
    match,
    pfn,
    plot,
    predict,
    sbc,
    simulate,
    summary,
)

app = typer.Typer(
    name="gendsl",
    help="A declarative probabilistic programming language.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(is_wanted: bool) -> None:
    if is_wanted:
        from importlib.metadata import version

        typer.echo(f"gendsl {version('gendsl')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Write a joint distribution and how to infer it; run it on data.

    Exit codes: 0 done, 1 the model or the data are wrong, 2 the command is wrong, 3 inference
    failed, 4 with `--strict` the draws should not be trusted, 70 a fault of gendsl.
    """


app.command("infer")(infer.infer)
app.command("summary")(summary.summary)
app.command("predict")(predict.predict)
app.command("discrete")(discrete.discrete)
app.command("simulate")(simulate.simulate)
app.command("match")(match.match)
app.command("loo")(loo.loo)
app.command("kfold")(kfold.kfold)
app.command("compare")(compare.compare)
app.command("sbc")(sbc.sbc)
app.command("geweke")(geweke.geweke)
app.add_typer(pfn.app, name="pfn")
app.command("check")(check.check)
app.command("fmt")(fmt.fmt)
app.command("info")(info.info)
app.command("compile")(emit.compile_)
app.command("plot")(plot.plot)
app.command("explain")(explain.explain)
app.command("cache")(cache.cache)


def main() -> None:
    """Run the command line on the process's arguments."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    app()


if __name__ == "__main__":
    main()
