"""Flows in inference programs: guides, transports before a kernel, and flow-proposal MCMC."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gendsl.api.progress import Report
from gendsl.ir.program import InferenceCall

if TYPE_CHECKING:
    from gendsl.inference.approximations import Approximation
    from gendsl.inference.flows import Flow
    from gendsl.inference.protocol import Kernel
    from gendsl.inference.target import Target


def flow_of(call: InferenceCall, size: int, fast: Literal["push", "pull"] = "push") -> Flow:
    """The flow of [size] coordinates that a call `flow(...)` stands for.

    `fast` is the cheap direction of an autoregressive one.
    """
    from gendsl.inference.flows import AutoregressiveFlow, CouplingFlow

    settings: dict[str, Any] = dict(call.settings)
    numbers = settings["layers"], settings["width"], settings["bins"]
    if settings["kind"] == "coupling":
        return CouplingFlow(size, *numbers)
    return AutoregressiveFlow(size, *numbers, fast=fast)


def seen_through(
    transport: InferenceCall,
    make: Callable[[Target], Kernel[Any, Any]],
    target: Target,
    data: Any,
    seed: int,
    progress: Report | None,
) -> tuple[Kernel[Any, Any], Approximation]:
    """Fit the flow of `neutra(...)`; return the kernel made behind it, and the fit.

    Raises:
        NoFiniteStartError: if there is no finite start.
    """
    from gendsl.inference.combinators import through
    from gendsl.inference.flows import reverse_kl

    settings: dict[str, Any] = dict(transport.settings)
    flow = flow_of(settings["map"], target.size)
    found = reverse_kl(
        target, flow, data, seed=seed, num_steps=settings["steps"], progress=progress
    )
    return through(target, flow, make, found.params), found


def annealed(
    target: Target, call: InferenceCall, data: Any, seed: int, progress: Report | None
) -> Approximation:
    """Fit the flow of `annealed_importance(...)`, a round at a time.

    A keyboard interrupt ends it after the round it is on; the flow is what it was by then.

    Raises:
        NoFiniteStartError: if there is no finite start.
        NothingFoundError: if no path leads from a start to where the flow could begin.
        NoMassError: if no draw of the flow is possible under the target.
        StoppedError: if it was interrupted in the first round.
    """
    from gendsl.inference.approximations import Outcome
    from gendsl.inference.flows import AnnealedImportance
    from gendsl.inference.interrupts import interruptible
    from gendsl.inference.milestones import Watch
    from gendsl.inference.populations import StoppedError

    settings: dict[str, Any] = dict(call.settings)
    method = AnnealedImportance(
        target,
        flow_of(settings["map"], target.size, "pull"),
        _of_islands(max(settings["particles"], _PARTICLES_A_COORDINATE * target.size)),
        num_rounds=1,
        num_moves=settings["moves"],
        num_steps=settings["steps"],
    )
    found: Approximation | None = None
    with interruptible() as is_stopped:
        watch = Watch("rounds", settings["rounds"], progress, is_stopped)
        for turn in range(settings["rounds"]):
            own = int(np.random.SeedSequence(seed, spawn_key=(11, turn)).generate_state(1)[0])
            theta = None if found is None else found.params
            try:
                found = method.fit(data, own, theta=theta)
            except StoppedError:
                if found is None:
                    raise
                watch.is_stopped = True
                break
            if watch.tell(turn + 1, f"log evidence {found.log_evidence:.2f}"):
                break
    assert found is not None
    stopped = Outcome.INTERRUPTED if watch.is_stopped else Outcome.OK
    return found._replace(status=found.status | stopped)


_PARTICLES_A_COORDINATE = 8
"""Enough to fit a flow to, even where only one island of four is left."""


def _of_islands(count: int) -> int:
    """The number rounded up to a multiple of four."""
    return -(-count // 4) * 4


def said_of_flow(kernel: Any, carry: Any) -> dict[str, Any]:
    """What a fit says of a flow that its chains trained; nothing where there is none."""
    from gendsl.inference.flows import FlowMc, training_of

    if not isinstance(kernel, FlowMc):
        return {}
    trained = training_of(carry)
    return {
        "flow": {
            "is_used": bool(trained.is_open),
            "effective_share": float(trained.effective_share),
            "coverage": float(trained.coverage),
        }
    }
