"""Programs that return a weighted population."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, Any

import numpy as np

from gendsl.api.failure import InferenceError
from gendsl.api.inference_drawn import Array, Drawn
from gendsl.api.inference_kernels import kernel_of
from gendsl.api.inference_posterior import Posterior
from gendsl.api.over_rows import LogDensity, over_rows
from gendsl.api.posterior import each_draw
from gendsl.api.progress import Report
from gendsl.api.settings import Plan
from gendsl.backends.protocol import Density
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.ir.program import InferenceCall
from gendsl.results.trust import DrawKind

if TYPE_CHECKING:
    from gendsl.inference.populations import SmcResult

_MOST_ISLANDS = 8
_CORRELATION = 0.1
"""Particles are moved until they are this little correlated with where they started."""


def draw_population(
    posterior: Posterior, plan: Plan, seed: int, progress: Report | None = None
) -> Drawn:
    """Run sequential Monte Carlo, and draw from its population in proportion to the weights.

    Raises:
        InferenceError: if the likelihood is zero at every particle, or the run is interrupted.
        CannotSimulate: if a prior is improper.
    """
    from gendsl.inference.populations import NoMassError, StoppedError, run_smc, smc

    call = plan.outer
    particles = plan.number("particles")
    temper, move = call.setting("temper"), call.setting("move")
    assert isinstance(temper, InferenceCall) and isinstance(move, InferenceCall)
    temperatures, share = _schedule(temper)

    def make(target: Any) -> Any:
        kernel = kernel_of(move, target)
        assert kernel is not None
        return kernel

    method = smc(
        posterior.target,
        make,
        num_moves=plan.number("moves"),
        correlation=_CORRELATION,
        ess_fraction=share,
    )
    try:
        result = run_smc(
            method,
            posterior.data,
            seed=seed,
            prior_positions=from_prior(posterior.density, particles, seed),
            num_islands=gcd(particles, _MOST_ISLANDS),
            temperatures=temperatures,
            progress=progress,
        )
    except StoppedError as error:
        raise InferenceError(
            Diagnostic(
                "G0736",
                f"the run was stopped at temperature {error.temperature:.3g}, before it came to 1",
                notes=("before temperature 1 particles are no draws of the posterior",),
                help="fewer particles or moves get there sooner: `smc(particles = 500, moves = 5)`",
            )
        ) from None
    except NoMassError as error:
        raise InferenceError(
            Diagnostic(
                "G0701",
                "no particle from the prior is possible given the data",
                notes=(str(error),),
                help="check the prior, or take more particles: `smc(particles = 20000)`",
            )
        ) from None
    return _resampled(posterior, result, plan, particles, seed)


def _schedule(call: InferenceCall) -> tuple[Array | None, float]:
    """The temperatures where they are given, and the share of the sample size to keep if not."""
    settings: dict[str, Any] = dict(call.settings)
    if call.name == "adaptive":
        return None, float(settings["ess"])
    steps = int(settings["steps"])
    return (np.arange(1, steps + 1) / steps) ** float(settings["power"]), 0.5


def from_prior(density: Density, count: int, seed: int) -> Array:
    """Return draws of the prior as positions [count, dim].

    Raises:
        CannotSimulate: if a prior is improper.
    """
    words = np.random.SeedSequence(seed, spawn_key=(5,)).generate_state(1)

    def one(key: Any, _: Any, data: Any) -> dict[str, Any]:
        return {"prior": {"position": density.draw_prior(key, data)}}

    same = "draw_prior", density.log_prior
    made = each_draw(one, np.zeros(count), int(words[0]) >> 1, data=density.data, same=same)
    return np.asarray(made["prior"]["position"])


def _resampled(
    posterior: Posterior, result: SmcResult, plan: Plan, particles: int, seed: int
) -> Drawn:
    """Equally weighted draws, as many as the last piece says, else as there are particles."""
    weights = np.exp(np.asarray(result.log_weights, np.float64))
    weights /= weights.sum()
    count = plan.number("draws", particles)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(6,)))
    points = (np.arange(count) + rng.random()) / count
    found = np.searchsorted(np.cumsum(weights), points, side="right")
    chosen = rng.permutation(np.minimum(found, len(weights) - 1))
    positions = result.positions[chosen]
    log_densities = over_rows(LogDensity(posterior.target), (None, 0))(posterior.data, positions)
    steps = result.num_steps
    acceptance = np.asarray(result.trace.acceptance_rate, np.float64)
    said = {
        "log_evidence": result.log_evidence,
        "log_evidence_sd": result.standard_error,
        "log_evidence_gap": result.gap,
        "effective_size": float(1.0 / np.square(weights).sum()),
        "particles": particles,
        "temperatures": int(np.max(steps)),
        "least_acceptance": float(np.nanmin(acceptance)),
    }
    return Drawn(
        DrawKind.POPULATION,
        positions[None],
        {"lp": np.asarray(log_densities)[None]},
        result.is_exact,
        said,
    )
