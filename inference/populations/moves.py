"""``spawn``, ``move``, ``extend``: what makes particles, moves them, and appends to them.

With ``reweight`` and ``resample`` these are all the steps that a particle method has. Each row of a
population has its own randomness, and all are vectorised.

Source: Ścibior et al. (2018), "Denotational validation of higher-order Bayesian inference",
section 4.
"""

from collections.abc import Callable
from typing import Any

import jax

from gendsl.inference.populations.weighted import Weighted, even, reweight
from gendsl.inference.protocol import Info
from gendsl.inference.randomness import Draws


def spawn(draws: Draws, count: int, draw: Callable[[Draws], Any]) -> Weighted:
    """Return ``count`` independent draws by ``draw``, a population of mass one.

    It is properly weighted for the distribution that ``draw`` draws from.
    """
    return even(draws.map(draw, count))


def move(
    draws: Draws, population: Weighted, step: Callable[[Draws, Any], tuple[Any, Info]]
) -> tuple[Weighted, Info]:
    """Return the population after one ``step`` of each particle, and what each reported.

    ``step`` must keep the measure that the population stands for; a kernel is one, as
    ``partial(kernel.step, data, params)`` on a population of its states.
    """
    positions, info = draws.map(step, population.size, population.positions)
    return population._replace(positions=positions), info


def extend(
    draws: Draws, population: Weighted, grow: Callable[[Draws, Any], tuple[Any, jax.Array]]
) -> Weighted:
    """Return the population with every particle grown, and its weight by what ``grow`` says.

    ``grow`` draws ``x'`` given ``x`` from a proposal ``q`` and returns it with the log of
    ``gamma'(x') / (gamma(x) q(x' | x))``; the population then stands for ``gamma'``.
    """
    positions, increments = draws.map(grow, population.size, population.positions)
    return reweight(population._replace(positions=positions), increments)
