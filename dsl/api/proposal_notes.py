"""What is to be said of a network that was trained on another prior than the model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gendsl.analysis.task_nodes import added_nodes
from gendsl.api.compilation import Checked
from gendsl.api.pfn_prior import differences
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.wording import listed
from gendsl.ir.pfn import Pfn
from gendsl.ir.program import InferenceCall, Program

if TYPE_CHECKING:
    from gendsl.api.pfn_trained import TrainedPfn


def notes_on_prior(network: TrainedPfn, checked: Checked, call: InferenceCall) -> list[Diagnostic]:
    """Return a warning where a model's posterior is not that of the network's prior."""
    pfn = network.prior.pfn
    reasons = []
    if pfn.requires:
        reasons.append("its prior requires something of its draws, and the model does not")
    given = {each.name for each in pfn.given}
    fixed = checked.fixed
    changed = [each.target for each in fixed.conditioned if each.name not in given]
    changed += [each.target for each in fixed.intervened]
    if changed:
        verb = "is" if len(changed) == 1 else "are"
        reasons.append(f"in the model {listed(changed, 4)} {verb} set")
    elif differences(pfn, as_block(pfn, checked.original or checked.program)):
        reasons.append(f"its prior, `{pfn.prior}` of {network.prior.source.name}, is another text")
    if not reasons:
        return []
    return [
        Diagnostic(
            "G1044",
            f"`{pfn.name}` was trained on another prior than `{checked.program.name}`",
            call.span,
            "draws from that network",
            notes=tuple(reasons),
            help="weights and chains correct for it where the network has mass: look at k-hat or"
            " R-hat; or train a network on this model",
        )
    ]


def as_block(pfn: Pfn, program: Program) -> Pfn:
    """The block as it would be with this model as its prior."""
    nodes = (*program.nodes, *added_nodes(pfn))
    return replace(pfn, program=replace(program, nodes=nodes))
