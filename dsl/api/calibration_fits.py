"""The fits of simulation-based calibration: each to simulated data, and the ranks of the truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gendsl.api.calibration_draws import effective, thinned, worst_r_hat
from gendsl.api.calibration_result import SimulatedFit
from gendsl.api.failure import InferenceError
from gendsl.api.inference_drawn import Drawn
from gendsl.api.inference_posterior import Posterior, posterior_of
from gendsl.api.inference_program import draw
from gendsl.api.joint_simulator import Simulated, Simulator
from gendsl.api.linear_networks import about, shows_outputs, weights_at
from gendsl.api.lowering import lower, transform
from gendsl.api.posterior import each_draw
from gendsl.api.settings import Plan
from gendsl.backends.protocol import Density
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.ir.bound import BoundData, missing_site
from gendsl.results.calibration import JOINT, LOG_LIKELIHOOD, joint_rank, rank, tolerance
from gendsl.results.crossvalidation import LARGEST_R_HAT
from gendsl.results.trust import DrawKind
from gendsl.transforms.shown_outputs import with_shown_outputs

Array = NDArray[Any]

PRIOR_DRAWS = 500
"""Draws of the prior besides the true values, by which distances are measured."""
SLACK = 2
"""Effective draws for each that is kept: those left of a correlated chain are then as good as
independent. With one for each, of an autoregressive chain the variance of ranks would be a quarter
too large; with two, less than a twentieth."""
_MOST_LONGER = 10
_STOPPED = ("G0703", "G0736")
"""Interrupts before there was anything to keep."""

PlanWith = Callable[[int | None], Plan]
"""The inference program, with this number of draws of each chain if one is given."""


class Fits:
    """Fits to the simulated data sets, one after the other."""

    def __init__(
        self, simulator: Simulator, simulated: Simulated, plan_with: PlanWith, draws: int, seed: int
    ) -> None:
        self.simulator, self.simulated = simulator, simulated
        self.plan_with, self.draws, self.seed = plan_with, draws, seed
        checked = simulator.checked
        is_linear = shows_outputs(plan_with(None))
        named = with_shown_outputs(checked.program) if is_linear else checked.program
        self.program = transform(named, sizes=simulator.bound.sizes)
        self.scored = lower(named)
        self.joint = simulator.continuous(simulated)
        start = len(simulated) - PRIOR_DRAWS
        self.prior = _flat({n: simulated.truths[n][start:] for n in self.joint}, PRIOR_DRAWS)
        self.is_exact = True
        self._more: int | None = None

    def fit(self, i: int) -> SimulatedFit | None:
        """The outcome of a simulation; None if the run is stopped."""
        seed = int(np.random.SeedSequence(self.seed, spawn_key=(7, i)).generate_state(1)[0] >> 1)
        bound = self.simulator.data_of(self.simulated, i)
        if bound is None:
            return SimulatedFit({}, "the simulated data are not finite")
        density = lower(self.program).bind(bound)
        self._check(density)
        try:
            posterior = posterior_of(self.program, density, bound)
            found = draw(posterior, self.plan_with(self._more), seed=seed, progress=None)
            if found.is_interrupted:
                return None
            ess = effective(found)
            if found.kind is DrawKind.CHAINS and ess < SLACK * self.draws:
                found = self._longer(found, ess, posterior, seed)
                if found.is_interrupted:
                    return None
        except InferenceError as error:
            stopped = any(diagnostic.code in _STOPPED for diagnostic in error.diagnostics)
            return None if stopped else SimulatedFit({}, error.diagnostics[0].message)
        self.is_exact &= found.is_exact
        return self._judged(i, found, density, bound, seed)

    def _check(self, density: Density) -> None:
        if density.size == 0 and self.program.joint is None:
            name = self.program.name
            raise DiagnosticError((Diagnostic("G0704", f"`{name}` has nothing to infer"),))

    def _longer(self, found: Drawn, ess: float, posterior: Posterior, seed: int) -> Drawn:
        """Chains as long as it takes, up to a limit; later fits begin with that length."""
        length = found.draws.shape[1]
        wanted = SLACK * self.draws * 1.3 * length / max(ess, 1.0)
        first = self.plan_with(None).number("draws")
        more = int(min(max(wanted, 1.5 * length), _MOST_LONGER * max(first, self.draws)))
        if more <= length:
            return found
        self._more = more
        return draw(posterior, self.plan_with(more), seed=seed, progress=None)

    def _judged(
        self, i: int, found: Drawn, density: Density, bound: BoundData, seed: int
    ) -> SimulatedFit:
        ess, r_hat = effective(found), worst_r_hat(found)
        k = float(found.said.get("pareto_k", float("nan")))
        said = SimulatedFit({}, "", {}, r_hat, ess, found.num_divergent, k)
        if not np.isfinite(found.draws).all():
            return replace(said, reason="its draws are not finite")
        if r_hat > LARGEST_R_HAT:
            return replace(said, reason=f"its chains disagree: R-hat above {LARGEST_R_HAT}")
        needed = (SLACK if found.kind is DrawKind.CHAINS else 1) * self.draws
        if ess < needed:
            return replace(said, reason=f"it has fewer than {needed} effective draws")
        values, scores = self._values(found, density, bound, seed)
        truth = {**self.simulated.truth(i), **self._missing(i, bound)}
        own_score = self._score(bound, truth)
        if np.isnan(scores).any() or np.isnan(own_score):
            return replace(said, reason="the log likelihood is not a number at its draws")
        rng = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(8, i)))
        ranks: dict[str, Array] = {}
        is_still: dict[str, Array] = {}
        for name, own in truth.items():
            if name not in values or np.shape(own) != np.shape(values[name])[1:]:
                continue
            if np.isnan(own).any() or np.isnan(values[name]).any():
                return replace(said, reason=f"`{name}` is not a number at its draws")
            ranks[name], is_still[name] = rank(own, values[name], rng)
        if self.simulator.has_data:
            ranks[LOG_LIKELIHOOD] = np.asarray(rank(own_score, scores, rng)[0])
        if self.joint:
            flat = _flat({n: values[n] for n in self.joint}, self.draws)
            own_flat = _flat({n: np.asarray(truth[n])[None] for n in self.joint}, 1)[0]
            tie = tolerance(*(values[n] for n in self.joint), *(truth[n] for n in self.joint))
            ranks[JOINT] = np.asarray(joint_rank(own_flat, flat, self.prior, rng, tie))
        return replace(said, ranks=ranks, is_still=is_still)

    def _missing(self, i: int, bound: BoundData) -> dict[str, Array]:
        """The true values of missing entries, where there are any."""
        return {
            missing_site(name): np.asarray(self.simulated.data[name][i])[np.asarray(mask)]
            for name, mask in bound.missing.items()
            if name in self.simulated.data and np.any(mask)
        }

    def _values(
        self, found: Drawn, density: Density, bound: BoundData, seed: int
    ) -> tuple[dict[str, Array], Array]:
        """Quantities and log likelihoods at draws, thinned to as many as are wanted.

        Both are of linear networks where the fit's are: those of what it predicts.
        """
        chosen = thinned(found, self.draws)
        scored = self.scored.bind(bound)
        weights = {} if found.place is None else weights_at(density, found.place)
        has_discrete = found.discrete is not None

        def derive(key: Any, drawn: Any, data: Any) -> dict[str, Any]:
            position, kept = drawn if has_discrete else (drawn, None)
            discrete = density.recover(key, data[0], position) if kept is None else kept
            values = density.constrain(data[0], position, discrete)
            score = scored.log_likelihood_given(data[1], values)
            return {"values": values, "score": {LOG_LIKELIHOOD: score}}

        same = "calibrate", density.log_prior, scored.log_likelihood_given, has_discrete
        data = about(density, weights), about(scored, weights)
        whole = each_draw(derive, chosen, seed, data=data, same=same)
        return whole["values"], whole["score"][LOG_LIKELIHOOD]

    def _score(self, bound: BoundData, truth: Mapping[str, Array]) -> float:
        """The log likelihood at the true values."""
        scored = self.scored.bind(bound)

        def score(_: Any, values: Any, data: Any) -> dict[str, Any]:
            return {"score": {LOG_LIKELIHOOD: scored.log_likelihood_given(data, values)}}

        own = {name: np.asarray(value)[None] for name, value in truth.items()}
        same = "score", scored.log_likelihood_given
        return float(
            each_draw(score, own, 0, data=scored.data, same=same)["score"][LOG_LIKELIHOOD][0]
        )


def _flat(values: Mapping[str, Array], count: int) -> Array:
    """Arrays [row, ...] side by side: [row, dim]."""
    columns = [np.asarray(array, np.float64).reshape(count, -1) for array in values.values()]
    return np.concatenate(columns, axis=1) if columns else np.zeros((count, 0))
