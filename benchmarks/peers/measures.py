"""What a cell of the comparison is measured by; the same code for every sampler.

With N the smaller of bulk and tail effective sample size, over all parameters of the reference:

    seconds to 400 effective draws       warmup + sampling 400 / N
    the same, compilation included       cold + sampling (400 / N - 1)
    ESS per second                       N / (warmup + sampling)
    ESS per gradient                     N / leapfrog steps of the kept draws

`cold` is the time from the model's text and data to constrained draws in a process that has
compiled nothing, imports left out. `warmup` and `sampling` are without compilation: of up to five
runs after the first, with the same seed where the sampler lets it be repeated, the least of each.

All are by the wall's clock or, for a machine that others use, too, by the processor's. Processor
time of a sampler whose chains have cores of their own is divided by the number of those that the
chains can share, as if they shared them perfectly; but for `cold`, most of which is compilation.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, fields
from statistics import NormalDist
from typing import Any

import numpy as np
from arviz_stats.base import array_stats

from gendsl.models.reference import compare, draws_of
from gendsl.models.row import FALSE_ALARM_RATE, LARGEST_R_HAT
from peers.case import Case, Values
from peers.registry import PEERS

WANTED_ESS = 400.0
TAILS = (0.05, 0.95)
AGREES = "agrees"


@dataclass(frozen=True, slots=True)
class Figures:
    """What is compared, from seconds by one of the clocks."""

    ess: float
    gradients: int
    cold: float
    warmup: float
    sampling: float

    @property
    def seconds_cold(self) -> float:
        """To 400 effective draws, compilation included."""
        return self.cold + self.sampling * (WANTED_ESS / self.ess - 1)

    @property
    def seconds_warm(self) -> float:
        """To 400 effective draws, compilation not included."""
        return self.warmup + self.sampling * WANTED_ESS / self.ess

    @property
    def ess_per_second(self) -> float:
        """Of warm-up and sampling together."""
        return self.ess / (self.warmup + self.sampling)

    @property
    def ess_per_gradient(self) -> float:
        """Of sampling."""
        return self.ess / self.gradients

    @property
    def seconds_per_gradient(self) -> float:
        """Of sampling, a leapfrog step of any chain."""
        return self.sampling / self.gradients


@dataclass(frozen=True, slots=True)
class Row:
    """A cell: a posterior, a sampler, and what was measured; NaN where a sampler did not finish.

    `verdict` is `agrees`, or what is wrong; `load` is the machine's when the cell started.
    """

    posterior: str
    sampler: str
    versions: str
    chains: int
    warmup_draws: int
    draws: int
    seed: int
    load: float
    cold: float
    warmup: float
    sampling: float
    cold_cpu: float
    warmup_cpu: float
    sampling_cpu: float
    gradients: int
    divergences: int
    ess: float
    r_hat: float
    max_z: float
    verdict: str

    @property
    def has_finished(self) -> bool:
        """Whether there is anything to compare."""
        return math.isfinite(self.ess)

    @property
    def agrees(self) -> bool:
        """Whether the draws are of the posterior."""
        return self.verdict == AGREES

    def by(self, clock: str) -> Figures:
        """What is compared, by the clock `wall` or `cpu`."""
        if clock == "wall":
            return Figures(self.ess, self.gradients, self.cold, self.warmup, self.sampling)
        is_parallel = PEERS[self.sampler].is_parallel
        cores = min(self.chains, os.cpu_count() or 1) if is_parallel else 1
        warmup, sampling = self.warmup_cpu / cores, self.sampling_cpu / cores
        return Figures(self.ess, self.gradients, self.cold_cpu, warmup, sampling)

    @classmethod
    def of_text(cls, cells: dict[str, str]) -> Row:
        """The row that a CSV file has."""
        kinds = {"str": str, "int": int, "float": float}
        return cls(**{f.name: kinds[str(f.type)](cells[f.name]) for f in fields(cls)})


def quality(case: Case, values: Values) -> dict[str, Any]:
    """The worst effective sample size, R-hat and |z| of the reference's quantities; the verdict.

    The bound on |z| is such that a sampler that is right is called wrong once in a thousand rows.
    """
    quantities = list(case.reference.summary or {})
    arrays = [np.asarray(draws_of(q, case.model, values), float) for q in quantities]
    bulk = [float(array_stats.ess(x, method="bulk")) for x in arrays]
    tail = [float(array_stats.ess(x, method="tail", prob=TAILS)) for x in arrays]
    r_hat = max(float(array_stats.rhat(x)) for x in arrays)
    found = compare(case.model, values, case.reference)
    worst = max(c.z for c in found)
    bound = NormalDist().inv_cdf(1 - FALSE_ALARM_RATE / len(found) / 2)
    verdict = AGREES
    if not r_hat < LARGEST_R_HAT:
        verdict = "chains disagree"
    elif not worst <= bound:
        verdict = "off the reference"
    return {"ess": min(*bulk, *tail), "r_hat": r_hat, "max_z": float(worst), "verdict": verdict}
