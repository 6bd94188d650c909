"""A run of tempered SMC on islands, from draws of the prior to the posterior and the evidence.

Islands are independent runs; together they are one population, weighted by their evidence, and
their scatter gives the error of the log evidence by chance. What all islands miss alike their
scatter can't tell: that is seen by the way back (:mod:`gendsl.inference.populations.smc`), which
finds the evidence larger by the gap where moves reach what was missed.

One compiled program takes a step in temperature on all islands; it serves any number of
temperatures, seed and data of the same shapes.

Source: Vergé, Dubarry, Del Moral & Moulines (2015), "On parallel implementation of sequential Monte
Carlo methods: the island particle model".
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.executables import stored
from gendsl.inference.arrays import on_host
from gendsl.inference.interrupts import interruptible
from gendsl.inference.milestones import Milestone, Watch
from gendsl.inference.populations.smc import Smc, Standing, Trace
from gendsl.inference.randomness import Stream, chain_words
from gendsl.inference.target import Data


class StoppedError(RuntimeError):
    """A run was stopped before temperature 1, after ``num_steps``, at ``temperature``."""

    def __init__(self, num_steps: int, temperature: float) -> None:
        """Say where it was stopped."""
        super().__init__(f"stopped after {num_steps} steps, at temperature {temperature:.3g}")
        self.num_steps, self.temperature = num_steps, temperature


class NoMassError(ValueError):
    """The likelihood of no particle is a positive number."""


class SmcResult(NamedTuple):
    """What a run brings home.

    Attributes:
        positions: [particle, dim], of all islands one after the other.
        log_weights: [particle]; their exponentials add up to one.
        log_evidence: log of the mean of the islands' evidences.
        standard_error: of ``log_evidence``: the root of the squares of the islands' scatter and of
            the gap; NaN with one island.
        gap: by how much the log evidence is larger on the way back, over all steps.
        log_evidences: [island].
        trace: what each step did, [island, step].
        params: of the kernel at the end, stacked over islands.
        is_evidence_unbiased: whether ``exp(log_evidence)`` has the evidence as its mean. It has
            with given temperatures and parameters and a fixed number of moves; adapting any of
            these leaves it consistent only.
        is_exact: false: the particles are draws in the limit of many.
    """

    positions: np.ndarray
    log_weights: np.ndarray
    log_evidence: float
    standard_error: float
    gap: float
    log_evidences: np.ndarray
    trace: Trace
    params: Any
    is_evidence_unbiased: bool
    is_exact: bool = False

    @property
    def num_steps(self) -> np.ndarray:
        """How many temperatures each island went through, [island]."""
        return np.asarray(np.isfinite(self.trace.temperature).sum(axis=-1))


def run_smc(
    method: Smc,
    data: Data,
    *,
    seed: int,
    prior_positions: Any,
    num_islands: int = 8,
    temperatures: Any = None,
    params: Any = None,
    progress: Callable[[Milestone], None] | None = None,
) -> SmcResult:
    """Return particles of the posterior and the log evidence.

    Args:
        prior_positions: [particle, dim], independent draws from the target's prior; they are
            divided among the islands.
        temperatures: [step], rising to 1; found on the way when absent.
        params: of the kernel, the same throughout; tuned on the way when absent.
        progress: called a few times a second.

    Raises:
        StoppedError: if a keyboard interrupt came before temperature 1; it waits for the end of a
            step. Before temperature 1 the particles are no draws of the posterior.
        NoMassError: if the likelihood of no particle is a positive number.
        ValueError: if the particles can't be divided evenly into islands (and chains), or the
            temperatures don't rise to 1.
    """
    schedule = None if temperatures is None else _checked(np.asarray(temperatures, float))
    positions = np.asarray(prior_positions, jnp.result_type(float))
    if positions.ndim != 2 or positions.shape[1] != method.target.size:
        wanted = f"[particle, {method.target.size}]"
        raise ValueError(f"prior_positions must have shape {wanted}, got {positions.shape}")
    unit = num_islands * (method.chain_length or 1)
    if num_islands < 1 or len(positions) < 2 * unit or len(positions) % unit:
        raise ValueError(
            f"prior_positions must be a multiple of {unit} particles, and at least two of them: "
            f"{num_islands} islands of chains of {method.chain_length or 1}; got {len(positions)}"
        )
    words = chain_words(seed, num_islands)
    islands = positions.reshape(num_islands, -1, positions.shape[1])
    if schedule is not None:
        schedule = schedule.astype(positions.dtype)
    is_tuned = params is None
    now, rows = _begin(method, words, islands, params), list[Trace]()
    with interruptible() as should_stop:
        total = 0 if schedule is None else len(schedule)
        watch = Watch("temperature", total, progress, should_stop)
        while _coldest(now) < 1:
            now, row = _step(method, is_tuned, data, now, schedule)
            rows.append(jax.tree.map(np.asarray, row))
            if _tell(watch, now, rows[-1]):
                raise StoppedError(len(rows), _coldest(now))
    ends = now.population
    log_evidences = np.asarray(ends.log_evidence)
    if not np.any(np.isfinite(log_evidences)):
        raise NoMassError(
            f"the likelihood is zero, or no number, at every one of the {len(positions)} particles "
            "from the prior, or of those they became: check the prior, or take more particles"
        )
    log_evidence, error = combined(log_evidences)
    shares = log_evidences - log_evidence - np.log(num_islands)
    trace = Trace(*(on_host(np.stack(field, axis=1)) for field in zip(*rows, strict=True)))
    gap = on_the_way_back(log_evidences, np.nansum(trace.gap, axis=1)) - log_evidence
    return SmcResult(
        positions=np.asarray(ends.positions).reshape(positions.shape),
        log_weights=(np.asarray(ends.log_weights) + shares[:, None]).reshape(-1),
        log_evidence=log_evidence,
        standard_error=float(np.hypot(error, gap)),
        gap=gap,
        log_evidences=log_evidences,
        trace=trace,
        params=jax.tree.map(np.asarray, now.params),
        is_evidence_unbiased=(
            schedule is not None and params is not None and method.correlation is None
        ),
    )


def combined(log_evidences: np.ndarray) -> tuple[float, float]:
    """Return the log of the mean of independent evidence estimates, and its standard error.

    The error is the jackknife's, which stays honest where one estimate outweighs the others:

        se^2 = (k - 1) / k  sum_i (l_(i) - mean l)^2,   l_(i) the value without estimate i.
    """
    count = len(log_evidences)
    top = np.max(log_evidences)
    masses = np.exp(log_evidences - top)
    value = float(top + np.log(masses.mean()))
    if count < 2:
        return value, float("nan")
    with np.errstate(divide="ignore", invalid="ignore"):
        without = np.log((masses.sum() - masses) / (count - 1))
        error = np.sqrt((count - 1) / count * np.sum((without - without.mean()) ** 2))
    return value, float(error) if np.isfinite(error) else float("inf")


def on_the_way_back(log_evidences: np.ndarray, gaps: np.ndarray) -> float:
    """Return the log evidence from the islands' estimates on the way back, ``l_i + gap_i``.

    These are estimates of the reciprocal, so that is what is averaged. Islands without any
    evidence don't count.
    """
    is_some = np.isfinite(log_evidences)
    values = -(log_evidences + gaps)[is_some]
    top = np.max(values)
    return -float(top + np.log(np.mean(np.exp(values - top))))


@stored("method")
def _begin(method: Smc, words: jax.Array, islands: jax.Array, params: Any) -> Standing:
    def one(words: jax.Array, positions: jax.Array) -> Standing:
        return method.begin(Stream(words, jnp.zeros((), jnp.uint32)), positions, params)

    return jax.vmap(one)(words, islands)


@stored("method", "is_tuned")
def _step(
    method: Smc, is_tuned: bool, data: Data, now: Standing, schedule: Any
) -> tuple[Standing, Trace]:
    return jax.vmap(lambda now: method.advance(data, now, schedule, is_tuned))(now)


def _tell(watch: Watch, now: Standing, row: Trace) -> bool:
    """Report the latest step; return whether to stop."""
    temperature, step = _coldest(now), int(np.max(np.asarray(now.step)))
    if temperature >= 1:
        watch.total = step
    return watch.tell(
        step,
        f"at {temperature:.3g}, ESS {np.sum(row.ess[np.isfinite(row.ess)]):.0f}, "
        f"acceptance {_mean(row.acceptance_rate):.2f}, "
        f"log evidence so far {_mean(now.population.log_evidence):.2f}",
    )


def _coldest(now: Standing) -> float:
    """The temperature of the island that is furthest behind, from the host."""
    return float(np.min(np.asarray(now.temperature)))


def _mean(values: Any) -> float:
    """The mean of those that are numbers; NaN if there is none."""
    finite = np.asarray(values)[np.isfinite(values)]
    return float(np.mean(finite)) if len(finite) else np.nan


def _checked(temperatures: np.ndarray) -> np.ndarray:
    is_rising = temperatures.ndim == 1 and np.all(np.diff(temperatures, prepend=0.0) > 0)
    if not is_rising or temperatures.size == 0 or temperatures[-1] != 1.0:
        raise ValueError(f"temperatures rise from above 0 to 1, got {temperatures}")
    return temperatures
