"""What a program for NumPyro draws its predictions from."""

from typing import Any

import jax
from numpyro import distributions as dist


def drawn_from(density: Any, position: Any, count: int) -> dist.MultivariateNormal:
    """The last multivariate normal over `count` members that predictions are drawn from."""
    made = []
    before = dist.MultivariateNormal.sample

    def sample(self: Any, key: Any, sample_shape: tuple[int, ...] = ()) -> Any:
        made.append(self)
        return before(self, key, sample_shape)

    dist.MultivariateNormal.sample = sample
    try:
        density.generate(jax.random.key(0), density.data, position)
    finally:
        dist.MultivariateNormal.sample = before
    return next(d for d in made[::-1] if d.loc.shape == (count,))
