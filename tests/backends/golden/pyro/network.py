"""The model network, from network.gen."""

import math

import pyro
import pyro.distributions as dist
import torch


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
    f_layer1_unit_plate = pyro.plate("f.layer1.unit", n_f_layer1_unit, dim=-1)
    head_plate = pyro.plate("head", n_head, dim=-1)
    f_layer1_unit_plate_ = pyro.plate("f.layer1.unit_", n_f_layer1_unit, dim=-2)
    e_layer1_unit_plate = pyro.plate("e.layer1.unit", n_e_layer1_unit, dim=-1)
    tau = pyro.sample("tau", dist.HalfNormal(1.0))  # tau ~ HalfNormal(1)   network.gen:9
    with f_layer1_unit_plate:
        # bias ~ Normal(0, 1)   network.gen:10
        f_layer1_bias = pyro.sample("f.layer1.bias", dist.Normal(0.0, 1.0))
    with pyro.plate("col", n_col, dim=-2), f_layer1_unit_plate:
        # weight ~ Normal(0, tau / sqrt(fan_in))   network.gen:10
        f_layer1_weight_raw = pyro.sample("f.layer1.weight.raw", dist.Normal(0.0, 1.0))
    # weight ~ Normal(0, tau / sqrt(fan_in))   network.gen:10
    f_layer1_weight = pyro.deterministic(
        "f.layer1.weight",
        tau / math.sqrt(1.0 * n_col) * f_layer1_weight_raw,
    )
    with pyro.plate("f.layer2.input", n_f_layer2_input, dim=-2), f_layer1_unit_plate:
        # f.layer2.weight ~ SpikeAndSlab(0.2, 0.1, 1 / sqrt(fan_in))   network.gen:14
        f_layer2_weight = pyro.sample(
            "f.layer2.weight",
            Mixture(
                torch.tensor([1 - 0.2, 0.2]),
                [dist.Normal(0.0, 0.1), dist.Normal(0.0, 1 / math.sqrt(3.0))],
            ),
        )
    with head_plate:
        # bias ~ Normal(0, 1)   network.gen:13
        f_layer3_bias = pyro.sample("f.layer3.bias", dist.Normal(0.0, 1.0))
    with f_layer1_unit_plate_, head_plate:
        # weight ~ Horseshoe(0.5)   network.gen:13
        f_layer3_weight_lambda = pyro.sample("f.layer3.weight.lambda", dist.HalfCauchy(1.0))
    # weight ~ Horseshoe(0.5)   network.gen:13
    f_layer3_weight_tau = pyro.sample("f.layer3.weight.tau", dist.HalfCauchy(0.5))
    with f_layer1_unit_plate_, head_plate:
        # weight ~ Horseshoe(0.5)   network.gen:13
        f_layer3_weight_raw = pyro.sample("f.layer3.weight.raw", dist.Normal(0.0, 1.0))
    # weight ~ Horseshoe(0.5)   network.gen:13
    f_layer3_weight = pyro.deterministic(
        "f.layer3.weight",
        f_layer3_weight_tau * f_layer3_weight_lambda * f_layer3_weight_raw,
    )
    with pyro.plate("county", n_county, dim=-2), e_layer1_unit_plate:
        # weight ~ Normal(0, 1)   network.gen:15
        e_layer1_weight = pyro.sample("e.layer1.weight", dist.Normal(0.0, 1.0))
    with e_layer1_unit_plate:
        # weight ~ Normal(0, 1)   network.gen:15
        e_layer2_weight = pyro.sample("e.layer2.weight", dist.Normal(0.0, 1.0))
    f_X_layer1 = torch.tanh(X @ f_layer1_weight + f_layer1_bias)  # f(X)   network.gen:17
    f_X_layer2 = torch.nn.functional.silu(f_X_layer1 @ f_layer2_weight)  # f(X)   network.gen:17
    f_X_block1 = f_X_layer1 + f_X_layer2  # f(X)   network.gen:17
    f_X = f_X_block1 @ f_layer3_weight + f_layer3_bias  # f(X)   network.gen:17
    # e(county_of)   network.gen:17
    e_county_of_layer1 = torch.nn.functional.gelu(e_layer1_weight[county_of])
    e_county_of = e_county_of_layer1 @ e_layer2_weight  # e(county_of)   network.gen:17
    with pyro.plate("row", n_row):
        # y[row] ~ Normal(f(X)[head = mean] + e(county_of), exp(f(X)[head = spread…   network.gen:17
        pyro.sample("y", dist.Normal(f_X[:, 0] + e_county_of, torch.exp(f_X[:, 1])), obs=y)
    if predict:
        f_Z_layer1 = torch.tanh(Z @ f_layer1_weight + f_layer1_bias)  # f(Z)   network.gen:19
        f_Z_layer2 = torch.nn.functional.silu(f_Z_layer1 @ f_layer2_weight)  # f(Z)   network.gen:19
        f_Z_block1 = f_Z_layer1 + f_Z_layer2  # f(Z)   network.gen:19
        # predict out[grid, head] = f(Z)   network.gen:19
        pyro.deterministic("out", f_Z_block1 @ f_layer3_weight + f_layer3_bias)
