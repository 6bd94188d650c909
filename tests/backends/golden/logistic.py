"""The model logistic, from logistic.gen."""

import numpyro
import numpyro.distributions as dist
from numpyro.distributions import constraints


def model(*, n_row: int, n_feature: int, X, y=None):
    # alpha ~ Flat()   logistic.gen:5
    alpha = numpyro.sample("alpha", dist.ImproperUniform(constraints.real, (), ()))
    with numpyro.plate("feature", n_feature):
        # beta[feature] ~ Normal(0, 2.5)   logistic.gen:6
        beta = numpyro.sample("beta", dist.Normal(0.0, 2.5))
    with numpyro.plate("row", n_row):
        # y[row] ~ Bernoulli(logit = alpha + X @ beta)   logistic.gen:7
        numpyro.sample("y", dist.Bernoulli(logits=alpha + X @ beta), obs=y)
