"""`gendsl pfn ...`: networks that are trained on a model's prior, and predict."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from gendsl.cli.cache import compilation_cache
from gendsl.cli.console import as_json, report, say, say_json, tell
from gendsl.cli.exit_code import ExitCode
from gendsl.cli.guard import guarded
from gendsl.cli.options import Json, ModelFile, Quiet
from gendsl.cli.prepare import progress_line

app = typer.Typer(
    name="pfn",
    help="Train networks on a model's prior, and predict with them.",
    rich_markup_mode=None,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

NetworkFile = Annotated[
    str, typer.Argument(metavar="CKPT", help="A network that `gendsl pfn train` wrote.")
]
_MINUTES = {"s": 1 / 60, "sec": 1 / 60, "m": 1.0, "min": 1.0, "h": 60.0}
_BUDGET = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+) ?([a-z]*)")


@app.command("train")
@guarded
def train(
    file: ModelFile,
    out: Annotated[str, typer.Option("--out", metavar="CKPT", help="Where to save it: `.pfn`.")],
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Which of the file's `pfn` blocks.")
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option(
            "--budget",
            metavar="TIME",
            help="The most time of training, earlier runs included: `15min`, `90s`, `2h`.",
        ),
    ] = None,
    steps: Annotated[
        int | None, typer.Option("--steps", min=1, help="The most steps; the block's unless given.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with what is in CKPT.")] = False,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="The block's unless given.")
    ] = None,
    judged: Annotated[
        int | None,
        typer.Option(
            "--judged",
            metavar="N",
            help="Data sets on which the running gap is shown; 0 for none. Unless given, 24 where"
            " predictions of the prior are exact. Others take runs of `nuts()` first.",
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Train the network of a `pfn` block on draws of its prior.

    It is saved once a minute and at the end. Ctrl-C saves it too: `--resume` goes on from there.
    """
    minutes = None if budget is None else _minutes_of(budget)
    if judged is not None and (judged < 0 or judged == 1):
        raise typer.BadParameter("2 data sets or more, or 0", param_hint="--judged")

    from gendsl.api.pfn_prior import prior_of_file
    from gendsl.api.pfn_training import Plan
    from gendsl.api.pfn_training import train as trained_by
    from gendsl.frontend.read import read

    prior = prior_of_file(read(file), name)
    with progress_line(quiet=quiet) as line:
        found = trained_by(prior, Plan(Path(out), resume, steps, minutes, seed, judged), line)
    if not quiet:
        loss = ""
        if found.loss is not None:
            loss = f", mean loss of the last tenth {found.loss:.3f} nats"
        if found.gap is not None:
            loss += f"; gap {found.gap_text}"
        tell(f"{found.num_steps:,} steps in {found.trained.seconds:.0f} s{loss}; saved {out}")
    if not found.is_done:
        tell(f"stopped before its end; the same command with `--resume` goes on from {out}")
        raise typer.Exit(ExitCode.INTERRUPTED)


@app.command("predict")
@guarded
def predict(
    network: NetworkFile,
    data: Annotated[
        str,
        typer.Option("--data", metavar="DATA", help="Rows whose target is known: the context."),
    ],
    query: Annotated[
        str, typer.Option("--query", metavar="DATA", help="Rows to predict, without the target.")
    ],
    out: Annotated[
        str | None, typer.Option("--out", metavar="PATH", help="Save them: `.csv` or `.json`.")
    ] = None,
    prior: Annotated[
        str | None,
        typer.Option("--prior", metavar="MODEL", help="Refuse a network of another prior."),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="An input's value in all rows; may be repeated."
        ),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option("--columns", metavar="A,B", help="The columns of the inputs, in order."),
    ] = None,
    target: Annotated[
        str | None, typer.Option("--target", metavar="NAME", help="The column of the target.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of draws of latents.")] = 0,
    all_: Annotated[bool, typer.Option("--all", help="Print every row.")] = False,
    json: Json = False,
) -> None:
    """Predict new rows, given those of a context, in one pass of a trained network.

    Data are in the units of the prior: nothing is standardised. What speaks against the
    predictions is said below them.
    """
    given: dict[str, float] = {}
    for name, value in map(_setting, set_ or ()):
        if name in given:
            raise typer.BadParameter(f"`{name}` is set twice", param_hint="--set")
        given[name] = value
    if out is not None:
        from gendsl.api.output import check_destination
        from gendsl.api.pfn_prediction import KINDS

        check_destination(Path(out), KINDS)

    from gendsl.api.pfn_files import load_pfn
    from gendsl.api.pfn_prediction import predict as predicted_by

    found = load_pfn(network, prior)
    named = None if columns is None else [each.strip() for each in columns.split(",")]
    with compilation_cache():
        prediction = predicted_by(
            found, data, query, given=given, columns=named, target=target, seed=seed
        )
        if out is not None:
            prediction.save(out)
        if json:
            say_json(
                {"network": network, **prediction.to_dict(), "notes": as_json(prediction.notes)}
            )
            return
        say(prediction.table(is_complete=all_))
    report(prediction.notes)
    if out is not None:
        tell(f"saved {out}")


