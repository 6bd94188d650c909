"""Discrete latents whose bounds are computed from data, or move beside declared ones."""

import jax.numpy as jnp
import numpy as np
import pytest
from backend_cases.compiled import bound, log_density, resolved
from scipy import stats

from gendsl.backends.numpyro import lower
from gendsl.transforms.sum_out import sum_out

K = np.array([3, 5, 2])

BOUNDS = {
    "written out": "n ~ DiscreteUniform(max[row](k), limit)",
    "a let": "let low = max[row](k)\nn ~ DiscreteUniform(low, limit)",
    "a let of lets": "let most = max[row](k)\nlet low = most + 0\nn ~ DiscreteUniform(low, limit)",
    "declared": "let low = max[row](k)\nn : low <= int <= limit ~ DiscreteUniform(low, limit)",
}


@pytest.mark.parametrize("written", BOUNDS.values(), ids=BOUNDS.keys())
def test_bounds_of_data_by_whatever_name(written: str) -> None:
    text = f"""model m {{
  dim row
  data limit : int
  data k[row] : int
  a ~ Normal(0, 1)
  {written}
  k[row] ~ Binomial(n, inv_logit(a))
}}
"""
    density = lower(sum_out(resolved(text))).bind(bound({"k": K, "limit": 9}, {"row": 3}))
    p = 1 / (1 + np.exp(-0.3))
    total = sum(np.prod(stats.binom.pmf(K, n, p)) / 5 for n in range(5, 10))
    expected = stats.norm.logpdf(0.3) + np.log(total)
    assert float(log_density(density, jnp.array([0.3]))) == pytest.approx(expected, rel=1e-10)


MOVING = {
    "n : 0 <= int <= 6 ~ DiscreteUniform(first, 6)": lambda m, n: (m <= n) / (7 - m),
    "n : 0 <= int <= 6 ~ Binomial(first + 2, 0.4)": lambda m, n: stats.binom.pmf(n, m + 2, 0.4),
}


@pytest.mark.parametrize(("written", "mass"), MOVING.items(), ids=MOVING.keys())
def test_what_the_help_says_of_bounds_that_move(written: str, mass: object) -> None:
    """Declared bounds that hold all values leave the distribution as it is."""
    text = f"""model m {{
  data y : real
  a ~ Normal(0, 1)
  first ~ DiscreteUniform(0, 3)
  {written}
  y ~ Normal(n + a, 1)
}}
"""
    density = lower(sum_out(resolved(text))).bind(bound({"y": np.array(1.7)}, {}))
    total = sum(
        0.25 * mass(m, n) * stats.norm.pdf(1.7, n + 0.3, 1) for m in range(4) for n in range(7)
    )
    expected = stats.norm.logpdf(0.3) + np.log(total)
    assert float(log_density(density, jnp.array([0.3]))) == pytest.approx(expected, rel=1e-10)
