"""The model dawid_skene, from dawid_skene.gen."""

import functools
import math

import jax
import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from numpyro.distributions import constraints


def model(*, n_item: int, n_rater: int, n_answer: int, item_of, rater_of, y, n_k: int = 3):
    # pi[k] ~ Dirichlet(3)   dawid_skene.gen:8
    pi = numpyro.sample("pi", dist.Dirichlet(jnp.full(n_k, 3.0)))
    with numpyro.plate("rater", n_rater, dim=-2), numpyro.plate("k", n_k, dim=-1):
        # theta[rater, k, answer] ~ Dirichlet(1)   dawid_skene.gen:9
        theta = numpyro.sample("theta", dist.Dirichlet(jnp.full(n_answer, 1.0)))
    z_log = jnp.log(pi)  # z[item] ~ Categorical(pi)   dawid_skene.gen:10
    # y[rating] ~ Categorical(theta[rater_of, z[item_of]])   dawid_skene.gen:11
    y_log = jax.ops.segment_sum(jnp.log(theta[rater_of, :, y]), item_of, n_item)
    numpyro.sample(
        "z.sum",
        SummedOut(
            [Hidden("z", n_k, "item", [n_item])],
            [Table(z_log, "item z"), Table(y_log, "item z")],
            plates="item",
        ),
        obs=0.0,
    )


