"""Geweke's joint test of the kernel of an inference program."""

from __future__ import annotations

from collections.abc import Mapping

from gendsl.api.compilation import Checked
from gendsl.api.geweke_joint import JointDistribution
from gendsl.api.geweke_refusals import check_has_kernel, check_observed
from gendsl.api.joint_simulator import Simulator
from gendsl.api.lowering import explained
from gendsl.api.progress import Report
from gendsl.api.runtime import computing
from gendsl.api.settings import Plan
from gendsl.results.joint import JointTest, differences


def geweke(
    checked: Checked,
    data: object,
    plan: Plan,
    *,
    turns: int,
    chains: int,
    sizes: Mapping[str, int],
    rate: float,
    seed: int,
    precision: str,
    device: str | None,
    progress: Report | None,
) -> JointTest:
    """Test the kernel of an inference program; see `Model.geweke`."""
    if turns < 2 or chains < 2:
        raise ValueError(f"turns and chains must be at least 2, got {turns} and {chains}")
    if not 0.0 < rate < 1.0:
        raise ValueError(f"rate must lie between 0 and 1, got {rate}")
    check_has_kernel(plan)
    simulator = Simulator(checked, data, sizes, seed)
    check_observed(simulator)
    with computing(precision, device), explained(simulator.program):
        from gendsl.inference.joint_test import by_turns

        joint = JointDistribution(simulator, plan, chains, seed)
        made = by_turns(
            joint.kernel,
            joint.warmed_up(plan.number("warmup"), seed),
            joint.redraw,
            joint.shares,
            positions=joint.positions,
            data=joint.data,
            seed=seed,
            num_turns=turns,
            progress=progress,
        )
    found = differences(joint.names, joint.forward, made.means)
    return JointTest(str(plan), found, rate, chains, made.num_turns, turns)
