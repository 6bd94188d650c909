"""The model ratings, from <text>."""

import pyro
import pyro.distributions as dist


def model(
    *,
    n_user: int,
    n_item: int,
    n_component: int,
    batch_user: int,
    batch_item: int,
    rating_known,
    rating=None,
):
    user_plate = pyro.plate("user", n_user, subsample_size=batch_user, dim=-2)
    component_plate = pyro.plate("component", n_component, dim=-1)
    item_plate = pyro.plate("item", n_item, subsample_size=batch_item, dim=-2)
    user_plate_ = pyro.plate("user_", n_user, subsample=user_plate.indices, dim=-1)
    item_plate_ = pyro.plate("item_", n_item, subsample=item_plate.indices, dim=-1)
    with user_plate, component_plate:
        u = pyro.sample("u", dist.Normal(0.0, 1.0))  # u[user, component] ~ Normal(0, 1)   <text>:6
    with item_plate, component_plate:
        v = pyro.sample("v", dist.Normal(0.0, 1.0))  # v[item, component] ~ Normal(0, 1)   <text>:7
    with user_plate_:
        bias = pyro.sample("bias", dist.Normal(0.0, 1.0))  # bias[user] ~ Normal(0, 1)   <text>:8
    with user_plate as user, item_plate_ as item:
        # let mean[user, item] = bias + sum[component](u * v)   <text>:9
        mean = bias[:, None] + u @ v.T
        # rating[user, item] ~ Normal(mean, 1)   <text>:10
        pyro.sample(
            "rating",
            dist.Normal(mean, 1.0).mask(rating_known[user][:, item]),
            obs=None if rating is None else rating[user][:, item],
        )
