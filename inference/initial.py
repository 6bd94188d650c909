"""Finding starts at which the log density and its gradient are finite, and not hopeless.

Where a solution of equations grows without bound, or a likelihood is nearly 0, a density can be
finite and so low that no step leads away: -1e84 with a slope to match. So a start that lies more
than ``100 + 10 dim`` below the best that any chain has tried is drawn again, a few times, and
replaced where the new one is better. Starts that are only apart stay apart, as R-hat wants them.
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from gendsl.inference.arrays import on_host
from gendsl.inference.nuts import Nuts
from gendsl.inference.sampler import evaluate, is_finite
from gendsl.inference.target import Data

_FAR_BELOW, _FAR_BELOW_BY_DIMENSION = 100.0, 10.0
_MOST_SECOND_TRIES = 30


class Starts(NamedTuple):
    """What the search found.

    Attributes:
        positions: [chain, dim]; for a chain that failed, the last one tried.
        is_found: [chain].
        log_densities: [chain], at ``positions``.
        gradients: [chain, dim], at ``positions``.
        num_attempts: how many positions the slowest chain tried.
    """

    positions: np.ndarray
    is_found: np.ndarray
    log_densities: np.ndarray
    gradients: np.ndarray
    num_attempts: int


class NoFiniteStartError(ValueError):
    """Some chains found no finite start; ``starts`` says which, and what was tried last."""

    def __init__(self, starts: Starts) -> None:
        """Describe the failure by the chains in ``starts``."""
        chains = ", ".join(str(chain) for chain in np.flatnonzero(~starts.is_found))
        super().__init__(
            f"no finite start found for chain {chains} in {starts.num_attempts} attempts"
        )
        self.starts = starts


def find_starts(
    kernel: Nuts,
    data: Data,
    seed: int,
    num_chains: int,
    *,
    radius: float = 2.0,
    max_attempts: int = 100,
) -> Starts:
    """Draw starts uniformly from ``(-radius, radius)`` in every coordinate until they will do.

    Discrete coordinates are drawn from their values. All chains try at once.

    Raises:
        ValueError: if ``num_chains``, ``max_attempts`` or ``seed`` is out of range.
    """
    if num_chains < 1 or max_attempts < 1:
        raise ValueError(
            f"num_chains and max_attempts must be at least 1, got {num_chains} and {max_attempts}"
        )
    size = kernel.target.size
    generators = [
        np.random.Generator(np.random.Philox(child))
        for child in np.random.SeedSequence(seed, spawn_key=(1,)).spawn(num_chains)
    ]
    positions = np.zeros((num_chains, size), jnp.result_type(float))
    log_densities = np.zeros(num_chains, positions.dtype)
    gradients = np.zeros_like(positions)
    is_found = np.zeros(num_chains, bool)
    is_settled = np.zeros(num_chains, bool)
    num_attempts = num_second_tries = 0
    while not is_settled.all():
        if is_found.all():
            num_second_tries += 1
        elif num_attempts >= max_attempts:
            break
        if num_second_tries > _MOST_SECOND_TRIES:
            break
        num_attempts += 1
        tried = positions.copy()
        for chain in np.flatnonzero(~is_settled):
            tried[chain] = generators[chain].uniform(-radius, radius, size)
            for site in kernel.target.sites:
                if site.num_values:
                    values = generators[chain].integers(
                        site.num_values, size=site.stop - site.start
                    )
                    tried[chain, site.start : site.stop] = values
        state = evaluate(kernel, data, on_host(tried))
        values, is_good = np.asarray(state.log_density), is_finite(state)
        is_better = ~is_found | (is_good & (values > log_densities))
        positions[is_better] = tried[is_better]
        log_densities[is_better] = values[is_better]
        gradients[is_better] = np.asarray(state.gradient)[is_better]
        is_found |= is_good
        is_settled = _is_not_hopeless(is_found, log_densities, size)
    return Starts(positions, is_found, log_densities, gradients, num_attempts)


def are_good(kernel: Nuts, data: Data, positions: np.ndarray) -> np.ndarray:
    """Return at which of ``positions`` [chain, dim] a chain can start [chain].

    Density and gradient are finite there, and the density not far below the best of them.
    """
    is_place = np.isfinite(positions).all(axis=1)
    tried = np.where(is_place[:, None], positions, 0.0).astype(jnp.result_type(float))
    state = evaluate(kernel, data, on_host(tried))
    is_good = is_finite(state) & is_place
    return _is_not_hopeless(is_good, np.asarray(state.log_density), positions.shape[1])


def _is_not_hopeless(is_found: np.ndarray, log_densities: np.ndarray, size: int) -> np.ndarray:
    best = np.max(log_densities[is_found], initial=-np.inf)
    gap = _FAR_BELOW + _FAR_BELOW_BY_DIMENSION * size
    return np.asarray(is_found & (log_densities >= best - gap))
