"""Finding starts at which the log density and its gradient are finite."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from gendsl.inference.arrays import on_host
from gendsl.inference.nuts import Nuts
from gendsl.inference.sampler import evaluate, is_finite
from gendsl.inference.target import Data


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
    """Draw starts uniformly from ``(-radius, radius)`` in every coordinate until they are finite.

    All chains try at once; a chain keeps its first finite start, whatever the others do.

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
    is_found = np.zeros(num_chains, bool)
    num_attempts = 0
    while num_attempts < max_attempts and not is_found.all():
        num_attempts += 1
        for chain, generator in enumerate(generators):
            if not is_found[chain]:
                positions[chain] = generator.uniform(-radius, radius, size)
        state = evaluate(kernel, data, on_host(positions))
        is_found = is_finite(state)
    return Starts(
        positions, is_found, np.asarray(state.log_density), np.asarray(state.gradient), num_attempts
    )
