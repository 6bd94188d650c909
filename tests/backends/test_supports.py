"""Supports where they are easily lost: inside a base, below zero, at a gap among many bounds."""

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import pytest
from backend_cases.compiled import bound, compiled

from gendsl.backends.failures import CannotSimulate

COUNTS = {"row": 3}


def test_an_inferred_support_holds_inside_censored() -> None:
    text = (
        "model m {\n  dim row\n  data y[row] : real\n  theta ~ HalfNormal(5)\n"
        "  y[row] ~ Censored(Uniform(0, theta), upper = 5)\n}\n"
    )
    with numpyro.validation_enabled(False):  # whose checks users turn off for speed
        density = compiled(text).bind(bound({"y": np.array([1.0, 3.0, 2.0])}, COUNTS))
        found = [
            float(density.log_likelihood(density.data, jnp.log(jnp.array([theta]))))
            for theta in (2.0, 4.0)
        ]
    assert found == [-np.inf, pytest.approx(-3 * np.log(4.0))]


def test_draws_that_are_sorted_must_be_inside() -> None:
    key = jax.random.key(0)
    text = "model m {{\n  dim row\n  w[row] : positive_ordered ~ {}\n}}\n"
    positive = compiled(text.format("Gamma(2, 1)")).bind(bound({}, COUNTS))
    assert np.all(np.asarray(positive.simulate(key, positive.data)["w"]) > 0)
    real = compiled(text.format("Normal(0, 1)")).bind(bound({}, COUNTS))
    with pytest.raises(CannotSimulate, match="up to a constant"):
        real.simulate(key, real.data)


def test_a_missing_entry_keeps_its_own_bound() -> None:
    text = (
        "model m {\n  dim row, col\n  data low[col] : real\n  data y[row, col] : real? > low\n"
        "  data z[row] : real\n  mu ~ Normal(0, 1)\n  y[row, col] ~ Normal(mu, 1)\n"
        "  z[row] ~ Normal(sum[col](y), 1)\n}\n"
    )
    y = np.array([[np.nan, 1.0], [7.0, np.nan]])
    data = {"low": np.array([5.0, -9.0]), "y": y, "z": np.zeros(2)}
    density = compiled(text).bind(bound(data, {"row": 2, "col": 2}, missing={"y": np.isnan(y)}))
    values = density.latent_values(density.data, jnp.full(density.size, -9.0))
    np.testing.assert_allclose(values["y.missing"], [5.0, -9.0], atol=1e-3)
