"""Probabilities that underflow, and parameters that are 0, in torch: no density or slope is NaN."""

import pytest
import torch
from backend_cases.extreme_statements import DATA, HEADER, STATEMENTS, extreme_points

import gendsl
from gendsl.backends import pyro
from gendsl.backends.registry import BACKENDS
from gendsl.pipeline import transform


@pytest.mark.parametrize("text", STATEMENTS.values(), ids=STATEMENTS)
def test_nothing_is_nan(text):
    model = gendsl.compile(HEADER + text + "\n}")
    bound = model.bind(DATA)
    program = transform(model.program, BACKENDS["pyro"], bound.sizes)
    density = pyro.lower(program).bind(bound)
    for point in extreme_points(density.size):
        position = torch.tensor(point, requires_grad=True)
        value = density.log_density(density.data, position)
        assert not torch.isnan(value)
        assert value != torch.inf
        (slope,) = torch.autograd.grad(value, position)
        assert not torch.isnan(slope).any()
