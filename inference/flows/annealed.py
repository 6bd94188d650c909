"""A flow fitted by annealed importance: particles go from the flow to the target, and teach it.

Each round draws particles from the flow, takes them by tempered SMC along

    q(z)^(1 - t) p(z)^t,   0 = t_0 < ... < t_n = 1,

whose steps weigh, resample and move them, and fits the flow to where they end. What the flow lacks
the weights point to, so unlike the reverse divergence this does not settle in one mode, as long as
some particle comes near the others. Every round also estimates the log evidence.

Sources: Midgley, Stimper, Simm, Schölkopf & Hernández-Lobato (2023), "Flow annealed importance
sampling bootstrap", section 3 (here with the target itself at the end of the path, and with
resampling on the way); Del Moral, Doucet & Jasra (2006), "Sequential Monte Carlo samplers".
"""

from dataclasses import dataclass

import jax
import numpy as np

from gendsl.inference.approximations import sampling
from gendsl.inference.approximations.purposes import Purpose, words_for
from gendsl.inference.approximations.result import Approximation, Outcome, judged
from gendsl.inference.flows.flow import Flow, Theta
from gendsl.inference.flows.guide import FlowGuide
from gendsl.inference.flows.likelihood import MaximumLikelihood
from gendsl.inference.flows.reverse import near_modes
from gendsl.inference.kernels import Hmc
from gendsl.inference.populations import run_smc, smc
from gendsl.inference.target import Data, Target

_ISLANDS = 4
_LONG_STEPS = 0.5


@dataclass(frozen=True, slots=True)
class _LogFlow:
    """The flow's log density, of the data ``(theta, data)``."""

    guide: FlowGuide

    def __call__(self, data: Data, position: jax.Array) -> jax.Array:
        return self.guide.log_density(data[0], position)


@dataclass(frozen=True, slots=True)
class _LogRatio:
    """By how much the target's log density is above the flow's, of the data ``(theta, data)``."""

    target: Target
    guide: FlowGuide

    def __call__(self, data: Data, position: jax.Array) -> jax.Array:
        theta, given = data
        return self.target.log_density(given, position) - self.guide.log_density(theta, position)


def bridge(target: Target, flow: Flow) -> Target:
    """Return the target with ``flow`` for its prior; its data are ``(theta, data)``.

    Tempered, it goes from the flow to ``target``.
    """
    guide = FlowGuide(flow)
    prior, likelihood = _LogFlow(guide), _LogRatio(target, guide)
    return Target(prior, likelihood, target.size, target.sites, is_hosted=target.is_hosted)


@dataclass(frozen=True, slots=True)
class AnnealedImportance:
    """Fits ``flow`` to ``target`` in rounds of tempered SMC and maximum likelihood.

    Attributes:
        num_particles: of each round, a multiple of 4.
        num_rounds: of particles and fits.
        num_moves: of each particle at each temperature, at most.
        num_steps: of the optimiser in each round, at most.
        inflation: of the first flow, over the normal of Pathfinder's draws.

    Raises:
        ValueError: if a number is out of its range.
    """

    target: Target
    flow: Flow
    num_particles: int = 1024
    num_rounds: int = 3
    num_moves: int = 5
    num_steps: int = 1000
    inflation: float = 2.0

    def __post_init__(self) -> None:
        if self.num_particles < 1 or self.num_particles % _ISLANDS:
            raise ValueError(f"num_particles is a multiple of {_ISLANDS}")
        if min(self.num_rounds, self.num_moves, self.num_steps) < 1 or not self.inflation > 0:
            raise ValueError("num_rounds, num_moves, num_steps and inflation must be positive")

    def fit(
        self, data: Data, seed: int, *, theta: Theta | None = None, num_check_draws: int = 2000
    ) -> Approximation:
        """Fit from ``theta``, or from about the normal that Pathfinder finds.

        The trace is each round's estimate of the log evidence, with its standard error
        [round, 2].

        Raises:
            NoFiniteStartError: if there is no finite start.
            ValueError: if the target has discrete sites, no path leads anywhere, or no particle
                from the flow is possible under the target.
        """
        if theta is None:
            theta = near_modes(self.target, self.flow, data, seed, inflation=self.inflation)
        path = bridge(self.target, self.flow)
        # Rough populations teach a flow well enough, so steps are long.
        method = smc(path, Hmc, num_moves=self.num_moves, correlation=0.1, ess_fraction=_LONG_STEPS)
        learner = MaximumLikelihood(self.flow, self.num_steps)
        guide, trace, spent = FlowGuide(self.flow), [], 0
        for turn in range(self.num_rounds):
            own = int(np.random.SeedSequence([seed, turn]).generate_state(1)[0])
            words = words_for(own, Purpose.DRAW)
            result = run_smc(
                method,
                (theta, data),
                seed=own,
                prior_positions=sampling.draw(guide, theta, words, self.num_particles),
                num_islands=_ISLANDS,
            )
            trace.append((result.log_evidence, result.standard_error))
            spent += int(np.nansum(np.asarray(result.trace.num_gradients)))
            shuffle = np.random.default_rng(own).permutation(self.num_particles)
            shares = np.exp(np.asarray(result.log_weights)[shuffle])
            rows = np.asarray(result.positions)[shuffle]
            theta = learner.fit(rows, seed=own, shares=shares).theta
        return judged(
            self.target,
            guide,
            data,
            theta,
            seed,
            num_draws=num_check_draws,
            status=Outcome.OK,
            num_evaluations=spent,
            trace=np.array(trace),
        )
