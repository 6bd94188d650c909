"""nutpie, one chain to a core: on gendsl's density, and on a PyMC program compiled by Numba.

nutpie reports no times, so its wall time is shared between warm-up and sampling as its leapfrog
steps are.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import nutpie
from nutpie.compiled_pyfunc import from_pyfunc

from peers.case import Case, Settings, Values, constrainer
from peers.clock import timed
from peers.sampler import NoProgramError, Once, Prepared

_POSITION = "position"


def prepare(case: Case, settings: Settings) -> Prepared:
    """nutpie on the compiled gradient of gendsl's density."""
    density = case.density()
    gradient = jax.jit(jax.value_and_grad(density.log_density, argnums=1))
    constrained = constrainer(density)

    def make_logp() -> Callable[..., tuple[float, Any]]:
        def logp(position: Any) -> tuple[float, Any]:
            value, slope = gradient(density.data, position)
            return float(value), np.asarray(slope)

        return logp

    def make_expand(*_: Any) -> Callable[..., Values]:
        return lambda position: {_POSITION: position}

    model = from_pyfunc(
        density.size, make_logp, make_expand, [np.dtype(float)], [(density.size,)], [_POSITION]
    )
    return _runs(model, settings, lambda posterior: constrained(posterior[_POSITION].values))


def prepare_pymc(case: Case, settings: Settings) -> Prepared:
    """nutpie on the PyMC program in `pymc_programs.py`.

    Raises:
        NoProgramError: if there is none of this model.
    """
    from peers.pymc_programs import PROGRAMS

    if case.model.name not in PROGRAMS:
        raise NoProgramError
    model = nutpie.compile_pymc_model(PROGRAMS[case.model.name](case.raw_data))

    def values(posterior: Any) -> Values:
        return {str(name): array.values for name, array in posterior.data_vars.items()}

    return _runs(model, settings, values)


def _runs(model: Any, settings: Settings, values_of: Callable[[Any], Values]) -> Prepared:
    def sample() -> Any:
        tree = nutpie.sample(
            model,
            draws=settings.draws,
            tune=settings.warmup,
            chains=settings.chains,
            cores=min(settings.chains, os.cpu_count() or 1),
            seed=settings.seed,
            save_warmup=True,
            progress_bar=False,
        )
        return values_of(tree.posterior), tree

    def once(is_first: bool) -> Once:
        (values, tree), seconds = timed(sample)
        kept = int(tree.sample_stats["n_steps"].sum())
        before = int(tree.warmup_sample_stats["n_steps"].sum())
        share = before / (before + kept)
        diverged = int(tree.sample_stats["diverging"].sum())
        return Once(values, kept, diverged, seconds * share, seconds * (1 - share))

    return once
