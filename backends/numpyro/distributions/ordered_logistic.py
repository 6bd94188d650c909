"""Ordered categories, precise in the tails."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from jax import lax

from gendsl.backends.numpyro.distributions.log1mexp import log1mexp


def OrderedLogistic(eta, cutpoints):
    """Category k where eta + logistic noise falls between cutpoints k - 1 and k.

    sigmoid(u) - sigmoid(l) = sigmoid(u) sigmoid(-l) (1 - exp(l - u)), so no two close numbers
    are subtracted. A cutpoint may be infinite: no category lies beyond it.
    """
    shape = lax.broadcast_shapes(jnp.shape(eta), cutpoints.shape[:-1])
    gaps = jnp.broadcast_to(cutpoints, (*shape, cutpoints.shape[-1]))
    away = gaps - jnp.expand_dims(eta, -1)
    zero = jnp.zeros((*shape, 1), away.dtype)
    log_below = jnp.concatenate([-jax.nn.softplus(-away), zero], axis=-1)
    log_above = jnp.concatenate([zero, -jax.nn.softplus(away)], axis=-1)
    lower, upper = gaps[..., :-1], gaps[..., 1:]
    between = log1mexp(jnp.where(lower < upper, lower - upper, 0.0))
    return dist.Categorical(
        logits=log_below + log_above + jnp.concatenate([zero, between, zero], axis=-1)
    )
