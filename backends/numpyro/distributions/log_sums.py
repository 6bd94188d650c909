"""Sums over states on the log scale, and what else their reverse pass can give."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import functools

import jax
import jax.numpy as jnp


def _sum_of_parts(log, axes):
    top = log.max(axes, keepdims=True)
    top = jnp.where(jnp.isfinite(top), top, 0.0)
    parts = jnp.exp(log - top)
    total = parts.sum(axes, keepdims=True)
    return (jnp.log(total) + top).squeeze(axes), parts, total


@functools.partial(jax.custom_jvp, nondiff_argnums=(1, 2))
def log_sum(log, axes, is_step=False):
    """log sum exp over `axes`: -inf where all is impossible, and never NaN in the gradient.

    A step of a scan keeps each part's share for the gradient; elsewhere it is cheaper to compute
    the shares again, where they are used.
    """
    return _sum_of_parts(log, axes)[0]


@log_sum.defjvp
def _log_sum_jvp(axes, is_step, primals, tangents):
    (log,), (slope,) = primals, tangents
    result, parts, total = _sum_of_parts(log, axes)
    if is_step:
        shares = parts / jnp.where(total == 0, 1.0, total)
    else:
        shares = jnp.exp(log - jnp.expand_dims(jnp.where(result == -jnp.inf, 0.0, result), axes))
    return result, (shares * slope).sum(axes)


@functools.partial(jax.custom_vjp, nondiff_argnums=(1,))
def log_choice(log, axes, key):
    """`log_sum` or, without a key, the maximum; its reverse pass picks one entry of `axes`.

    It draws the entry in proportion to its weight or, without a key, takes the largest. Where all
    sums of an elimination are replaced by this, the gradient marks one joint configuration: an
    exact draw, or the most probable one.
    """
    return log.max(axes) if key is None else log_sum(log, axes)


def _choose(log, axes, key):
    return log_choice(log, axes, key), (log, key)


def _mark(axes, saved, wanted):
    log, key = saved
    last = tuple(range(-len(axes), 0))
    moved = jnp.moveaxis(log, axes, last)
    flat = moved.reshape((*moved.shape[: -len(axes)], -1))
    noise = 0.0 if key is None else jax.random.gumbel(key, flat.shape, flat.dtype)
    chosen = jax.nn.one_hot(jnp.argmax(flat + noise, -1), flat.shape[-1], dtype=log.dtype)
    marked = jnp.moveaxis(chosen.reshape(moved.shape), last, axes)
    return marked * jnp.expand_dims(wanted, axes), None


log_choice.defvjp(_choose, _mark)
