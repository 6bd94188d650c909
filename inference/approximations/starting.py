"""Where approximations start: places of finite density, for targets without discrete sites."""

import numpy as np

from gendsl.inference.initial import NoFiniteStartError, find_starts
from gendsl.inference.nuts import Nuts
from gendsl.inference.target import Data, Target


def starting_points(
    target: Target, data: Data, seed: int, count: int, positions: np.ndarray | None = None
) -> np.ndarray:
    """Return starts [start, dim]: ``positions`` if given, or ``count`` found at random.

    The start of highest log density comes first; it also stands in for those not found.

    Raises:
        NoFiniteStartError: if there is none.
        ValueError: if a site is discrete or the shape of ``positions`` is wrong.
    """
    discrete = [site.name for site in target.sites if site.num_values]
    if discrete:
        raise ValueError(
            f"an approximation by a density can't take discrete sites: {', '.join(discrete)}"
        )
    if positions is not None:
        given = np.atleast_2d(np.asarray(positions, float))
        if given.ndim != 2 or given.shape[1] != target.size:
            raise ValueError(
                f"positions must have shape [start, {target.size}], got {np.shape(positions)}"
            )
        return given
    starts = find_starts(Nuts(target), data, seed, count)
    if not starts.is_found.any():
        raise NoFiniteStartError(starts)
    order = np.argsort(-np.where(starts.is_found, starts.log_densities, -np.inf))
    order = np.where(starts.is_found[order], order, order[0])
    return np.asarray(starts.positions)[order]
