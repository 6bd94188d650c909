"""The model horseshoe_logistic, from horseshoe_logistic.gen."""

import math

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints
from torch.nn.functional import logsigmoid


def model(
    *,
    n_sample: int,
    n_gene: int,
    x,
    scale_icept,
    scale_global,
    slab_scale,
    slab_df,
    nu_global,
    nu_local,
    y=None,
):
    gene_plate = pyro.plate("gene", n_gene, dim=-1)
    # beta0 ~ Normal(0, scale_icept)   horseshoe_logistic.gen:22
    beta0 = pyro.sample("beta0", dist.Normal(0.0, scale_icept))
    # tau ~ HalfStudentT(df, scale)   horseshoe_logistic.gen:3
    beta_tau = pyro.sample("beta.tau", HalfStudentT(nu_global, 2 * scale_global))
    with gene_plate:
        # lambda[k] ~ HalfStudentT(df_local, 1)   horseshoe_logistic.gen:4
        beta_lambda = pyro.sample("beta.lambda", HalfStudentT(nu_local, 1.0))
    # caux ~ InverseGamma(slab_df / 2, slab_df / 2)   horseshoe_logistic.gen:5
    beta_caux = pyro.sample("beta.caux", dist.InverseGamma(slab_df / 2, slab_df / 2))
    with gene_plate:
        # z[k] ~ Normal(0, 1)   horseshoe_logistic.gen:6
        beta_z = pyro.sample("beta.z", dist.Normal(0.0, 1.0))
    beta_c2 = slab_scale ** 2 * beta_caux  # let c2 = slab_scale^2 * caux   horseshoe_logistic.gen:7
    # horseshoe[k] = z * tau * lambda * sqrt(c2 / (c2 + tau^2 * lambda^2…   horseshoe_logistic.gen:8
    beta = pyro.deterministic(
        "beta",
        (
            beta_z
            * beta_tau
            * beta_lambda
            * torch.sqrt(beta_c2 / (beta_c2 + beta_tau ** 2 * beta_lambda ** 2))
        ),
    )
    with pyro.plate("sample", n_sample):
        # y[sample] ~ Bernoulli(logit = beta0 + x @ beta)   horseshoe_logistic.gen:25
        pyro.sample("y", Bernoulli(logits=beta0 + x @ beta), obs=y)
