"""Particle Gibbs: a path given the parameters, then the parameters given the path.

Exact for any number of particles from two, and any kernel of the parameters.

Source: Andrieu, Doucet & Holenstein (2010), "Particle Markov chain Monte Carlo methods",
section 2.4.3.
"""

from collections.abc import Callable
from typing import Any

from gendsl.inference.combinators import Seq, on, seq
from gendsl.inference.populations.conditional import PATH, ConditionalSmc, trajectory_target
from gendsl.inference.populations.state_space import StateSpace
from gendsl.inference.protocol import Kernel
from gendsl.inference.target import LogDensity, Site, Target


def pgibbs(
    model: StateSpace,
    log_prior: LogDensity,
    sites: tuple[Site, ...],
    shape: tuple[int, ...],
    make: Callable[[Target], Kernel[Any, Any]],
    num_particles: int = 20,
) -> Seq:
    """Return the kernel on the parameters and the path, flat in this order.

    Args:
        log_prior: ``(rows, theta) -> scalar``.
        sites: of the parameters.
        shape: of the path, [time, ...].
        make: makes the kernel of the parameters for their conditional.
    """
    target = trajectory_target(model, log_prior, sites, shape)
    path = ConditionalSmc(target, model, num_particles, shape)
    return seq(path, on(target, {site.name for site in target.sites} - {PATH}, make))
