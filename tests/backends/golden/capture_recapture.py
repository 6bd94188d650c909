"""The model capture, from capture_recapture.gen."""

import functools
import math

import jax
import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from numpyro.distributions import constraints


def model(*, n_i: int, y):
    # omega ~ Beta(1, 1)   capture_recapture.gen:4
    omega = numpyro.sample("omega", dist.Beta(1.0, 1.0))
    p = numpyro.sample("p", dist.Beta(1.0, 1.0))  # p ~ Beta(1, 1)   capture_recapture.gen:5
    # w[i] ~ Bernoulli(omega)   capture_recapture.gen:6
    w_log = dist.Bernoulli(probs=omega).log_prob(jnp.arange(2))
    # y[i, t] ~ Bernoulli(w * p)   capture_recapture.gen:7
    y_log = AtEdges(dist.Bernoulli, "probs", jnp.arange(2) * p, at_0=0, at_1=1).log_prob(
        y[:, :, None],
    )
    numpyro.sample(
        "w.sum",
        SummedOut(
            [Hidden("w", 2, "i", [n_i])],
            [Table(w_log, "i w"), Table(y_log, "i t w")],
            plates="i",
        ),
        obs=0.0,
    )


