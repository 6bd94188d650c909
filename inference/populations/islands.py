"""A run of tempered SMC on islands, from draws of the prior to the posterior and the evidence.

Islands are independent runs; together they are one population, weighted by their evidence, and
their scatter gives the error of the log evidence. One compiled program serves a whole run, whatever
the number of temperatures, the seed and the data.

Source: Vergé, Dubarry, Del Moral & Moulines (2015), "On parallel implementation of sequential Monte
Carlo methods: the island particle model".
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference.arrays import on_host
from gendsl.inference.populations.smc import Smc, Trace
from gendsl.inference.populations.weighted import Weighted
from gendsl.inference.randomness import Stream, chain_words
from gendsl.inference.target import Data


class SmcResult(NamedTuple):
    """What a run brings home.

    Attributes:
        positions: [particle, dim], of all islands one after the other.
        log_weights: [particle]; their exponentials add up to one.
        log_evidence: log of the mean of the islands' evidences.
        standard_error: of ``log_evidence``, from the islands; NaN with one island.
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
) -> SmcResult:
    """Return particles of the posterior and the log evidence.

    Args:
        prior_positions: [particle, dim], independent draws from the target's prior; they are
            divided among the islands.
        temperatures: [step], rising to 1; found on the way when absent.
        params: of the kernel, the same throughout; tuned on the way when absent.

    Raises:
        ValueError: if the particles can't be divided evenly into islands (and chains), the
            temperatures don't rise to 1, or the likelihood of no particle is a positive number.
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
    ends, final, trace = _islands(method, data, words, islands, schedule, params)
    log_evidences = np.asarray(ends.log_evidence)
    if not np.any(np.isfinite(log_evidences)):
        raise ValueError(
            f"the likelihood is zero, or no number, at every one of the {len(positions)} particles "
            "from the prior, or of those they became: check the prior, or take more particles"
        )
    log_evidence, error = combined(log_evidences)
    shares = log_evidences - log_evidence - np.log(num_islands)
    longest = int(np.isfinite(np.asarray(trace.temperature)).sum(axis=-1).max())
    return SmcResult(
        positions=np.asarray(ends.positions).reshape(positions.shape),
        log_weights=(np.asarray(ends.log_weights) + shares[:, None]).reshape(-1),
        log_evidence=log_evidence,
        standard_error=error,
        log_evidences=log_evidences,
        trace=Trace(*(on_host(np.asarray(field)[:, :longest]) for field in trace)),
        params=jax.tree.map(np.asarray, final),
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


@partial(jax.jit, static_argnames="method")
def _islands(
    method: Smc, data: Data, words: jax.Array, islands: jax.Array, schedule: Any, params: Any
) -> tuple[Weighted, Any, Trace]:
    def one(words: jax.Array, positions: jax.Array) -> tuple[Weighted, Any, Trace]:
        draws = Stream(words, jnp.zeros((), jnp.uint32))
        return method.run(data, draws, positions, schedule, params)

    return jax.vmap(one)(words, islands)


def _checked(temperatures: np.ndarray) -> np.ndarray:
    is_rising = temperatures.ndim == 1 and np.all(np.diff(temperatures, prepend=0.0) > 0)
    if not is_rising or temperatures.size == 0 or temperatures[-1] != 1.0:
        raise ValueError(f"temperatures rise from above 0 to 1, got {temperatures}")
    return temperatures
