"""NumPyro's NUTS on the NumPyro program that gendsl emits, its chains vectorised."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from numpyro.infer import MCMC, NUTS

from peers.case import Case, Settings, numpyro_program
from peers.clock import Seconds, timed
from peers.sampler import Once, Prepared

FIELDS = ("num_steps", "diverging")


def prepare(case: Case, settings: Settings) -> Prepared:
    """Load the emitted program, and set up the run."""
    model, arguments = numpyro_program(case)
    mcmc = MCMC(
        NUTS(model),
        num_warmup=settings.warmup,
        num_samples=settings.draws,
        num_chains=settings.chains,
        chain_method="vectorized",
        progress_bar=False,
    )

    def once(is_first: bool) -> Once:
        warmup = Seconds(0.0, 0.0)
        mcmc.post_warmup_state = None  # else a second run would go on from the first
        if not is_first:
            key = jax.random.PRNGKey(settings.seed)
            _, warmup = timed(lambda: mcmc.warmup(key, extra_fields=FIELDS, **arguments))
        values, sampling = timed(draw)
        fields = mcmc.get_extra_fields()
        return Once(
            values,
            int(fields["num_steps"].sum()),
            int(fields["diverging"].sum()),
            warmup,
            sampling,
        )

    def draw() -> dict[str, Any]:
        warm = mcmc.post_warmup_state
        key = jax.random.PRNGKey(settings.seed) if warm is None else warm.rng_key
        mcmc.run(key, extra_fields=FIELDS, **arguments)
        found = mcmc.get_samples(group_by_chain=True)
        return {name: np.asarray(value) for name, value in found.items()}

    return once