@app.command("check")
@guarded
def check(
    network: NetworkFile,
    sizes: Annotated[
        str | None, typer.Option("--sizes", metavar="N,M", help="Rows of the contexts.")
    ] = None,
    tasks: Annotated[
        int, typer.Option("--tasks", min=10, help="Data sets of the prior that are predicted.")
    ] = 500,
    judged: Annotated[
        int, typer.Option("--judged", min=2, help="Of these, how many the reference judges.")
    ] = 20,
    draws: Annotated[
        int, typer.Option("--draws", min=50, help="Of each chain of the reference.")
    ] = 500,
    no_reference: Annotated[
        bool, typer.Option("--no-reference", help="Calibration alone: nothing is inferred.")
    ] = False,
    save: Annotated[bool, typer.Option("--save", help="Write what is found into CKPT.")] = False,
    seed: Annotated[int, typer.Option("--seed", min=0)] = 0,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Hold a network against its prior: the gap to exact predictions or to NUTS, and calibration.

    By the number of rows of the context, with Monte Carlo errors, and the seconds of both.
    """
    named = None if sizes is None else [_whole(text) for text in sizes.split(",")]

    from gendsl.api.pfn_files import load_pfn

    trained = load_pfn(network)
    if named is not None and not all(0 <= n < trained.rows[1] for n in named):
        raise typer.BadParameter(
            f"a context has 0 to {trained.rows[1] - 1} rows", param_hint="--sizes"
        )
    with compilation_cache():
        found = trained.check(
            sizes=named, tasks=tasks, judged=min(judged, tasks), draws=draws, seed=seed,
            has_reference=not no_reference, progress=None if quiet else tell,
        )  # fmt: skip
    if save:
        trained.with_gap(found).save(network)
    if json:
        say_json({"network": network, **found.to_dict()})
    else:
        say(str(found))


@app.command("info")
@guarded
def info(
    network: NetworkFile,
    text: Annotated[bool, typer.Option("--text", help="Print the program of its prior.")] = False,
    json: Json = False,
) -> None:
    """Show what a trained network predicts, on which prior it was trained, and how far."""
    from gendsl.api.pfn_files import load_pfn

    found = load_pfn(network)
    if json:
        say_json(found.to_dict())
    else:
        say(found.text.rstrip() if text else str(found))


def _minutes_of(text: str) -> float:
    match = _BUDGET.fullmatch(text.strip().lower())
    if match is None or match[2] not in _MINUTES or not float(match[1]) > 0:
        raise typer.BadParameter(
            f"`{text}` is no time: write `15min`, `90s` or `2h`", param_hint="--budget"
        )
    return float(match[1]) * _MINUTES[match[2]]


def _whole(text: str) -> int:
    if not text.strip().isdecimal():
        raise typer.BadParameter(f"`{text}` is no number of rows", param_hint="--sizes")
    return int(text)


def _setting(text: str) -> tuple[str, float]:
    name, sign, number = text.partition("=")
    try:
        value = float(number)
    except ValueError:
        sign = ""
        value = 0.0
    if not (sign and name.strip()):
        raise typer.BadParameter(f"`{text}` is not of the form `tau=0.5`", param_hint="--set")
    return name.strip(), value
