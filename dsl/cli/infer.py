"""`gendsl infer`: a model and its data in, a posterior out."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gendsl.cli.cache import compilation_cache
from gendsl.cli.console import report, tell
from gendsl.cli.exit_code import ExitCode
from gendsl.cli.fixing import fixed
from gendsl.cli.guard import guarded
from gendsl.cli.options import DataFiles, Do, Json, ModelFile, ModelName, Quiet, Seed, Set
from gendsl.cli.progress import ProgressLine


class Precision(StrEnum):
    """Of every number in the computation."""

    DOUBLE = "double"
    SINGLE = "single"


class Device(StrEnum):
    """Where it runs."""

    CPU = "cpu"
    GPU = "gpu"


@guarded
def infer(
    file: ModelFile,
    data: DataFiles = None,
    seed: Seed = 0,
    out: Annotated[
        str | None, typer.Option("--out", metavar="PATH", help="Save the fit: `.nc` or `.zarr`.")
    ] = None,
    with_: Annotated[
        str | None, typer.Option("--with", metavar="NAME", help="Which inference program.")
    ] = None,
    model: ModelName = None,
    set_: Set = None,
    do: Do = None,
    chains: Annotated[int | None, typer.Option("--chains", min=1, help="How many.")] = None,
    warmup: Annotated[int | None, typer.Option("--warmup", min=0, help="Of each chain.")] = None,
    draws: Annotated[int | None, typer.Option("--draws", min=1, help="Of each chain.")] = None,
    target_accept: Annotated[
        float | None,
        typer.Option("--target-accept", min=0.05, max=0.999, help="Higher takes smaller steps."),
    ] = None,
    precision: Annotated[
        Precision, typer.Option("--precision", help="float64 or float32.")
    ] = Precision.DOUBLE,
    device: Annotated[
        Device | None, typer.Option("--device", help="JAX's choice unless given.")
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option("--resume", metavar="DIR", help="Stream to a folder; go on from what it has."),
    ] = None,
    json: Json = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 4 if the draws should not be trusted.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Draw from a model's posterior given data; print a summary and save the draws."""
    if out is not None:
        from gendsl.api.output import TREE_KINDS, check_destination

        check_destination(Path(out), TREE_KINDS)
    if device is Device.CPU:
        os.environ.setdefault("JAX_PLATFORMS", "cpu")

    from gendsl.api.model import compile
    from gendsl.data.reading import read_all
    from gendsl.inference.compiler_flags import inline_small_loops

    inline_small_loops(os.environ)
    compiled = fixed(compile(Path(file), model=model), set_, do)
    report(compiled.warnings)
    bound = compiled.bind(read_all(data or []))
    report(bound.notes)
    line = ProgressLine()
    with compilation_cache():
        if not quiet:
            line.say("compiling")
        try:
            fit = compiled.infer(
                bound,
                seed=seed,
                name=with_,
                chains=chains,
                warmup=warmup,
                draws=draws,
                target_accept=target_accept,
                precision=precision.value,
                device=device.value if device is not None else None,
                progress=None if quiet else line,
                resume=resume,
            )
        finally:
            line.close()
    if out is not None:
        fit.save(out)

    from gendsl.api.devices import device_notes
    from gendsl.cli.trust import show_fit

    summary = fit.summary()
    warnings = fit.warnings(summary)
    show_fit(fit, summary, warnings, path=out, json=json, is_complete=False)
    if not quiet:
        report(device_notes(fit.attributes))
        tell(_closing_line(fit.attributes, out))
        if fit.attributes["is_interrupted"]:
            tell(_way_on(resume))
    if strict and warnings:
        raise typer.Exit(ExitCode.NOT_TO_BE_TRUSTED)


def _closing_line(attributes: dict[str, object], out: str | None) -> str:
    saved = f"saved {out}" if out is not None else "not saved (`--out fit.nc` saves the draws)"
    return (
        f"{attributes['inference_program']}, seed {attributes['seed']}, "
        f"{attributes['precision']} precision on {attributes['device']}, "
        f"{attributes['total_time']} s; {saved}"
    )


def _way_on(resume: str | None) -> str:
    if resume is None:
        return "with `--resume DIR` from the start, a stopped run can go on"
    return f"the same command goes on from {resume}"
