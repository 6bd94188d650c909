"""The model slopes, from slopes.gen."""

import numpyro
import numpyro.distributions as dist


def model(*, n_item: int, n_row: int, n_other: int, item_of, x, asked, y=None, n_pair: int = 2):
    # L[pair, other] ~ LKJCholesky(2)   slopes.gen:9
    L = numpyro.sample("L", dist.LKJCholesky(dimension=n_other, concentration=2.0))
    with numpyro.plate("pair", n_pair):
        # scale[pair] ~ HalfNormal(1)   slopes.gen:10
        scale = numpyro.sample("scale", dist.HalfNormal(1.0))
    with numpyro.plate("item", n_item, dim=-2), numpyro.plate("pair", n_pair, dim=-1):
        # z[item, pair] ~ Normal(0, 1)   slopes.gen:11
        z = numpyro.sample("z", dist.Normal(0.0, 1.0))
    # xi[item, pair] = scale * sum[other](L * z[pair = other])   slopes.gen:12
    xi = numpyro.deterministic("xi", scale * (L @ z.T).T)
    with numpyro.plate("row", n_row):
        # y[row] ~ Normal(xi[item_of, pair = intercept] + xi[item_of, pair = slope]…   slopes.gen:13
        numpyro.sample(
            "y",
            dist.Normal(xi[item_of, 1] + xi[item_of, 0] * x, 1.0).mask(asked),
            obs=y,
        )
