"""gendsl's own NUTS, as `gendsl infer` runs it."""

from __future__ import annotations

import numpy as np

from gendsl.inference import Nuts, NutsSampler, Site, Status, Target, run
from peers.case import Case, Settings, constrainer
from peers.clock import timed
from peers.sampler import Once, Prepared


def prepare(case: Case, settings: Settings) -> Prepared:
    """Compile the model's text, and bind the data."""
    density = case.density()
    sites = tuple(Site(site.name, site.start, site.stop) for site in density.sites)
    target = Target(density.log_prior, density.log_likelihood, density.size, sites)
    sampler = NutsSampler(Nuts(target), settings.warmup)
    constrained = constrainer(density)

    def once(is_first: bool) -> Once:
        ready, warmup = timed(
            lambda: run(
                sampler, density.data, seed=settings.seed, num_chains=settings.chains, num_draws=0
            )
        )
        (values, stats), sampling = timed(lambda: draw(ready.carry))
        diverged = (stats.status.astype(int) & Status.DIVERGENT) > 0
        return Once(values, int(np.sum(stats.num_gradients)), int(diverged.sum()), warmup, sampling)

    def draw(carry):
        _, positions, stats = sampler.chunk(density.data, carry, settings.draws)
        return constrained(positions), stats

    return once
