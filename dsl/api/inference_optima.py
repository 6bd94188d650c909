"""Programs that return optima: an ensemble of them, each a draw."""

from __future__ import annotations

from typing import Any

import numpy as np

from gendsl.api.bad_start import bad_starts_explained
from gendsl.api.inference_approximations import nothing_found
from gendsl.api.inference_drawn import Drawn
from gendsl.api.inference_posterior import Posterior
from gendsl.api.inference_rows import rows_of
from gendsl.api.log_densities import log_densities_of
from gendsl.api.prior_starts import starts_of_prior
from gendsl.api.progress import Report
from gendsl.api.settings import Plan
from gendsl.results.trust import DrawKind

_FAR = 1.0
"""Standard deviations from an optimum, as a root mean square over the coordinates."""


def draw_optima(
    posterior: Posterior, plan: Plan, seed: int, progress: Report | None = None
) -> Drawn:
    """Climb from draws of the prior, or from random starts where it has none; the ends count alike.

    Raises:
        InferenceError: if no start is found, or an end is not finite.
        DiagnosticError: if the program can't be read in minibatches, where that is asked for.
    """
    from gendsl.inference.approximations import ascend
    from gendsl.inference.arrays import on_host
    from gendsl.inference.interrupts import interruptible
    from gendsl.inference.randomness import chain_words
    from gendsl.inference.stochastic_scale import distances

    call, count = plan.outer, plan.number("members")
    rows, data = rows_of(posterior, call)
    if call.setting("objective") == "likelihood":
        rows = rows.of_likelihood
    rate = call.setting("rate")
    assert isinstance(rate, int | float)
    with bad_starts_explained(posterior):
        starts = starts_of_prior(posterior, count, seed)
    with interruptible() as is_stopped:
        found = ascend(
            rows,
            data,
            starts,
            seed,
            num_steps=plan.number("steps"),
            rate=float(rate),
            progress=progress,
            should_stop=is_stopped,
        )
    log_densities = log_densities_of(posterior, found.positions)
    if not np.isfinite(log_densities).all():
        raise nothing_found(call, "the density could not be computed where a climb ended")
    worst = int(found.num_bad.max(initial=0))
    words = on_host(chain_words(seed, 1)[0])
    far = int(np.sum(~(distances(rows, data, found.positions, words) < _FAR)))
    problems = [f"{worst} of {found.num_steps} steps had no finite gradient"] if worst else []
    if far:
        problems.append(f"{far} of {count} ended more than a standard deviation from an optimum")
    if found.is_stopped:
        problems.append(f"it was interrupted after {found.num_steps} steps")
    said: dict[str, Any] = {
        "method": call.name,
        "evaluations": found.num_steps * count,
        "problems": problems,
    }
    return Drawn(
        DrawKind.OPTIMA,
        found.positions[None],
        {"lp": log_densities[None]},
        False,
        said,
        is_interrupted=found.is_stopped,
    )
