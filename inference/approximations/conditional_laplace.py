"""Laplace's approximation of some quantities, all others standing at the mode.

With the mode ``(m, n)`` of both, and ``H`` the Hessian of the log density in the first alone,

    q = N(m, (-H)^{-1})  of these,   the others at n.

Of the last layer of a network under a canonical link with its scale fixed, the likelihood is
concave: ``-H`` is the Gauss-Newton matrix and the prior's curvature, however little of a maximum
the whole is.

Source: Kristiadi, Hein & Hennig (2020), "Being Bayesian, even just a bit, fixes overconfidence in
ReLU networks", section 3.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from gendsl.inference.approximations.laplace import Laplace
from gendsl.inference.approximations.result import Approximation
from gendsl.inference.arrays import on_host
from gendsl.inference.milestones import Milestone
from gendsl.inference.target import Data


class Standing(NamedTuple):
    """What stands beside the coordinates ``places`` that an approximation is of.

    Attributes:
        mode: of all coordinates [dim].
        places: those that vary, in order.
        log_evidence: of what stands, with its log prior and Jacobian, where a method finds it.
    """

    mode: np.ndarray
    places: tuple[int, ...]
    log_evidence: float | None = None

    def whole(self, positions: np.ndarray) -> np.ndarray:
        """Return positions [draw, dim] that have ``positions`` [draw, k] in their places."""
        found = np.repeat(self.mode[None], len(positions), axis=0)
        found[:, list(self.places)] = positions
        return found


def conditional_laplace(
    laplace: Laplace,
    names: Iterable[str],
    data: Data,
    seed: int,
    *,
    num_check_draws: int = 2000,
    progress: Callable[[Milestone], None] | None = None,
) -> Approximation:
    """Climb as ``laplace`` does, and expand in the sites called ``names`` at the highest end.

    The approximation is of these alone; its details are :class:`Standing`.

    Raises:
        NoFiniteStartError: if there is no finite start.
        ValueError: if there is no such site, or the target has discrete ones.
    """
    wanted = frozenset(names)
    mode = laplace.highest(data, seed, progress=progress)
    places = laplace.target.coordinates(wanted)
    found = laplace.restrict(wanted).fit(
        (data, on_host(mode)), seed, mode[None, list(places)], num_check_draws=num_check_draws
    )
    return found._replace(details=Standing(mode, places))
