"""Flows in inference programs: guides, transports before a kernel, and flow-proposal MCMC."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from gendsl.ir.program import InferenceCall

if TYPE_CHECKING:
    from gendsl.inference.approximations import Approximation
    from gendsl.inference.flows import Flow
    from gendsl.inference.protocol import Kernel
    from gendsl.inference.target import Target

Report = Callable[[Any], None]


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
