"""Simulation-based calibration: an inference program fitted to data that the model simulates.

Everything is compiled once: data of the same shapes compile nothing. Fits whose chains disagree, or
that are worth too few draws, are counted and left out. That is no selection by the truth, on which
it depends through the data alone, so the ranks of the others stay uniform; but for simulations
whose true values are no numbers, which are left out, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from gendsl.api.calibration_fits import PRIOR_DRAWS, Fits
from gendsl.api.calibration_result import Calibration, SimulatedFit, calibration_tree
from gendsl.api.compilation import Checked
from gendsl.api.failure import InferenceError, UsageError
from gendsl.api.joint_simulator import Simulator
from gendsl.api.lowering import explained
from gendsl.api.plan_networks import Networks, with_networks
from gendsl.api.progress import FitsDone, Report
from gendsl.api.provenance import provenance
from gendsl.api.runtime import computing
from gendsl.api.settings import Plan, settings_of
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.resolve.inference_piece import Result
from gendsl.results.attributes import CALIBRATION_FORMAT


def calibrate(
    checked: Checked,
    data: object,
    name: str | None,
    wishes: Mapping[str, int | float | None],
    *,
    simulations: int,
    draws: int,
    sizes: Mapping[str, int],
    rate: float,
    seed: int,
    precision: str,
    device: str | None,
    progress: Report | None,
    networks: Networks | None = None,
) -> Calibration:
    """Fit simulated data sets, and rank the true values; see `Model.sbc`."""
    if simulations < 1 or draws < 2:
        raise ValueError(
            f"simulations must be at least 1 and draws at least 2, got {simulations} and {draws}"
        )
    if not 0.0 < rate < 1.0:
        raise ValueError(f"rate must lie between 0 and 1, got {rate}")

    plan = with_networks(settings_of(checked.program, name, wishes), checked, networks)

    def plan_with(length: int | None) -> Plan:
        longer = settings_of(checked.program, name, {**wishes, "draws": length})
        return replace(longer, networks=plan.networks)

    _check_enough(plan, draws)
    simulator = Simulator(checked, data, sizes, seed)
    outcomes: list[SimulatedFit] = []
    from gendsl.inference.interrupts import interruptible

    with computing(precision, device) as device_name, explained(simulator.program):
        simulated = simulator.draw(simulations + PRIOR_DRAWS, seed)
        each = Fits(simulator, simulated, plan_with, draws, seed)
        with interruptible() as is_stopped, suppress(KeyboardInterrupt):
            for i in range(simulations):
                outcome = each.fit(i)
                if outcome is None:
                    break
                outcomes.append(outcome)
                if progress is not None:
                    bad = sum(o.num_divergent > 0 for o in outcomes)
                    progress(FitsDone("fits", i + 1, simulations, bad))
                if is_stopped():
                    break
    if not outcomes:
        raise InferenceError(
            Diagnostic(
                "G0703", "the run was stopped during the first fit: there is nothing to keep"
            )
        )
    attributes = {
        **provenance(checked, CALIBRATION_FORMAT, seed, precision, device_name),
        "inference_program": str(plan),
        "simulations": simulations,
        "draws": draws,
        "rate": rate,
        "is_exact": each.is_exact,
        "sizes": dict(simulator.bound.sizes),
        "made_up": sorted(simulator.made_up),
        "is_interrupted": len(outcomes) < simulations,
    }
    tree = calibration_tree(simulator.program, simulator.bound, outcomes, simulated.truths)
    return Calibration(tree, attributes, simulator.notes)


def _check_enough(plan: Plan, draws: int) -> None:
    """Chains can go on for longer; other programs make the draws that they say."""
    if plan.returns is Result.CHAINS:
        return
    made = plan.number("draws", plan.number("particles", 0))
    if made < draws:
        raise UsageError(
            Diagnostic(
                "G0832",
                f"ranks among {draws} draws take as many, and `{plan}` makes {made}",
                help=f"ask for fewer, `--draws {max(made - 1, 2)}`, or let the program make more",
            )
        )
