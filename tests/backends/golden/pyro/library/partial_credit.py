"""The model partial_credit, from partial_credit.gen."""

import math

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints
from torch.distributions import biject_to, transform_to
from torch.distributions.transforms import Transform


def prepare(*, n_covariate: int, W):
    """Compute what depends on data alone, once: the model takes it as arguments."""
    # let centre[covariate] = if(pos(covariate) == 0, 0, mean[person](W))   partial_credit.gen:14
    centre = torch.where(torch.arange(n_covariate) == 0, 0, torch.mean(W, dim=0))
    # let scale[covariate] = if(pos(covariate) == 0, 1, 2 * sd[person](W))   partial_credit.gen:15
    scale = torch.where(torch.arange(n_covariate) == 0, 1, 2 * torch.std(W, dim=0))
    return dict(centre=centre, scale=scale)


def model(
    *,
    n_answer: int,
    n_item: int,
    n_person: int,
    n_covariate: int,
    n_grade: int,
    ii,
    jj,
    y,
    W,
    centre,
    scale,
    n_threshold: int = 15,
):
    with pyro.plate("item", n_item):
        # alpha[item] ~ LogNormal(1, 1)   partial_credit.gen:11
        alpha = pyro.sample("alpha", dist.LogNormal(1.0, 1.0))
    # beta[threshold] : sum_to_zero ~ Normal(0, 3)   partial_credit.gen:12
    beta = pyro.sample("beta", SumToZero(dist.Normal(0.0, 3.0).expand([n_threshold]).to_event(1)))
    with pyro.plate("covariate", n_covariate):
        # lambda_adj[covariate] ~ StudentT(3, 0, 1)   partial_credit.gen:13
        lambda_adj = pyro.sample("lambda_adj", dist.StudentT(3.0, 0.0, 1.0))
    with pyro.plate("person", n_person):
        # theta[person] ~ Normal(sum[covariate]((W - centre) / scale * lamb…   partial_credit.gen:16
        theta = pyro.sample("theta", dist.Normal((W - centre) / scale @ lambda_adj, 1.0))
    points = torch.arange(n_grade)  # let points[grade] = pos(grade)   partial_credit.gen:18
    # let top[item] = max[answer by ii](points[y])   partial_credit.gen:19
    top = segment_max(points[y], ii, num_segments=n_item)
    # let step[answer, grade] = cumsum[item](top)[ii] - top[ii] + points - 1   partial_credit.gen:20
    step = (torch.cumsum(top, dim=0)[ii] - top[ii])[:, None] + points - 1
    # let ease[answer, grade] = if(points == 0, 0, alpha[ii] * theta[jj] - …   partial_credit.gen:21
    ease = torch.where(
        points == 0,
        0,
        (alpha[ii] * theta[jj])[:, None] - beta[torch.clamp(step, -n_threshold, n_threshold - 1)],
    )
    with pyro.plate("answer", n_answer):
        # y[answer] ~ Categorical(logit = if(points <= top[ii], cumsum[grad…   partial_credit.gen:22
        pyro.sample(
            "y",
            dist.Categorical(
                logits=torch.where(
                    points <= top[ii][:, None],
                    torch.cumsum(ease, dim=1),
                    -torch.inf,
                ),
            ),
            obs=y,
        )
