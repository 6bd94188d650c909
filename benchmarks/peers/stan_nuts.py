"""Stan's NUTS by `pystan`, one chain to a process, on the programs in `benchmarks/stan`.

Stan reports how long each chain warmed up and sampled. These seconds, summed over chains and
divided by the cores that the chains share, are its times without compilation; processor time is
that of the chains' processes, shared between the phases alike. So what `pystan` spends on messages
is left out; it is in the time with compilation.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from peers.case import Case, Settings, Values
from peers.clock import Seconds, descendants
from peers.sampler import NoProgramError, Once, Prepared

PROGRAMS = Path(__file__).resolve().parent.parent / "stan"

_SECONDS = re.compile(rb"([0-9.]+(?:e-?[0-9]+)?) seconds \((Warm-up|Sampling)\)")


def prepare(case: Case, settings: Settings) -> Prepared:
    """Compile the Stan program; nothing of an earlier compilation is used.

    Raises:
        NoProgramError: if there is no program of this model.
    """
    path = PROGRAMS / f"{case.model.name}.stan"
    if not path.is_file():
        raise NoProgramError
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    os.environ["XDG_CACHE_HOME"] = folder  # where pystan keeps compiled models and old fits
    import stan

    with contextlib.redirect_stdout(sys.stderr):
        model = stan.build(path.read_text(), data=case.raw_data, random_seed=settings.seed)
    seeds = iter(range(settings.seed, settings.seed + 1000))

    def once(is_first: bool) -> Once:
        # A seed that was used gives the stored draws of before.
        seeded = replace(model, random_seed=next(seeds))
        before = descendants()
        with contextlib.redirect_stdout(sys.stderr):
            fit = seeded.sample(
                num_chains=settings.chains, num_warmup=settings.warmup, num_samples=settings.draws
            )
        cpu = descendants() - before
        spent = {b"Warm-up": 0.0, b"Sampling": 0.0}
        for output in fit.stan_outputs:
            for seconds, phase in _SECONDS.findall(output):
                spent[phase] += float(seconds)
        total = sum(spent.values())
        seconds = Seconds(total / min(settings.chains, os.cpu_count() or 1), cpu)
        share = spent[b"Warm-up"] / total
        return Once(
            _values(fit, settings.chains),
            int(fit["n_leapfrog__"].sum()),
            int(fit["divergent__"].sum()),
            seconds * share,
            seconds * (1 - share),
        )

    return once


def _values(fit: Any, chains: int) -> Values:
    """The draws [chain, draw, ...]; in `pystan` the chains take turns along the last axis."""
    found = {}
    for name in fit.param_names:
        array = np.asarray(fit[name])
        array = array.reshape(*array.shape[:-1], -1, chains)
        array = np.moveaxis(array, (-1, -2), (0, 1))
        is_scalar = array.ndim == 3 and array.shape[2] == 1 and name not in _vectors(fit)
        found[name] = array[..., 0] if is_scalar else array
    return found


def _vectors(fit: Any) -> set[str]:
    return {name for name, dims in zip(fit.param_names, fit.dims, strict=True) if dims}
