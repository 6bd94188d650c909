"""The model bones, from bones.gen."""

import pyro
import pyro.distributions as dist
import torch
from torch.nn.functional import logsigmoid


def model(*, n_child: int, n_bone: int, n_cut: int, grade, ncat, delta, gamma):
    child_plate = pyro.plate("child", n_child, dim=-1)
    child_plate_ = pyro.plate("child_", n_child, dim=-2)
    with child_plate:
        # theta[child] ~ Normal(0, 36)   bones.gen:9
        theta = pyro.sample("theta", dist.Normal(0.0, 36.0))
    # let limit[bone, cut] = if(pos(cut) < ncat - 1, delta * gamma, inf)   bones.gen:11
    limit = torch.where(
        torch.arange(n_cut) < (ncat - 1)[:, None],
        delta[:, None] * gamma,
        torch.inf,
    )
    # observe grade - 1 ~ OrderedLogistic(delta * theta, limit) where grade > 0   bones.gen:12
    observe_holds = grade > 0
    with child_plate_, pyro.plate("bone", n_bone, dim=-1):
        # observe grade - 1 ~ OrderedLogistic(delta * theta, limit) where grade > 0   bones.gen:12
        pyro.sample(
            "observe",
            OrderedLogistic(torch.where(observe_holds, delta * theta[:, None], 0.0), limit).mask(
                observe_holds,
            ),
            obs=torch.where(observe_holds, grade - 1, 0),
        )
