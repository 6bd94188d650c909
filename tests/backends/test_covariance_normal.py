"""The Gaussian vector by its covariance: density, slopes and slopes of slopes."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
import torch

from gendsl.backends.numpyro.bases.covariance_cholesky import covariance_cholesky
from gendsl.backends.numpyro.distributions.covariance_normal import CovarianceNormal
from gendsl.backends.pyro.distributions.covariance_normal import CovarianceNormal as ByTorch

_RNG = np.random.default_rng(3)
_ROOTS, _Y = _RNG.normal(size=(2, 5, 5)), _RNG.normal(size=(2, 5))


def _spread(logs: jax.Array) -> jax.Array:
    roots = _ROOTS * jnp.exp(logs[0])
    return roots @ jnp.swapaxes(roots, -1, -2) + jnp.exp(logs[1]) * jnp.eye(5)


def _ours(logs: jax.Array) -> jax.Array:
    spread = _spread(logs)
    found = CovarianceNormal(logs[2], spread, covariance_cholesky(spread))
    return found.log_prob(_Y).sum()


def _through_the_factor(logs: jax.Array) -> jax.Array:
    factor = covariance_cholesky(_spread(logs))
    return dist.MultivariateNormal(logs[2] * jnp.ones(5), scale_tril=factor).log_prob(_Y).sum()


@pytest.mark.parametrize("noise", [0.5, -80.0], ids=["regular", "singular"])
def test_slopes_are_those_through_the_factor(noise: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the factor has more on its diagonal than the covariance, which rounding left none.

    Of the singular covariances, whose inverse is of 1e9, rounding leaves 1e-6 of the slopes.
    """
    if noise < 0:
        monkeypatch.setitem(globals(), "_ROOTS", _ROOTS * np.array([1, 1, 0, 0, 0]))
    logs, close = jnp.array([0.3, noise, 0.2]), 1e-9 if noise > 0 else 1e-5
    for function in (lambda f: f, jax.grad, jax.hessian):
        found, wanted = function(_ours)(logs), function(_through_the_factor)(logs)
        np.testing.assert_allclose(found, wanted, rtol=close, atol=close * np.abs(wanted).max())


def test_torch_has_the_same_density() -> None:
    spread = np.array(_spread(jnp.array([0.3, 0.5, 0.0])))
    factor = torch.linalg.cholesky(torch.as_tensor(spread))
    found = ByTorch(0.2, torch.as_tensor(spread), factor).log_prob(torch.as_tensor(_Y))
    assert found.sum().item() == pytest.approx(float(_ours(jnp.array([0.3, 0.5, 0.2]))), rel=1e-12)


def test_many_are_one_by_one() -> None:
    logs = jnp.array([[0.3, 0.5, 0.2], [0.1, -0.5, 0.1]])
    found = jax.vmap(jax.grad(_ours))(logs)
    np.testing.assert_allclose(found, jnp.stack([jax.grad(_ours)(row) for row in logs]), rtol=1e-10)
