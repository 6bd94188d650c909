"""The model lda, from lda.gen."""

import functools
import math

import jax
import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from numpyro.distributions import constraints


def model(*, n_doc: int, n_token: int, n_vocab: int, doc_of, word, n_topic: int = 3):
    with numpyro.plate("doc", n_doc):
        # theta[doc, topic] ~ Dirichlet(1)   lda.gen:7
        theta = numpyro.sample("theta", dist.Dirichlet(jnp.full(n_topic, 1.0)))
    with numpyro.plate("topic", n_topic):
        # phi[topic, vocab] ~ Dirichlet(1)   lda.gen:8
        phi = numpyro.sample("phi", dist.Dirichlet(jnp.full(n_vocab, 1.0)))
    z_log = jnp.log(theta[doc_of])  # z[token] ~ Categorical(theta[doc_of])   lda.gen:9
    word_log = jnp.log(phi[:, word]).T  # word[token] ~ Categorical(phi[z])   lda.gen:10
    numpyro.sample(
        "z.sum",
        SummedOut(
            [Hidden("z", n_topic, "token", [n_token])],
            [Table(z_log, "token z"), Table(word_log, "token z")],
            plates="token",
        ),
        obs=0.0,
    )


