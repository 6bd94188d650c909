"""Targets that can't be right are refused where they are made, or where they are first traced."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gendsl.inference import Nuts, Site, Target, find_starts
from gendsl.inference.approximations import Laplace


def _prior(data: Any, position: jax.Array) -> jax.Array:
    return -0.5 * jnp.sum(position**2)


def _in_numpy(data: Any, position: Any) -> Any:
    return -np.log1p(np.exp(position)).sum()


def _calls_numpy(data: Any, position: Any) -> Any:
    return jnp.sum(_in_numpy(data, position))


@pytest.mark.parametrize("likelihood", [_in_numpy, _calls_numpy])
def test_numpy_in_a_density_is_named(likelihood: Any) -> None:
    target = Target(_prior, likelihood, 2)
    for start in (
        lambda: find_starts(Nuts(target), None, 1, 1),
        lambda: Laplace(target).fit(None, 1),
        lambda: Laplace(target.temper()).fit((0.5, None), 1),
    ):
        with pytest.raises(ValueError, match=r"_in_numpy \(line \d+ of .*use jax\.numpy"):
            start()


def test_numpy_of_data_alone_is_fine() -> None:
    def likelihood(data: Any, position: jax.Array) -> jax.Array:
        return jnp.sum(np.exp(np.zeros(2)) * position)

    assert find_starts(Nuts(Target(_prior, likelihood, 2)), None, 1, 1).is_found.all()


@pytest.mark.parametrize(
    ("sites", "reason"),
    [
        ((Site("a", 0, 2), Site("b", 1, 3)), "sites a and b overlap"),
        ((Site("b", 1, 2), Site("a", 0, 3)), "sites a and b overlap"),
        ((Site("a", 0, 1), Site("b", 0, 1)), "sites a and b overlap"),
        ((Site("a", 0, 4),), "coordinates 0 to 3"),
        ((Site("a", 2, 1),), "coordinates 0 to 3"),
    ],
)
def test_sites_have_coordinates_of_their_own(sites: tuple[Site, ...], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Target(_prior, _prior, 3, sites)


def test_sites_may_come_in_any_order_and_leave_gaps() -> None:
    sites = (Site("b", 2, 3), Site("none", 1, 1), Site("a", 0, 1))
    assert Target(_prior, _prior, 3, sites).coordinates(["a", "b"]) == (0, 2)
