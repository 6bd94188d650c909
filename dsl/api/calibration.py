"""Simulation-based calibration: an inference program fitted to data that the model simulates.

Everything is compiled once: data of the same shapes compile nothing. Fits whose chains disagree, or
that are worth too few draws, are counted and left out. That is no selection by the truth, on which
it depends through the data alone, so the ranks of the others stay uniform; but for simulations
whose true values are no numbers, which are left out, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gendsl.api.calibration_result import Calibration, calibration_tree
from gendsl.api.compilation import Checked
from gendsl.api.failure import InferenceError, UsageError
from gendsl.api.inference_drawn import Drawn
from gendsl.api.inference_program import draw
from gendsl.api.lowering import explained, lower, transform
from gendsl.api.posterior import each_draw
from gendsl.api.provenance import provenance
from gendsl.api.runtime import computing
from gendsl.api.settings import Plan
from gendsl.api.simulator import Simulated, Simulator
from gendsl.backends.protocol import Density
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.ir.bound import BoundData, missing_site
from gendsl.resolve.inference_table import Result
from gendsl.results import convergence
from gendsl.results.attributes import CALIBRATION_FORMAT
from gendsl.results.calibration import JOINT, LOG_LIKELIHOOD, joint_rank, rank, tolerance
from gendsl.results.crossvalidation import LARGEST_R_HAT
from gendsl.results.trust import DrawKind

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


class CalibrationProgress(NamedTuple):
    """How many simulations are fitted, of `total`."""

    phase: str
    done: int
    total: int
    num_divergent: int


Report = Callable[[CalibrationProgress], None]
PlanWith = Callable[[int | None], Plan]
"""The inference program, with this number of draws of each chain if one is given."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one simulation; `reason` says why it is left out, if it is.

    `is_still` says which entries of a quantity were the truth in every draw, as constants are.
    """

    ranks: Mapping[str, Array]
    reason: str = ""
    is_still: Mapping[str, Array] = field(default_factory=dict)
    r_hat: float = float("nan")
    ess: float = float("nan")
    num_divergent: int = 0
    pareto_k: float = float("nan")


def calibrate(
    checked: Checked,
    data: object,
    plan_with: PlanWith,
    *,
    simulations: int,
    draws: int,
    sizes: Mapping[str, int],
    rate: float,
    seed: int,
    precision: str,
    device: str | None,
    progress: Report | None,
) -> Calibration:
    """Fit simulated data sets, and rank the true values; see `Model.sbc`."""
    if simulations < 1 or draws < 2:
        raise ValueError(
            f"simulations must be at least 1 and draws at least 2, got {simulations} and {draws}"
        )
    if not 0.0 < rate < 1.0:
        raise ValueError(f"rate must lie between 0 and 1, got {rate}")
    plan = plan_with(None)
    _check_enough(plan, draws)
    simulator = Simulator(checked, data, sizes, seed)
    outcomes: list[Outcome] = []
    from gendsl.inference.interrupts import interruptible

    with computing(precision, device) as device_name, explained(simulator.program):
        simulated = simulator.draw(simulations + PRIOR_DRAWS, seed)
        each = _Fits(simulator, simulated, plan_with, draws, seed)
        with interruptible() as is_stopped, suppress(KeyboardInterrupt):
            for i in range(simulations):
                outcome = each.fit(i)
                if outcome is None:
                    break
                outcomes.append(outcome)
                if progress is not None:
                    bad = sum(o.num_divergent > 0 for o in outcomes)
                    progress(CalibrationProgress("fits", i + 1, simulations, bad))
                if is_stopped():
                    break
    if not outcomes:
        raise InferenceError(
            Diagnostic(
                "G0703", "the run was stopped during the first fit: there is nothing to keep"
            )
        )
    attributes = {
        **provenance(checked, CALIBRATION_FORMAT, seed, precision, device_name),
        "inference_program": str(plan),
        "simulations": simulations,
        "draws": draws,
        "rate": rate,
        "is_exact": each.is_exact,
        "sizes": dict(simulator.bound.sizes),
        "made_up": sorted(simulator.made_up),
        "is_interrupted": len(outcomes) < simulations,
    }
    tree = calibration_tree(simulator.program, simulator.bound, outcomes, simulated.truths)
    return Calibration(tree, attributes, simulator.notes)


class _Fits:
    """Fits to the simulated data sets, one after the other."""

    def __init__(
        self, simulator: Simulator, simulated: Simulated, plan_with: PlanWith, draws: int, seed: int
    ) -> None:
        self.simulator, self.simulated = simulator, simulated
        self.plan_with, self.draws, self.seed = plan_with, draws, seed
        checked = simulator.checked
        self.program = transform(checked.program, sizes=simulator.bound.sizes)
        self.scored = lower(checked.program)
        self.joint = simulator.continuous(simulated)
        start = len(simulated) - PRIOR_DRAWS
        self.prior = _flat({n: simulated.truths[n][start:] for n in self.joint}, PRIOR_DRAWS)
        self.is_exact = True
        self._more: int | None = None

    def fit(self, i: int) -> Outcome | None:
        """The outcome of a simulation; None if the run is stopped."""
        seed = int(np.random.SeedSequence(self.seed, spawn_key=(7, i)).generate_state(1)[0] >> 1)
        bound = self.simulator.data_of(self.simulated, i)
        if bound is None:
            return Outcome({}, "the simulated data are not finite")
        density = lower(self.program).bind(bound)
        self._check(density)
        try:
            found = draw(
                self.program, density, bound, self.plan_with(self._more), seed=seed, progress=None
            )
            if _is_interrupted(found):
                return None
            ess = effective(found)
            if found.kind is DrawKind.CHAINS and ess < SLACK * self.draws:
                found = self._longer(found, ess, density, bound, seed)
                if _is_interrupted(found):
                    return None
        except InferenceError as error:
            stopped = any(diagnostic.code in _STOPPED for diagnostic in error.diagnostics)
            return None if stopped else Outcome({}, error.diagnostics[0].message)
        self.is_exact &= found.is_exact
        return self._judged(i, found, density, bound, seed)

    def _check(self, density: Density) -> None:
        if density.size == 0 and self.program.joint is None:
            name = self.program.name
            raise DiagnosticError((Diagnostic("G0704", f"`{name}` has nothing to infer"),))

    def _longer(
        self, found: Drawn, ess: float, density: Density, bound: BoundData, seed: int
    ) -> Drawn:
        """Chains as long as it takes, up to a limit; later fits begin with that length."""
        length = found.draws.shape[1]
        wanted = SLACK * self.draws * 1.3 * length / max(ess, 1.0)
        first = self.plan_with(None).number("draws")
        more = int(min(max(wanted, 1.5 * length), _MOST_LONGER * max(first, self.draws)))
        if more <= length:
            return found
        self._more = more
        return draw(self.program, density, bound, self.plan_with(more), seed=seed, progress=None)

    def _judged(
        self, i: int, found: Drawn, density: Density, bound: BoundData, seed: int
    ) -> Outcome:
        ess, r_hat = effective(found), worst_r_hat(found)
        k = float(found.said.get("pareto_k", float("nan")))
        said = Outcome({}, "", {}, r_hat, ess, found.num_divergent, k)
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
        """Quantities and log likelihoods at draws, thinned to as many as are wanted."""
        chosen = thinned(found, self.draws)
        scored = self.scored.bind(bound)
        has_discrete = found.discrete is not None

        def derive(key: Any, drawn: Any, data: Any) -> dict[str, Any]:
            position, kept = drawn if has_discrete else (drawn, None)
            discrete = density.recover(key, data[0], position) if kept is None else kept
            values = density.constrain(data[0], position, discrete)
            score = scored.log_likelihood_given(data[1], values)
            return {"values": values, "score": {LOG_LIKELIHOOD: score}}

        same = "calibrate", density.log_prior, scored.log_likelihood_given, has_discrete
        whole = each_draw(derive, chosen, seed, data=(density.data, scored.data), same=same)
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


def _is_interrupted(found: Drawn) -> bool:
    """Whether chains, or the fit of an approximation, were stopped on their way."""
    return found.is_interrupted or bool(found.said.get("is_interrupted"))


def thinned(found: Drawn, count: int) -> Any:
    """`count` draws [draw, dim] of all chains, evenly spaced; with discrete ones, if kept."""
    chains, length, size = found.draws.shape
    places = ((np.arange(count) + 0.5) * (chains * length) / count).astype(int)
    flat = found.draws.reshape(chains * length, size)[places]
    if found.discrete is None:
        return flat
    discrete = {
        name: values.reshape(chains * length, *values.shape[2:])[places]
        for name, values in found.discrete.items()
    }
    return flat, discrete


def effective(found: Drawn) -> float:
    """The smallest effective sample size of chains, as everything is seen that a chain moves.

    Of what is drawn independently, or from a population, it is the number of draws: a population
    that is worth less is what calibration should show.
    """
    count = float(np.prod(found.draws.shape[:2]))
    match found.kind:
        case DrawKind.CHAINS:
            sizes = np.concatenate([convergence.ess_bulk(_columns(found)), [count]])
            return float(np.nanmin(sizes))
        case DrawKind.INDEPENDENT | DrawKind.APPROXIMATION | DrawKind.POPULATION:
            return count


def worst_r_hat(found: Drawn) -> float:
    """The largest R-hat of chains; not a number where draws are no chains, or too few."""
    if found.kind is not DrawKind.CHAINS:
        return float("nan")
    each = convergence.r_hat(_columns(found))
    return float(np.nanmax(each)) if np.isfinite(each).any() else float("nan")


def _columns(found: Drawn) -> Array:
    """Everything that a chain moves [chain, draw, column], and its log density."""
    shape = found.draws.shape[:2]
    parts = [found.draws, *(v.reshape(*shape, -1) for v in (found.discrete or {}).values())]
    parts.append(np.asarray(found.statistics["lp"])[..., None])
    return np.concatenate([np.asarray(part, np.float64) for part in parts], axis=-1)


def _flat(values: Mapping[str, Array], count: int) -> Array:
    """Arrays [row, ...] side by side: [row, dim]."""
    columns = [np.asarray(array, np.float64).reshape(count, -1) for array in values.values()]
    return np.concatenate(columns, axis=1) if columns else np.zeros((count, 0))


def _check_enough(plan: Plan, draws: int) -> None:
    """Chains can go on for longer; other programs make the draws that they say."""
    if plan.returns is Result.CHAINS:
        return
    made = plan.number("draws", plan.number("particles", 0))
    if made < draws:
        raise UsageError(
            Diagnostic(
                "G0832",
                f"ranks among {draws} draws take as many, and `{plan}` makes {made}",
                help=f"ask for fewer, `--draws {max(made - 1, 2)}`, or let the program make more",
            )
        )
