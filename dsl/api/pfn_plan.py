"""A `pfn` block's settings as those of the core: the network's design, and how it is trained."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gendsl.analysis.pfn_priors import num_classes
from gendsl.analysis.task_nodes import task_nodes
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.ir.pfn import Pfn
from gendsl.ir.program import InferenceCall, Sample, SettingValue

if TYPE_CHECKING:
    from gendsl.inference.amortised import Bars, Categorical, Design, Joint, Mixture, Settings

_MOST_WARM_UP = 1.0 - 1e-6


def design_of(pfn: Pfn, columns: int, latents: int) -> Design:
    """Return the network of a block with `columns` of inputs and `latents` numbers to predict.

    Raises:
        DiagnosticError: if it is larger than the core has them.
    """
    from gendsl.inference.amortised import Design

    said = dict(pfn.network.settings)
    features = _call(said["features"])
    try:
        return Design(
            columns=columns,
            layers=_whole(said["layers"]),
            width=_whole(said["width"]),
            attention_heads=_whole(said["heads"]),
            expansion=_whole(said["expansion"]),
            frequencies=_whole(dict(features.settings).get("frequencies", 0)),
            is_exchangeable=said["columns"] == "equivariant",
            head=_head(pfn, _call(said["head"])),
            joint=_joint(_call(said["joint"]), latents),
        )
    except ValueError as error:
        problem = Diagnostic("G1012", f"no such network: {error}", pfn.network.span, "asked for")
        raise DiagnosticError((problem,)) from None


def settings_of_training(
    pfn: Pfn, *, steps: int | None = None, minutes: float | None = None
) -> Settings:
    """Return the training of a block; with a budget in `minutes`, no longer than that.

    Raises:
        ValueError: if one of the two is out of range.
    """
    from gendsl.inference.amortised import Settings

    said: dict[str, Any] = dict(pfn.train.settings)
    settings = Settings(
        steps=said["steps"],
        rate=said["rate"],
        warm_up=min(said["warmup"], _MOST_WARM_UP),
        weight_decay=said["decay"],
        clip=said["clip"],
        average=said["average"],
        accumulate=said["accumulate"],
        precision=said["precision"],
    )
    return within(settings, steps=steps, minutes=minutes)


def within(
    settings: Settings, *, steps: int | None = None, minutes: float | None = None
) -> Settings:
    """Return the settings with another end: a number of steps, minutes; whichever is first.

    Raises:
        ValueError: if one of the two is out of range.
    """
    if steps is not None and steps < 1:
        raise ValueError(f"there is at least 1 step, got {steps}")
    if minutes is not None and not 0 < minutes <= 1e7:
        raise ValueError(f"a budget is positive, got {minutes} minutes")
    steps = settings.steps if steps is None else steps
    return replace(settings, steps=steps, minutes=settings.minutes if minutes is None else minutes)


def batch_of(pfn: Pfn) -> int:
    """Return how many tasks a batch has."""
    return _whole(dict(pfn.train.settings)["batch"])


def seed_of(pfn: Pfn) -> int:
    """Return the seed that the block says."""
    return _whole(dict(pfn.train.settings)["seed"])


def classes_of(pfn: Pfn) -> tuple[int, int] | None:
    """Return the first and the number of the target's classes; `None` if it is a number."""
    if _call(dict(pfn.network.settings)["head"]).name != "categorical":
        return None
    site = task_nodes(pfn).nodes[pfn.target.name]
    return num_classes(pfn, site) if isinstance(site, Sample) else None


def _head(pfn: Pfn, call: InferenceCall) -> Bars | Categorical | Mixture:
    from gendsl.inference.amortised import Bars, Categorical, Mixture

    classes = classes_of(pfn)
    if classes is not None:
        return Categorical(classes[1])
    number = _whole(dict(call.settings)["number"])
    return Bars(number) if call.name == "bins" else Mixture(number)


def _joint(call: InferenceCall, latents: int) -> Joint | None:
    from gendsl.inference.amortised import Joint

    if latents == 0:
        return None
    said = dict(call.settings)
    layers, width, bins = (_whole(said[name]) for name in ("layers", "width", "bins"))
    return Joint(latents, num_layers=layers, hidden=width, num_bins=bins)


def _call(value: SettingValue) -> InferenceCall:
    assert isinstance(value, InferenceCall)
    return value


def _whole(value: SettingValue) -> int:
    assert isinstance(value, int)
    return value
