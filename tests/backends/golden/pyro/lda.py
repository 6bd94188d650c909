"""The model lda, from lda.gen."""

import math

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints


def model(*, n_doc: int, n_token: int, n_vocab: int, doc_of, word, n_topic: int = 3):
    with pyro.plate("doc", n_doc):
        # theta[doc, topic] ~ Dirichlet(1)   lda.gen:7
        theta = pyro.sample("theta", dist.Dirichlet(torch.ones(n_topic)))
    with pyro.plate("topic", n_topic):
        # phi[topic, vocab] ~ Dirichlet(1)   lda.gen:8
        phi = pyro.sample("phi", dist.Dirichlet(torch.ones(n_vocab)))
    z_log = torch.log(theta[doc_of])  # z[token] ~ Categorical(theta[doc_of])   lda.gen:9
    word_log = torch.log(phi[:, word]).T  # word[token] ~ Categorical(phi[z])   lda.gen:10
    with pyro.plate("token", n_token):
        pyro.sample(
            "z.sum",
            SummedOut(
                [Hidden("z", n_topic, "token", [n_token])],
                [Table(z_log, "token z"), Table(word_log, "token z")],
                plates="token",
            ),
            obs=torch.tensor(0.0),
        )
