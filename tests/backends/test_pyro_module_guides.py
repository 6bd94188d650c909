"""Guides of Pyro around a module with minibatches."""

import numpy as np
import pyro
import pytest
import torch
from backend_cases.regression_module import ROWS, TEXT, data
from pyro.infer import SVI, Trace_ELBO
from pyro.infer.autoguide import (
    AutoDelta,
    AutoDiagonalNormal,
    AutoLowRankMultivariateNormal,
    AutoMultivariateNormal,
    AutoNormal,
)  # fmt: skip

import gendsl


@pytest.fixture(scope="module")
def model() -> gendsl.Model:
    return gendsl.compile(TEXT)


@pytest.fixture(autouse=True)
def _no_parameters_left():
    pyro.clear_param_store()
    torch.manual_seed(0)
    yield
    pyro.clear_param_store()


LOCAL = """\
model local {
  dim row
  data y[row] : real
  mu ~ Normal(0, 5)
  theta[row] ~ Normal(mu, 1) as centred
  y[row] ~ Normal(theta, 1)
}
"""

GLOBAL_GUIDES = [
    AutoDelta, AutoNormal, AutoDiagonalNormal, AutoMultivariateNormal,
    AutoLowRankMultivariateNormal,
]  # fmt: skip


@pytest.mark.parametrize("guide", GLOBAL_GUIDES)
def test_guides_of_pyro_take_minibatches_where_latents_are_global(model, guide) -> None:
    module = model.as_module(data(), minibatch={"row": 4})
    svi = SVI(module, guide(module), pyro.optim.Adam({"lr": 0.05}), Trace_ELBO())
    assert all(np.isfinite(svi.step()) for _ in range(3))


@pytest.mark.parametrize("guide", [AutoDelta, AutoNormal])
def test_guides_with_plates_take_minibatches_of_local_latents(guide) -> None:
    module = gendsl.compile(LOCAL).as_module({"y": data()["y"]}, minibatch={"row": 4})

    def plates(row=None):
        return pyro.plate("row", ROWS, subsample_size=None if row is not None else 4, subsample=row)

    made = guide(module, create_plates=plates)
    svi = SVI(module, made, pyro.optim.Adam({"lr": 0.05}), Trace_ELBO())
    assert all(np.isfinite(svi.step()) for _ in range(3))
    assert np.isfinite(svi.step(row=torch.tensor([1, 5, 7])))
    locations = dict(made.named_parameters())
    theta = next(value for name, value in locations.items() if "theta" in name)
    assert theta.shape == (ROWS,)


def test_guides_of_one_vector_do_not_know_rows() -> None:
    """What the docs warn of: `mu` and the four rows of a minibatch, not all rows."""
    module = gendsl.compile(LOCAL).as_module({"y": data()["y"]}, minibatch={"row": 4})
    guide = AutoDiagonalNormal(module)
    guide()
    assert guide.loc.shape == (1 + 4,) and module.sizes["row"] == ROWS
