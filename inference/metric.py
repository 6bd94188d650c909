"""The diagonal metric that warm-up learns: the Fisher-divergence estimate, pooled over chains.

Among diagonal metrics, the one that minimises the Fisher divergence between the target and a
Gaussian with that covariance is

    M^{-1} = sqrt(var(draws) / var(gradients)),

elementwise. For independent normals it is exact from two draws on, since both variances err by the
same factor. The moments are a monoid (``empty``, ``combine``), so chains, and pieces of a chain,
pool in any grouping.

Sources: Seyboldt, Carlson & Carpenter (2025), "Preconditioning Hamiltonian Monte Carlo by
minimizing Fisher divergence" (nutpie); Chan, Golub & LeVeque (1983) for the pooled moments.
"""

from collections.abc import Container
from functools import reduce
from typing import NamedTuple

import jax
import numpy as np

from gendsl.inference.arrays import on_host

_PRIOR_DRAWS = 1.0
_SMALLEST, _LARGEST = 1e-10, 1e10


class Moments(NamedTuple):
    """Running moments of draws and gradients: ``num_draws`` scalar, ``*_mean`` [dim].

    ``*_spread`` sums the squared distances from the mean [dim], or with a dense metric their outer
    products [dim, dim]. ``log_density_mean`` is the mean of the log density, a scalar.
    """

    num_draws: jax.Array
    draw_mean: jax.Array
    draw_spread: jax.Array
    gradient_mean: jax.Array
    gradient_spread: jax.Array
    log_density_mean: jax.Array


def empty(like: jax.Array, *, is_dense: bool = False) -> Moments:
    """Return the monoid's identity; ``like`` has the shape [..., dim] of the draws."""
    nothing = like * 0
    spread = nothing[..., None] * nothing[..., None, :] if is_dense else nothing
    return Moments(nothing[..., 0], nothing, spread, nothing, spread, nothing[..., 0])


def observe(
    moments: Moments, draw: jax.Array, gradient: jax.Array, log_density: jax.Array
) -> Moments:
    """Return ``moments`` of one chain with one more draw.

    Args:
        draw: [dim].
        gradient: of the log density, there [dim].
        log_density: there, scalar.
    """
    count = moments.num_draws + 1
    off_draw = draw - moments.draw_mean
    off_gradient = gradient - moments.gradient_mean
    keep = 1.0 - 1.0 / count
    return Moments(
        count,
        moments.draw_mean + off_draw / count,
        moments.draw_spread + _square(off_draw, moments.draw_spread) * keep,
        moments.gradient_mean + off_gradient / count,
        moments.gradient_spread + _square(off_gradient, moments.gradient_spread) * keep,
        moments.log_density_mean + (log_density - moments.log_density_mean) / count,
    )


def combine(one: Moments, other: Moments) -> Moments:
    """Return the moments of both sets of draws together; associative, ``empty`` is neutral."""
    count = one.num_draws + other.num_draws
    share = other.num_draws / (count + (count == 0))
    draw_gap = other.draw_mean - one.draw_mean
    gradient_gap = other.gradient_mean - one.gradient_mean
    between = one.num_draws * share
    return Moments(
        count,
        one.draw_mean + share * draw_gap,
        one.draw_spread + other.draw_spread + between * _square(draw_gap, one.draw_spread),
        one.gradient_mean + share * gradient_gap,
        one.gradient_spread
        + other.gradient_spread
        + between * _square(gradient_gap, one.gradient_spread),
        one.log_density_mean + share * (other.log_density_mean - one.log_density_mean),
    )


def _square(gap: jax.Array, like: jax.Array) -> jax.Array:
    """Return ``gap`` [dim] times itself, elementwise or as an outer product, as ``like`` is."""
    return gap * gap if like.ndim == 1 else gap[:, None] * gap


def pool(chains: Moments, left_out: Container[int] = ()) -> Moments:
    """Return the moments of all chains but some, from fields with a leading chain axis."""
    fields = [on_host(field) for field in chains]
    pooled = [chain for chain in range(len(fields[0])) if chain not in left_out]
    return reduce(combine, (Moments(*(field[chain] for field in fields)) for chain in pooled))


def diagonal(moments: Moments) -> Moments:
    """Return the moments without the cross products of a dense metric's."""
    spreads = (moments.draw_spread, moments.gradient_spread)
    draw, gradient = (on_host(np.diagonal(np.asarray(spread))) for spread in spreads)
    return moments._replace(draw_spread=draw, gradient_spread=gradient)


def estimate_scale(moments: Moments, before: jax.Array) -> jax.Array:
    """Return ``sqrt(M^{-1})`` [dim] from pooled moments.

    The estimate is drawn towards the scale ``before`` with the weight of one draw, on the log
    scale. A coordinate whose draws or gradients never varied keeps its scale.
    """
    spread, pull = np.asarray(moments.draw_spread), np.asarray(moments.gradient_spread)
    is_usable = (spread > 0) & (pull > 0) & np.isfinite(spread) & np.isfinite(pull)
    ratio = np.where(is_usable, spread, 1.0) / np.where(is_usable, pull, 1.0)
    count = float(moments.num_draws)
    weight = count / (count + _PRIOR_DRAWS)
    log_scale = weight * 0.25 * np.log(ratio) + (1.0 - weight) * np.log(before)
    scale = np.where(is_usable, np.exp(log_scale), before)
    return on_host(np.clip(scale, _SMALLEST, _LARGEST).astype(before.dtype))


def scale_from_draws(moments: Moments, before: jax.Array) -> jax.Array:
    """Return the root of the covariance of pooled draws, [dim] or [dim, dim] as ``before`` is.

    For kernels without gradients. A covariance is drawn towards the square of ``before`` with the
    weight of five draws.
    """
    count, prior = float(moments.num_draws), 5.0
    spread = np.asarray(moments.draw_spread, np.float64)
    root = np.asarray(before, np.float64)
    square = root * root if root.ndim == 1 else root @ root.T
    covariance = (spread + prior * square) / (count + prior)
    if root.ndim == 1:
        made = np.clip(np.sqrt(covariance), _SMALLEST, _LARGEST)
    else:
        made = np.linalg.cholesky(covariance)
    return on_host(np.where(np.isfinite(made), made, root).astype(before.dtype))


def scale_from_gradients(gradients: jax.Array) -> jax.Array:
    """Return a first guess of the scale [dim] from the gradients [chain, dim] at the starts.

    Starts lie within two units of zero, so a gradient of size ``g`` suggests a variance of about
    ``1 / g``: the estimate above with a unit variance of draws.
    """
    size = np.sqrt(np.mean(np.square(gradients), axis=0))
    is_usable = np.isfinite(size) & (size > 0)
    scale = np.where(is_usable, size, 1.0) ** -0.5
    return on_host(np.clip(scale, 1e-3, 1e3).astype(gradients.dtype))
