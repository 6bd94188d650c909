"""From a network's coordinates of latents to their values, and from values to a model's positions.

A network draws latents u on the scale without constraints of its own prior's program; the model
that it proposes for may have other coordinates z of the same values, as where a quantity is not
centred. With the values v = T(u) = C(z), a density of u is one of z:

    log q(z) = log q(u) + log vol C'(z) - log vol T'(u).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gendsl.api.inference_posterior import Posterior
from gendsl.api.log_volume import log_volume
from gendsl.api.lowering import explained
from gendsl.api.pfn_sampler import LatentPlaces, latent_places
from gendsl.api.posterior import each_draw
from gendsl.ir.pfn import Pfn

Floats = NDArray[np.float64]
Values = Mapping[str, NDArray[Any]]

_PROBES = 2
"""Draws at which it is seen which coordinates have to be solved for together."""


class Placed(NamedTuple):
    """Values [draw, ...] by name, and the log volume of the map to them [draw]."""

    values: dict[str, NDArray[Any]]
    log_volume: Floats


@dataclass(frozen=True)
class LatentMap:
    """The map T of a network, from its coordinates to values."""

    places: LatentPlaces

    @classmethod
    def of(cls, pfn: Pfn) -> LatentMap:
        """Return the map of a block."""
        return cls(latent_places(pfn))

    def __call__(self, coordinates: Any) -> Placed:
        """Return what is at coordinates [draw, latent], in double precision."""
        import jax

        density = self.places.density
        names = frozenset(self.places.shapes)

        def one(key: Any, row: Any, data: Any) -> dict[str, Any]:
            from gendsl.backends.numpyro.latent_maps import values_from

            def of_row(at: Any) -> dict[str, Any]:
                return values_from(density, data, key, self.places.split(at), names)

            return _with_volume(of_row, row, tuple(self.places.shapes))

        with jax.enable_x64(True), explained(self.places.program):
            rows = np.asarray(coordinates, np.float64)
            same = "latents of a network", density.log_prior, tuple(self.places.shapes)
            found = each_draw(one, rows, 0, data=density.data, same=same)
        return Placed(found["values"], found["volume"]["log"])


def values_at_positions(posterior: Posterior, positions: Any, names: tuple[str, ...]) -> Placed:
    """Return the quantities of these names at positions [draw, dim]: the map C of the model."""
    density = posterior.density

    def one(_: Any, position: Any, data: Any) -> dict[str, Any]:
        from gendsl.backends.numpyro.latent_maps import values_at

        def of_position(at: Any) -> dict[str, Any]:
            return values_at(density, data, at, frozenset(names))  # type: ignore[arg-type]

        return _with_volume(of_position, position, names)

    same = "values at positions", density.log_prior, names
    found = each_draw(one, positions, 0, data=density.data, same=same)
    return Placed(found["values"], found["volume"]["log"])


class Positions(NamedTuple):
    """Positions [draw, dim], and whether a value lies beyond a bound of its support [draw]."""

    at: NDArray[Any]
    is_beyond: NDArray[np.bool_]


def positions_with(posterior: Posterior, values: Values, defaults: Any) -> Positions:
    """Return the positions with these values [draw, ...] by name.

    What is not named stays at `defaults` [draw, dim]. Where a value is impossible, coordinates are
    not finite, or of another value.
    """
    density: Any = posterior.density
    mixed = _mixed(density, values)

    def one(_: Any, row: Any, data: Any) -> dict[str, Any]:
        from gendsl.backends.numpyro.unconstrain import position_of

        own, default = row
        found, is_beyond = position_of(density.structure, data, own, default, mixed)
        return {"position": {"all": found, "is_beyond": is_beyond}}

    same = "positions with values", density.log_prior, tuple(values), tuple(sorted(mixed))
    made = each_draw(one, (dict(values), defaults), 0, data=density.data, same=same)
    return Positions(made["position"]["all"], made["position"]["is_beyond"])


def shapes_at(posterior: Posterior, names: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the quantities of these names that a model has."""
    import jax

    from gendsl.backends.numpyro.latent_maps import values_at

    density: Any = posterior.density
    found = jax.eval_shape(
        partial(values_at, density, names=frozenset(names)), density.data, np.zeros(density.size)
    )
    return {name: tuple(each.shape) for name, each in found.items()}


def _with_volume(function: Any, at: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """The values at a place, and the log volume of the map to them."""
    import jax.numpy as jnp

    def flat(place: Any) -> Any:
        found = function(place)
        return jnp.concatenate([jnp.ravel(found[name]) for name in names])

    return {"values": function(at), "volume": {"log": log_volume(flat, at)}}


def _mixed(density: Any, values: Values) -> frozenset[str]:
    """The coordinates that are solved for together, whatever the values."""
    from gendsl.backends.numpyro.unconstrain import mixed_sites

    count = min(_PROBES, len(next(iter(values.values()))))
    found = [
        mixed_sites(density.structure, density.data, {n: v[i] for n, v in values.items()})
        for i in range(count)
    ]
    return frozenset.intersection(*found)
