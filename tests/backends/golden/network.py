"""The model network, from network.gen."""

import jax
import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from jax import lax
from jax.scipy import special


def model(
    *,
    n_row: int,
    n_col: int,
    n_county: int,
    n_f_layer2_input: int,
    X,
    county_of,
    Z,
    y=None,
    n_head: int = 2,
    n_f_layer1_unit: int = 3,
    n_e_layer1_unit: int = 2,
    predict: bool = False,
):
    tau = numpyro.sample("tau", dist.HalfNormal(1.0))  # tau ~ HalfNormal(1)   network.gen:9
    with numpyro.plate("f.layer1.unit", n_f_layer1_unit):
        # bias ~ Normal(0, 1)   network.gen:10
        f_layer1_bias = numpyro.sample("f.layer1.bias", dist.Normal(0.0, 1.0))
    with (
        numpyro.plate("col", n_col, dim=-2),
        numpyro.plate("f.layer1.unit", n_f_layer1_unit, dim=-1),
    ):
        # weight ~ Normal(0, tau / sqrt(fan_in))   network.gen:10
        f_layer1_weight_raw = numpyro.sample("f.layer1.weight.raw", dist.Normal(0.0, 1.0))
    # weight ~ Normal(0, tau / sqrt(fan_in))   network.gen:10
    f_layer1_weight = numpyro.deterministic(
        "f.layer1.weight",
        tau / jnp.sqrt(n_col) * f_layer1_weight_raw,
    )
    with (
        numpyro.plate("f.layer2.input", n_f_layer2_input, dim=-2),
        numpyro.plate("f.layer1.unit", n_f_layer1_unit, dim=-1),
    ):
        # f.layer2.weight ~ SpikeAndSlab(0.2, 0.1, 1 / sqrt(fan_in))   network.gen:14
        f_layer2_weight = numpyro.sample(
            "f.layer2.weight",
            Mixture(
                jnp.array([1 - 0.2, 0.2]),
                [dist.Normal(0.0, 0.1), dist.Normal(0.0, 1 / jnp.sqrt(3))],
            ),
        )
    with numpyro.plate("head", n_head):
        # bias ~ Normal(0, 1)   network.gen:13
        f_layer3_bias = numpyro.sample("f.layer3.bias", dist.Normal(0.0, 1.0))
    with (
        numpyro.plate("f.layer1.unit", n_f_layer1_unit, dim=-2),
        numpyro.plate("head", n_head, dim=-1),
    ):
        # weight ~ Horseshoe(0.5)   network.gen:13
        f_layer3_weight_lambda = numpyro.sample("f.layer3.weight.lambda", dist.HalfCauchy(1.0))
    # weight ~ Horseshoe(0.5)   network.gen:13
    f_layer3_weight_tau = numpyro.sample("f.layer3.weight.tau", dist.HalfCauchy(0.5))
    with (
        numpyro.plate("f.layer1.unit", n_f_layer1_unit, dim=-2),
        numpyro.plate("head", n_head, dim=-1),
    ):
        # weight ~ Horseshoe(0.5)   network.gen:13
        f_layer3_weight_raw = numpyro.sample("f.layer3.weight.raw", dist.Normal(0.0, 1.0))
    # weight ~ Horseshoe(0.5)   network.gen:13
    f_layer3_weight = numpyro.deterministic(
        "f.layer3.weight",
        f_layer3_weight_tau * f_layer3_weight_lambda * f_layer3_weight_raw,
    )
    with (
        numpyro.plate("county", n_county, dim=-2),
        numpyro.plate("e.layer1.unit", n_e_layer1_unit, dim=-1),
    ):
        # weight ~ Normal(0, 1)   network.gen:15
        e_layer1_weight = numpyro.sample("e.layer1.weight", dist.Normal(0.0, 1.0))
    with numpyro.plate("e.layer1.unit", n_e_layer1_unit):
        # weight ~ Normal(0, 1)   network.gen:15
        e_layer2_weight = numpyro.sample("e.layer2.weight", dist.Normal(0.0, 1.0))
    f_X_layer1 = jnp.tanh(X @ f_layer1_weight + f_layer1_bias)  # f(X)   network.gen:17
    f_X_layer2 = jax.nn.silu(f_X_layer1 @ f_layer2_weight)  # f(X)   network.gen:17
    f_X_block1 = f_X_layer1 + f_X_layer2  # f(X)   network.gen:17
    f_X = f_X_block1 @ f_layer3_weight + f_layer3_bias  # f(X)   network.gen:17
    # e(county_of)   network.gen:17
    e_county_of_layer1 = jax.nn.gelu(e_layer1_weight[county_of], approximate=False)
    e_county_of = e_county_of_layer1 @ e_layer2_weight  # e(county_of)   network.gen:17
    with numpyro.plate("row", n_row):
        # y[row] ~ Normal(f(X)[head = mean] + e(county_of), exp(f(X)[head = spread…   network.gen:17
        numpyro.sample("y", dist.Normal(f_X[:, 0] + e_county_of, jnp.exp(f_X[:, 1])), obs=y)
    if predict:
        f_Z_layer1 = jnp.tanh(Z @ f_layer1_weight + f_layer1_bias)  # f(Z)   network.gen:19
        f_Z_layer2 = jax.nn.silu(f_Z_layer1 @ f_layer2_weight)  # f(Z)   network.gen:19
        f_Z_block1 = f_Z_layer1 + f_Z_layer2  # f(Z)   network.gen:19
        # predict out[grid, head] = f(Z)   network.gen:19
        out = numpyro.deterministic("out", f_Z_block1 @ f_layer3_weight + f_layer3_bias)


# --- distributions that NumPyro lacks ---
