"""A row of the table of reference posteriors: what a fit of one of them shows."""

from __future__ import annotations

import gc
import math
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from gendsl.models.catalogue import LibraryModel
from gendsl.models.reference import Posterior, compare, posterior

if TYPE_CHECKING:
    from gendsl.api.fit import Fit

LARGEST_R_HAT = 1.01
FALSE_ALARM_RATE = 1e-3
"""That any quantity of a row is called off when none is."""
COLUMNS = ("posterior", "R-hat", "min ESS", "divergent", "worst z", "seconds", "verdict")
_NO_REFERENCE = "-"


@dataclass(frozen=True, slots=True)
class Row:
    """The worst R-hat and effective sample size, divergences, |z| against the reference, time.

    `max_z` is None where the database has no reference. `verdict` says what is wrong, first
    things first, or how it is fine: `agrees`, or `converged` where there is nothing to agree with;
    `several modes` where the library says that chains need not agree.
    """

    name: str
    r_hat: float
    min_ess: float
    divergences: int
    max_z: float | None
    seconds: float
    verdict: str

    @property
    def is_fine(self) -> bool:
        """Whether the chains agree with each other, and with the reference where there is one."""
        return self.verdict in ("agrees", "converged")

    @property
    def is_as_known(self) -> bool:
        """Whether it is fine, or has the modes that the library says."""
        return self.is_fine or self.verdict == "several modes"

    def cells(self) -> tuple[str, ...]:
        """The row as text, in the order of `COLUMNS`."""
        z = _NO_REFERENCE if self.max_z is None else f"{self.max_z:.2f}"
        return (
            self.name,
            f"{self.r_hat:.4f}",
            f"{self.min_ess:.0f}",
            str(self.divergences),
            z,
            f"{self.seconds:.0f}",
            self.verdict,
        )

    @classmethod
    def of_cells(cls, cells: tuple[str, ...]) -> Row:
        """The row that `cells` wrote; raises ValueError for any other text."""
        name, r_hat, ess, divergences, z, seconds, verdict = cells
        max_z = None if z == _NO_REFERENCE else float(z)
        return cls(name, float(r_hat), float(ess), int(divergences), max_z, float(seconds), verdict)


def row_of(
    model: LibraryModel, name: str, folder: Path, seed: int = 1, backend: str = "numpyro"
) -> Row:
    """Draw from a posterior by the model's first inference program, and judge the draws."""
    import jax

    from gendsl import compile

    reference = posterior(folder, name)
    started = time.perf_counter()
    fit = compile(model.path).infer(str(reference.data), seed=seed, backend=backend)
    seconds = time.perf_counter() - started
    row = judged(model, fit, reference, seconds)
    del fit
    gc.collect()
    jax.clear_caches()
    return row


def judged(model: LibraryModel, fit: Fit, reference: Posterior, seconds: float) -> Row:
    """The row of a fit; R-hat and ESS are the worst of all quantities that the model saves."""
    summary = fit.summary().to_frame()
    r_hat = float(np.nanmax(summary["r_hat"]))
    ess = float(np.nanmin(summary[["ess_bulk", "ess_tail"]].to_numpy()))
    divergences = int(np.asarray(fit["sample_stats"]["diverging"]).sum())
    draws = {str(key): np.asarray(values) for key, values in fit.posterior.data_vars.items()}
    found = compare(model, draws, reference)
    max_z = max((c.z for c in found), default=None)
    verdict = _verdict(r_hat, max_z, len(found), has_modes=bool(model.modes))
    return Row(reference.name, r_hat, ess, divergences, max_z, seconds, verdict)


def _verdict(r_hat: float, max_z: float | None, num_comparisons: int, *, has_modes: bool) -> str:
    if not r_hat < LARGEST_R_HAT:  # not a number is no convergence
        return "several modes" if has_modes else "chains disagree"
    if max_z is None:
        return "converged"
    bound = NormalDist().inv_cdf(1 - FALSE_ALARM_RATE / num_comparisons / 2)
    return "agrees" if max_z <= bound and math.isfinite(max_z) else "off the reference"
