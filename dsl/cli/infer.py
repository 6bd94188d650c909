"""`gendsl infer`: a model and its data in, a posterior out."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from warnings import catch_warnings, simplefilter

import typer

from gendsl.cli.console import report, tell
from gendsl.cli.exit_code import ExitCode
from gendsl.cli.guard import guarded
from gendsl.cli.options import (
    BackendName,
    Chains,
    DataFiles,
    Do,
    Draws,
    Json,
    ModelFile,
    ModelName,
    Quiet,
    Seed,
    Set,
    Warmup,
    With,
)
from gendsl.cli.prepare import prepared, progress_line


class Precision(StrEnum):
    """Of every number in the computation."""

    DOUBLE = "double"
    SINGLE = "single"


class Device(StrEnum):
    """Where it runs."""

    CPU = "cpu"
    GPU = "gpu"


class Engine(StrEnum):
    """Whose kernels run."""

    GENDSL = "gendsl"
    PYRO = "pyro"


@guarded
def infer(
    file: ModelFile,
    data: DataFiles = None,
    seed: Seed = 0,
    out: Annotated[
        str | None, typer.Option("--out", metavar="PATH", help="Save the fit: `.nc` or `.zarr`.")
    ] = None,
    with_: With = None,
    model: ModelName = None,
    set_: Set = None,
    do: Do = None,
    chains: Chains = None,
    warmup: Warmup = None,
    draws: Draws = None,
    superchains: Annotated[
        int | None,
        typer.Option(
            "--superchains", min=2, help="Groups of chains with one start, for nested R-hat."
        ),
    ] = None,
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
    backend: Annotated[
        BackendName, typer.Option("--backend", help="Whose program kernels evaluate.")
    ] = BackendName.NUMPYRO,
    engine: Annotated[
        Engine,
        typer.Option("--engine", help="Whose kernels: Pyro's own run with `--backend pyro`."),
    ] = Engine.GENDSL,
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
    if device is Device.CPU or backend is BackendName.PYRO:
        os.environ.setdefault("JAX_PLATFORMS", "cpu")

    from gendsl.api.devices import device_notes
    from gendsl.api.warned import DataWarning

    compiled, bound = prepared(file, model, set_, do, data, with_)
    if out is not None:
        from gendsl.api.room import check_room
        from gendsl.api.settings import settings_of

        plan = settings_of(compiled.program, with_, {"chains": chains, "draws": draws})
        check_room(Path(out), compiled.program, bound, plan, precision=precision.value)
    with progress_line(quiet=quiet) as line, catch_warnings():
        simplefilter("ignore", DataWarning)  # of networks, which stand below
        fit = compiled.infer(
            bound,
            seed=seed,
            name=with_,
            chains=chains,
            warmup=warmup,
            draws=draws,
            superchains=superchains,
            target_accept=target_accept,
            precision=precision.value,
            device=device.value if device is not None else None,
            progress=line,
            resume=resume,
            backend=backend.value,
            engine=engine.value,
        )
    if out is not None:
        fit.save(out)

    from gendsl.cli.trust import show_fit

    summary = fit.summary()
    warnings = fit.warnings(summary)
    show_fit(fit, summary, warnings, path=out, json=json, is_complete=False)
    told = *bound.notes, *device_notes(fit.attributes)
    report(note for note in fit.notes if note not in told)
    if not quiet:
        report(device_notes(fit.attributes))
        tell(_closing_line(fit.attributes, out))
        if fit.attributes["is_interrupted"] and "chains" in fit.attributes:
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
