"""Monotone rational-quadratic splines, the elements of the flows.

A spline goes through knots ``(x_k, y_k)`` with slopes ``d_k`` and maps [-bound, bound] onto itself;
beyond it is the identity. In bin ``k``, of width ``w``, height ``h`` and mean slope ``s = h / w``,
with ``t = (x - x_k) / w``,

    y = y_k + h (s t^2 + d_k t (1 - t)) / (s + (d_k + d_{k+1} - 2 s) t (1 - t)).

Its inverse is the root of a quadratic. Bins are picked by masks in place of indices, the gradient
of which would be a scatter.

Source: Durkan, Bekasov, Murray & Papamakarios (2019), "Neural spline flows", eqs. 4 to 8.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

_LEAST_SHARE = 1e-3
"""Of a bin, in the width and the height of the whole."""
_LEAST_SLOPE = 1e-3
_SLOPE_OF_ONE = float(np.log(np.expm1(1.0 - _LEAST_SLOPE)))


def num_parameters(num_bins: int) -> int:
    """Return how many numbers make a spline: widths, heights and the slopes between bins."""
    return 3 * num_bins - 1


class _Bin(NamedTuple):
    left: jax.Array
    low: jax.Array
    width: jax.Array
    height: jax.Array
    slope: jax.Array
    next_slope: jax.Array


class _Knots(NamedTuple):
    """Of each spline: ``x`` and ``y`` [..., bin + 1] and ``slope`` [..., bin + 1]."""

    x: jax.Array
    y: jax.Array
    slope: jax.Array


def forward(raw: jax.Array, bound: float, position: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the images [...] of ``position`` [...] and the logs of the slopes there [...].

    ``raw`` [..., parameter] are any numbers; zeros make the identity.
    """
    knots = _knots(raw, bound)
    is_inside = jnp.abs(position) < bound
    inside = jnp.where(is_inside, position, 0.0)
    here = _bin_of(knots, knots.x, inside)
    share = (inside - here.left) / here.width
    mean_slope = here.height / here.width
    bend = share * (1.0 - share)
    top = here.height * (mean_slope * share**2 + here.slope * bend)
    bottom = mean_slope + (here.slope + here.next_slope - 2.0 * mean_slope) * bend
    image = jnp.where(is_inside, here.low + top / bottom, position)
    return image, jnp.where(is_inside, _log_slope(here, share), 0.0)


def inverse(raw: jax.Array, bound: float, image: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the positions [...] whose images are ``image`` [...], and the inverse's log slopes."""
    knots = _knots(raw, bound)
    is_inside = jnp.abs(image) < bound
    inside = jnp.where(is_inside, image, 0.0)
    here = _bin_of(knots, knots.y, inside)
    mean_slope = here.height / here.width
    rise = inside - here.low
    bent = rise * (here.slope + here.next_slope - 2.0 * mean_slope)
    a = here.height * (mean_slope - here.slope) + bent
    b = here.height * here.slope - bent
    c = -mean_slope * rise
    share = 2.0 * c / (-b - jnp.sqrt(jnp.maximum(b * b - 4.0 * a * c, 0.0)))
    position = jnp.where(is_inside, here.left + share * here.width, image)
    return position, jnp.where(is_inside, -_log_slope(here, share), 0.0)


def _log_slope(here: _Bin, share: jax.Array) -> jax.Array:
    mean_slope, bend = here.height / here.width, share * (1.0 - share)
    top = here.next_slope * share**2 + 2.0 * mean_slope * bend + here.slope * (1.0 - share) ** 2
    bottom = mean_slope + (here.slope + here.next_slope - 2.0 * mean_slope) * bend
    return jnp.log(top) + 2.0 * jnp.log(mean_slope / bottom)


def _knots(raw: jax.Array, bound: float) -> _Knots:
    num_bins = (raw.shape[-1] + 1) // 3
    slope = _LEAST_SLOPE + jax.nn.softplus(raw[..., 2 * num_bins :] + _SLOPE_OF_ONE)
    ones = jnp.ones_like(slope[..., :1])
    return _Knots(
        _places(raw[..., :num_bins], bound),
        _places(raw[..., num_bins : 2 * num_bins], bound),
        jnp.concatenate([ones, slope, ones], axis=-1),
    )


def _places(raw: jax.Array, bound: float) -> jax.Array:
    """Return increasing knots from ``-bound`` to ``bound``."""
    shares = _LEAST_SHARE + (1.0 - _LEAST_SHARE * raw.shape[-1]) * jax.nn.softmax(raw, axis=-1)
    inner = 2.0 * bound * jnp.cumsum(shares[..., :-1], axis=-1) - bound
    end = jnp.full_like(raw[..., :1], bound)
    return jnp.concatenate([-end, inner, end], axis=-1)


def _bin_of(knots: _Knots, ends: jax.Array, place: jax.Array) -> _Bin:
    """Return the bin in which ``place`` lies among ``ends``, ``knots.x`` or ``knots.y``."""
    number = jnp.sum(place[..., None] >= ends[..., 1:-1], axis=-1, keepdims=True)
    is_here = number == np.arange(ends.shape[-1] - 1)

    def pick(rows: jax.Array) -> jax.Array:
        return jnp.sum(jnp.where(is_here, rows, 0.0), axis=-1)

    left, low = pick(knots.x[..., :-1]), pick(knots.y[..., :-1])
    return _Bin(
        left,
        low,
        pick(knots.x[..., 1:]) - left,
        pick(knots.y[..., 1:]) - low,
        pick(knots.slope[..., :-1]),
        pick(knots.slope[..., 1:]),
    )
