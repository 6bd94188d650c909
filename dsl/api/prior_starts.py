"""Where climbs start: at draws of the prior."""

from __future__ import annotations

import numpy as np

from gendsl.api.inference_chains import starts_of
from gendsl.api.inference_drawn import Array
from gendsl.api.inference_populations import from_prior
from gendsl.api.inference_posterior import Posterior
from gendsl.api.log_densities import log_densities_of
from gendsl.backends.failures import CannotSimulate


def starts_of_prior(posterior: Posterior, count: int, seed: int) -> Array:
    """Starts [member, dim]: of the prior, those at which the density is finite, or random ones."""
    others = starts_of(posterior, seed, count)
    try:
        drawn = from_prior(posterior.density, count, seed)
    except CannotSimulate:
        return others
    is_finite = np.isfinite(log_densities_of(posterior, drawn)) & np.isfinite(drawn).all(axis=1)
    return np.where(is_finite[:, None], drawn, others)
