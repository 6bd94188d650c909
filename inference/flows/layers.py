"""Layers of a flow: splines of some coordinates, bent by others, and an affine map behind them all.

A coupling layer bends one half of the coordinates by the other, so both directions cost the same:

    y_A = x_A,   y_B = spline(x_B; network(x_A)).

An autoregressive layer bends each by those before it, ``y_i = spline(x_i; network(x_{<i}))``: its
inverse goes through the coordinates one by one.

Sources: Durkan, Bekasov, Murray & Papamakarios (2019), "Neural spline flows", section 4; Dinh,
Sohl-Dickstein & Bengio (2017), "Density estimation using Real NVP" (coupling); Papamakarios,
Pavlakou & Murray (2017), "Masked autoregressive flow for density estimation".
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference.flows import networks, spline
from gendsl.inference.flows.networks import Masks, Network

Layer = Callable[[Network, jax.Array], tuple[jax.Array, jax.Array]]
"""``(network, position[dim]) -> (image[dim], log determinant)``."""


def coupling(network: Network, bound: float, position: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Bend the second half of ``position`` [dim] by the first."""
    return _couple(spline.forward, network, bound, position)


def coupling_inverse(
    network: Network, bound: float, image: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Undo :func:`coupling`."""
    return _couple(spline.inverse, network, bound, image)


def _couple(
    bend: Callable[..., tuple[jax.Array, jax.Array]],
    network: Network,
    bound: float,
    place: jax.Array,
) -> tuple[jax.Array, jax.Array]:
    half = len(place) // 2
    still, moving = place[:half], place[half:]
    moved, log_slopes = bend(networks.apply(network, still), bound, moving)
    return jnp.concatenate([still, moved]), jnp.sum(log_slopes)


def autoregressive(
    network: Network, masks: Masks, bound: float, position: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Bend each coordinate of ``position`` [dim] by those before it."""
    raw = networks.apply(networks.masked(network, masks), position)
    image, log_slopes = spline.forward(raw, bound, position)
    return image, jnp.sum(log_slopes)


def autoregressive_inverse(
    network: Network, masks: Masks, bound: float, image: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Undo :func:`autoregressive`: the first coordinate first."""
    kept = networks.masked(network, masks)

    def find(position: jax.Array, row: Any) -> tuple[jax.Array, jax.Array]:
        is_next, weights, bias, wanted = row
        raw = networks.product(networks.hidden(kept, position), weights) + bias
        found, log_slope = spline.inverse(raw, bound, wanted)
        return jnp.where(is_next, found, position), log_slope

    weights = networks.rows_of_last(kept)
    rows = (np.eye(len(image), dtype=bool), weights, kept.last_bias, image)
    position, log_slopes = jax.lax.scan(find, jnp.zeros_like(image), rows)
    return position, jnp.sum(log_slopes)


def orders(size: int, count: int) -> np.ndarray:
    """Return the order [layer, dim] in which each of ``count`` layers takes the coordinates.

    Each other layer has the order before it backwards, so that what one left another moves; the
    orders between are shuffles that depend on nothing but the two numbers.
    """
    shuffle = np.random.default_rng(size)
    first = [np.arange(size)] + [shuffle.permutation(size) for _ in range(1, (count + 1) // 2)]
    rows = [row for order in first for row in (order, order[::-1])]
    return np.array(rows[:count], np.int32).reshape(count, size)
