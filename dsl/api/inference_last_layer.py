"""A variational Bayesian last layer: its weights are normal, all other quantities are points."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.api.bad_start import bad_starts_explained
from gendsl.api.inference_posterior import Posterior
from gendsl.api.inference_rows import rows_of
from gendsl.api.prior_starts import starts_of_prior
from gendsl.api.progress import Report
from gendsl.ir.program import InferenceCall

if TYPE_CHECKING:
    from gendsl.inference.approximations import Approximation


def fit_last_layer(
    posterior: Posterior, call: InferenceCall, seed: int, checked: int, progress: Report | None
) -> Approximation:
    """Fit `vbll(...)`: climb from a draw of the prior, in minibatches where it asks for them.

    Raises:
        NoFiniteStartError: if there is no finite start.
        NothingFoundError: if the density is not that of a normal in the last layer.
        DiagnosticError: if the program can't be read in minibatches, where that is asked for.
    """
    from gendsl.inference.approximations import LastLayer
    from gendsl.inference.approximations.apart import Apart
    from gendsl.inference.approximations.last_layer import in_place

    rows, data = rows_of(posterior, call)
    steps, rate = call.setting("steps"), call.setting("rate")
    assert isinstance(steps, int) and isinstance(rate, int | float)
    method = LastLayer(
        rows,
        frozenset(site.name for site in call.sites),
        steps,
        float(rate),
        # The host's densities take arrays only.
        in_place if posterior.target.is_hosted else Apart,
    )
    with bad_starts_explained(posterior):
        start = starts_of_prior(posterior, 1, seed)[0]
    return method.fit(data, seed, start, num_check_draws=checked, progress=progress)
