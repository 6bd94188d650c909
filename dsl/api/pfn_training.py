"""Trains the network of a `pfn` block, from the start or from a checkpoint, and keeps it safe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gendsl.api.failure import InferenceError, UsageError
from gendsl.api.inference_chains import has_solver
from gendsl.api.output import check_destination, not_written
from gendsl.api.pfn_columns import inputs_of
from gendsl.api.pfn_files import read_checkpoint
from gendsl.api.pfn_plan import batch_of, design_of, seed_of, settings_of_training, within
from gendsl.api.pfn_prior import Prior, differences, is_trained_alike
from gendsl.api.pfn_ranges import draws_of, ranges_of, with_scores, without_scores
from gendsl.api.pfn_running_gap import RunningGap
from gendsl.api.pfn_sampler import TaskSampler, latents_of
from gendsl.api.pfn_trained import KINDS, TrainedPfn
from gendsl.api.progress import Report
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError

if TYPE_CHECKING:
    from gendsl.inference.amortised import Trained


@dataclass(frozen=True, slots=True)
class Plan:
    """What the caller wants of a training; what is `None` is as the block says.

    Attributes:
        judged: data sets on which the running gap is measured; if `None`, see `RunningGap`.
    """

    out: Path | None = None
    is_resumed: bool = False
    steps: int | None = None
    minutes: float | None = None
    seed: int | None = None
    judged: int | None = None


def train(prior: Prior, plan: Plan, progress: Report | None = None) -> TrainedPfn:
    """Train until the steps are made, the minutes are over, or the user stops it.

    Raises:
        DiagnosticError: if the prior has no draws, the loss is not finite, the file can't be
            written, or what is to be gone on with is of another prior.
        ValueError: if a number is out of range.
    """
    if plan.seed is not None and plan.seed < 0:
        raise ValueError(f"a seed is not negative, got {plan.seed}")
    if plan.judged is not None and (plan.judged < 0 or plan.judged == 1):
        raise ValueError(f"a gap is measured on 2 data sets or more, or 0, got {plan.judged}")
    if plan.out is not None:
        _check_out(plan.out, plan.is_resumed)
    settings_of_training(prior.pfn, steps=plan.steps, minutes=plan.minutes)
    with _precision(prior):
        sampler = TaskSampler(prior.pfn, batch_of(prior.pfn), prior.pfn.rows[1])
        gap = RunningGap(prior.pfn, plan.judged, progress)
        resumed = _resumed(prior, plan, plan.out) if plan.is_resumed and plan.out else None
        if resumed is not None and resumed.is_done:
            return resumed
        if plan.judged:
            _ = gap.held  # refuses, and takes its time, before training begins
        start = begun(prior, plan, sampler) if resumed is None else resumed
        return _trained(start, plan, sampler, gap, progress)


def _check_out(out: Path, is_resumed: bool) -> None:
    check_destination(out, KINDS)
    if not is_resumed and out.exists():
        raise UsageError(
            Diagnostic(
                "G1026",
                f"there is a file `{out}` already",
                help="if it is of this block, `--resume` goes on with it; to begin anew, remove it"
                " or give another path",
            )
        )


@contextmanager
def _precision(prior: Prior) -> Iterator[None]:
    """In single, whatever the user's setting, so that a run can go on the same elsewhere.

    What solves differential equations calls the host, and is compiled in double.
    """
    import jax

    with jax.enable_x64(has_solver(prior.pfn.program)):
        yield


def begun(prior: Prior, plan: Plan, sampler: TaskSampler) -> TrainedPfn:
    """Return a network that has learnt nothing but the units of its prior, and its ranges.

    Raises:
        DiagnosticError: if the prior has no draws.
    """
    import jax

    from gendsl.inference.amortised import About, begin

    pfn = prior.pfn
    rate = sampler.acceptance_rate() if pfn.requires else None
    latents = jax.eval_shape(sampler, jax.random.key(0)).latents.shape[1]
    if latents:
        latents_of(pfn)  # refuses what could not be drawn
    design = design_of(pfn, sampler.columns, latents)
    seed = seed_of(pfn) if plan.seed is None else plan.seed
    settings = settings_of_training(pfn, steps=plan.steps, minutes=plan.minutes)
    try:
        trained = begin(design, settings, sampler.draw, seed)
    except ValueError as error:
        raise _no_training(prior, str(error)) from None
    about = About(
        prior=prior.source.text,
        prior_hash=prior.hash,
        ranges=ranges_of(draws_of(sampler.apart.draw, seed), inputs_of(pfn), pfn.rows)
        | {"seed": seed},
        prior_file=prior.source.name,
        prior_imports=dict(prior.imports),
        block=pfn.name,
        acceptance_rate=rate,
    )
    return TrainedPfn(prior, trained, about)


def _resumed(prior: Prior, plan: Plan, out: Path) -> TrainedPfn:
    """Return what a file has, if it is of the same prior; training is as the file says."""
    found = read_checkpoint(out)
    if differing := differences(found.prior.pfn, prior.pfn):
        raise _begun_otherwise(out, "on another prior", differing)
    if plan.seed is not None and plan.seed != found.about.ranges.get("seed"):
        raise UsageError(
            Diagnostic("G1022", f"`{out}` was begun with another seed", help="leave out `--seed`")
        )
    if not is_trained_alike(found.prior.pfn, prior.pfn, but_steps=plan.steps is not None):
        raise _begun_otherwise(out, "with another training", ["the training"])
    if plan.steps is not None or plan.minutes is not None:
        settings = within(found.trained.settings, steps=plan.steps, minutes=plan.minutes)
        found = replace(found, trained=replace(found.trained, settings=settings))
    if found.is_done:
        return found
    # The law of scores and the gap are those of a network as it is at its end.
    ranges = without_scores(found.about.ranges)
    return replace(found, about=replace(found.about, ranges=ranges, gap=None))


def _begun_otherwise(out: Path, how: str, differing: list[str]) -> DiagnosticError:
    verb = "is" if len(differing) == 1 else "are"
    return DiagnosticError(
        (
            Diagnostic(
                "G1022",
                f"`{out}` was begun {how}: {', '.join(differing)} {verb} not as in this file",
                help="go on with the text that it was begun with (`gendsl pfn info` prints it), or"
                " train a new network from this one",
            ),
        )
    )


def _trained(
    start: TrainedPfn, plan: Plan, sampler: TaskSampler, gap: RunningGap, progress: Report | None
) -> TrainedPfn:
    import jax

    from gendsl.inference.amortised import train
    from gendsl.inference.devices import devices_for

    out, about = plan.out, start.about
    devices = devices_for(sampler.batch, jax.local_devices())

    def keep(trained: Trained) -> None:
        if out is not None:
            _save(TrainedPfn(start.prior, trained, about), out)

    try:
        trained = train(
            start.trained, sampler.draw, progress=progress, save=keep, measure=gap, devices=devices
        )
    except FloatingPointError as error:
        raise InferenceError(
            Diagnostic(
                "G1027",
                f"training failed: {error}",
                start.prior.pfn.train.span,
                "trained so",
                help="a smaller `rate`, or a longer `warmup`, keeps it stable",
            )
        ) from None
    if not trained.is_done:
        return TrainedPfn(start.prior, trained, about)
    if gap.is_known and (measured := gap.measured(trained)) is not None:
        about = replace(about, gap=measured.to_dict())
    done = scored(TrainedPfn(start.prior, trained, about), sampler)
    if out is not None:
        _save(done, out)
    return done


def scored(found: TrainedPfn, sampler: TaskSampler) -> TrainedPfn:
    """Return a network with the law of its own scores on data of the prior."""
    tasks = draws_of(sampler.apart.draw, int(found.about.ranges["seed"]))
    ranges = with_scores(found.about.ranges, found.predictor, tasks)
    return replace(found, about=replace(found.about, ranges=ranges))


def _save(done: TrainedPfn, out: Path) -> None:
    try:
        done.write(out)
    except OSError as error:
        raise not_written(out, error) from None


def _no_training(prior: Prior, reason: str) -> DiagnosticError:
    pfn = prior.pfn
    return DiagnosticError(
        (
            Diagnostic(
                "G1014",
                f"no network can be trained on `{pfn.prior}`: {reason}",
                pfn.span,
                "draws tasks",
                help="look at its draws: `gendsl simulate`, or `block.sampler()` in Python",
            ),
        )
    )
