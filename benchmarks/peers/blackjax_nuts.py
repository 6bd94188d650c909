"""BlackJAX's NUTS with its window adaptation, on gendsl's density, its chains vmapped."""

from __future__ import annotations

from functools import partial
from typing import Any

import blackjax
import jax
import numpy as np

from peers.case import Case, Settings, constrainer, starts
from peers.clock import timed
from peers.sampler import Once, Prepared


def prepare(case: Case, settings: Settings) -> Prepared:
    """Two compiled functions: warm-up, and draws."""
    density = case.density()
    log_density = partial(density.log_density, density.data)
    constrained = constrainer(density)
    kernel = blackjax.nuts.build_kernel()

    @jax.jit
    @jax.vmap
    def warm(key: Any, position: Any) -> Any:
        adaptation = blackjax.window_adaptation(blackjax.nuts, log_density)
        (state, parameters), _ = adaptation.run(key, position, settings.warmup)
        return state, parameters

    @jax.jit
    @jax.vmap
    def draw(key: Any, state: Any, parameters: Any) -> Any:
        def step(state: Any, key: Any) -> Any:
            state, info = kernel(key, state, log_density, **parameters)
            return state, (state.position, info.num_integration_steps, info.is_divergent)

        return jax.lax.scan(step, state, jax.random.split(key, settings.draws))[1]

    def begin() -> Any:
        for_warmup, _ = keys()
        return jax.block_until_ready(warm(for_warmup, starts(density, settings)))

    def keys() -> Any:
        for_warmup, for_draws = jax.random.split(jax.random.key(settings.seed))
        count = settings.chains
        return jax.random.split(for_warmup, count), jax.random.split(for_draws, count)

    def finish(state: Any, parameters: Any) -> Any:
        _, for_draws = keys()
        positions, steps, diverged = draw(for_draws, state, parameters)
        return constrained(positions), np.asarray(steps), np.asarray(diverged)

    def once(is_first: bool) -> Once:
        ready, warmup = timed(begin)
        (values, steps, diverged), sampling = timed(lambda: finish(*ready))
        return Once(values, int(steps.sum()), int(diverged.sum()), warmup, sampling)

    return once
