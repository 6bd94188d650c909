"""The model one_layer, from one_layer.gen."""

import math

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints


def model(*, n_image: int, n_pixel: int, n_digit: int, x, y=None, n_unit: int = 10):
    unit_plate = pyro.plate("unit", n_unit, dim=-1)
    with unit_plate:
        a0 = pyro.sample("a0", dist.Normal(0.0, 2.0))  # a0[unit] ~ Normal(0, 2)   one_layer.gen:9
    with pyro.plate("pixel", n_pixel, dim=-2), unit_plate:
        # a[pixel, unit] ~ Normal(0, 2)   one_layer.gen:10
        a = pyro.sample("a", dist.Normal(0.0, 2.0))

    # b0[digit] ~ Normal(0, 2)   one_layer.gen:12
    def b0_step():
        return dist.Normal(0.0, 2.0)

    b0_start = torch.ones(1)  # b0[digit = first] = 1   one_layer.gen:11
    # b0[digit = first] = 1   one_layer.gen:11
    b0 = pyro.sample("b0.rest", Recurrent([], b0_step, n_digit, lags=0, before=b0_start))
    b0 = pyro.deterministic("b0", torch.cat([b0_start, b0]))

    # b[unit, digit] ~ Normal(0, 2)   one_layer.gen:14
    def b_step():
        return dist.Normal(0.0, 2.0)

    b_start = torch.zeros(1, n_unit)  # b[unit, digit = first] = 0   one_layer.gen:13
    # b[unit, digit = first] = 0   one_layer.gen:13
    b = pyro.sample("b.rest", Recurrent([], b_step, n_digit, lags=0, axis=1, before=b_start))
    b = pyro.deterministic("b", torch.movedim(torch.cat([b_start, torch.movedim(b, 1, 0)]), 0, 1))
    h = torch.tanh(a0 + x @ a)  # let h[image, unit] = tanh(a0 + x @ a)   one_layer.gen:16
    with pyro.plate("image", n_image):
        # y[image] ~ Categorical(logit = b0 + h @ b)   one_layer.gen:17
        pyro.sample("y", dist.Categorical(logits=b0 + h @ b), obs=y)
