"""Programs that return draws of a trained network, weighted by the posterior."""

from __future__ import annotations

from typing import Any

import numpy as np

from gendsl.api.failure import InferenceError
from gendsl.api.inference_drawn import Drawn
from gendsl.api.inference_posterior import Posterior
from gendsl.api.inference_problems import problems
from gendsl.api.log_densities import judged_log_densities
from gendsl.api.proposal_draws import draw_positions
from gendsl.api.settings import Plan
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.ir.program import InferenceCall
from gendsl.results.trust import DrawKind

_FINITE_VARIANCE = 0.5


def draw_weighted(posterior: Posterior, plan: Plan, seed: int) -> Drawn:
    """Draw from a network given the data, and of these draws in proportion to their weights.

    With z ~ q( | data) and w = p(z, data) / q(z | data), the mean of w is the evidence p(data), and
    draws in proportion to w are of the posterior, both in the limit of many. The largest weights
    are smoothed, as they are behind an approximation. Normalised weights leave a bias of order 1/S
    for S draws. The error of the evidence is given where k-hat is below 1/2: a tail of shape k has
    a variance where k < 1/2.

    A draw that arithmetic lost has no weight, as an impossible one has none; what shares these were
    is said, since the evidence lacks them.

    Raises:
        DiagnosticError: if the network does not fit, or can't read the data.
        InferenceError: if no draw is possible.
    """
    from gendsl.inference.approximations import Outcome, largest_good_k, smooth
    from gendsl.inference.approximations.importance import ImportanceSample

    call = plan.outer
    name, count = str(call.setting("proposal")), call.setting("draws")
    assert isinstance(count, int)
    network = plan.network(name)
    drawn = draw_positions(network, posterior, call, count, seed)
    has_place = np.isfinite(drawn.log_q)
    log_p = np.full(count, -np.inf)
    is_known = np.ones(count, bool)
    if has_place.any():
        found = judged_log_densities(posterior, drawn.positions[has_place])
        is_known[has_place] = found.is_known
        log_p[has_place] = np.where(found.is_known, found.values, -np.inf)
    if not np.isfinite(log_p).any():
        raise _impossible(name, call, count)
    smoothed = smooth(log_p, np.where(has_place, drawn.log_q, 0.0))
    is_good = smoothed.pareto_k <= largest_good_k(count)
    status = Outcome.OK if is_good else Outcome.HEAVY_TAILS
    rows = np.column_stack([drawn.positions, log_p])
    weighted = ImportanceSample(rows, *smoothed, status, seed)
    chosen = weighted.resample(plan.number("draws"))
    said: dict[str, Any] = {
        "method": f"the network {name}, weighted",
        "log_evidence": weighted.log_evidence,
        **(
            {"log_evidence_sd": error_of_evidence(weighted.effective_size, count)}
            if is_good and smoothed.pareto_k < _FINITE_VARIANCE
            else {}
        ),
        "pareto_k": weighted.pareto_k,
        "effective_size": weighted.effective_size,
        "evaluations": count,
        "checked_draws": count,
        "share_without_position": float(drawn.is_lost.mean()),
        "share_without_density": float(1.0 - is_known.mean()),
        "problems": problems(status),
    }
    return Drawn(
        DrawKind.APPROXIMATION,
        chosen[None, :, :-1],
        {"lp": chosen[None, :, -1]},
        weighted.is_exact,
        said,
    )


def error_of_evidence(effective_size: float, count: int) -> float:
    """Return the standard error of the log of a mean of weights.

    With S draws and an effective size n = (sum w)^2 / sum w^2, it is the coefficient of variation
    of the weights over the root of S, sqrt((S / n - 1) / S), as long as that is small.
    """
    return float(np.sqrt(max(count / effective_size - 1.0, 0.0) / count))


def _impossible(name: str, call: InferenceCall, count: int) -> InferenceError:
    return InferenceError(
        Diagnostic(
            "G1045",
            f"none of {count} draws of `{name}` is possible in this model given the data",
            call.span,
            "draws from that network",
            help="compare the network with its prior, `gendsl pfn check`; `nuts()` needs none",
        )
    )
