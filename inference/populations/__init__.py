"""Populations of weighted particles: SMC, particle filters, PMMH, particle Gibbs and SMC².

``spawn, reweight, resample, move, extend`` are the combinators, each of which leaves the measure
that a population stands for unchanged on average; the methods are written in them.
"""

from gendsl.inference.populations.conditional import (
    ConditionalSmc,
    conditional_path,
    trajectory_target,
)
from gendsl.inference.populations.islands import (
    NoMassError,
    SmcResult,
    StoppedError,
    combined,
    run_smc,
)
from gendsl.inference.populations.moves import extend, move, spawn
from gendsl.inference.populations.particle_filter import (
    Filtered,
    Filtering,
    ParticleFilter,
    draw_path,
)
from gendsl.inference.populations.pgibbs import pgibbs
from gendsl.inference.populations.pmmh import (
    Pmmh,
    estimated_target,
    filter_target,
    fresh_seed,
    stream_at,
)
from gendsl.inference.populations.resampling import (
    Scheme,
    multinomial,
    resample,
    residual,
    stratified,
    systematic,
)
from gendsl.inference.populations.smc import Smc, Trace, smc
from gendsl.inference.populations.smc2 import Smc2, Smc2Result, run_smc2
from gendsl.inference.populations.state_space import Guide, StateSpace
from gendsl.inference.populations.varied import Varied, varied
from gendsl.inference.populations.weighted import Weighted, ess, even, normalise, reweight

__all__ = [
    "ConditionalSmc",
    "Filtered",
    "Filtering",
    "Guide",
    "NoMassError",
    "ParticleFilter",
    "Pmmh",
    "Scheme",
    "Smc",
    "Smc2",
    "Smc2Result",
    "SmcResult",
    "StateSpace",
    "StoppedError",
    "Trace",
    "Varied",
    "Weighted",
    "combined",
    "conditional_path",
    "draw_path",
    "ess",
    "estimated_target",
    "even",
    "extend",
    "filter_target",
    "fresh_seed",
    "move",
    "multinomial",
    "normalise",
    "pgibbs",
    "resample",
    "residual",
    "reweight",
    "run_smc",
    "run_smc2",
    "smc",
    "spawn",
    "stratified",
    "stream_at",
    "systematic",
    "trajectory_target",
    "varied",
]
