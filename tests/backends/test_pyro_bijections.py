"""The maps onto supports in torch: those of the NumPyro backend, slopes and edges included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from numpyro.distributions import constraints as theirs
from pyro.distributions import constraints as ours

from gendsl.api.runtime import computing
from gendsl.backends.numpyro.bijections import bijection as numpyro_bijection
from gendsl.backends.pyro.bijections import bijection as pyro_bijection
from gendsl.backends.pyro.distributions.zero_sum import ZeroSum

SUPPORTS: dict[str, tuple[Any, Any, int]] = {
    "real": (theirs.real, ours.real, 0),
    "positive": (theirs.positive, ours.positive, 0),
    "not negative": (theirs.nonnegative, ours.nonnegative, 0),
    "above": (theirs.greater_than(1.3), ours.greater_than(1.3), 0),
    "below": (theirs.less_than(-0.4), ours.less_than(-0.4), 0),
    "between": (theirs.interval(-1.0, 2.5), ours.interval(-1.0, 2.5), 0),
    "unit interval": (theirs.unit_interval, ours.unit_interval, 0),
    "real vector": (theirs.real_vector, ours.real_vector, 1),
    "positive vector": (
        theirs.independent(theirs.positive, 1),
        ours.independent(ours.positive, 1),
        1,
    ),
    "simplex": (theirs.simplex, ours.simplex, 1),
    "ordered": (theirs.ordered_vector, ours.ordered_vector, 1),
    "positive ordered": (theirs.positive_ordered_vector, ours.positive_ordered_vector, 1),
    "zero sum": (theirs.zero_sum(1), ZeroSum(), 1),
    "sphere": (theirs.sphere, ours.sphere, 1),
    "correlation": (theirs.corr_matrix, ours.corr_matrix, 2),
    "correlation factor": (theirs.corr_cholesky, ours.corr_cholesky, 2),
    "covariance": (theirs.positive_definite, ours.positive_definite, 2),
}
SCALARS = [name for name, (_, _, rank) in SUPPORTS.items() if rank == 0]
COUNT = 50


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    with computing():
        yield
    torch.set_default_dtype(before)


def position_for(name: str) -> Any:
    rng = np.random.default_rng(2)
    return rng.normal(0, 1.5, {0: (COUNT,), 1: (COUNT, 4), 2: (COUNT, 6)}[SUPPORTS[name][2]])


def in_numpyro(name: str, position: Any) -> list[Any]:
    """Values, changes of volume, and the slopes of weighted sums of both."""
    transform = numpyro_bijection(SUPPORTS[name][0])

    def total(position: Any) -> Any:
        value = transform(position)
        change = transform.log_abs_det_jacobian(position, value)
        weights = jnp.cos(jnp.arange(value.size)).reshape(value.shape)
        return (weights * value).sum(), change.sum()

    position = jnp.asarray(position)
    value = transform(position)
    change = transform.log_abs_det_jacobian(position, value)
    slopes = [jax.grad(lambda p, i=i: total(p)[i])(position) for i in (0, 1)]
    return [value, jnp.sum(change), *slopes]


def in_pyro(name: str, position: Any) -> list[Any]:
    transform = pyro_bijection(SUPPORTS[name][1])
    position = torch.tensor(position, requires_grad=True)
    value = transform(position)
    change = transform.log_abs_det_jacobian(position, value)
    weights = torch.cos(torch.arange(value.numel())).reshape(value.shape)
    slopes = [
        torch.autograd.grad(part.sum(), position, retain_graph=True, materialize_grads=True)[0]
        if part.requires_grad
        else torch.zeros_like(position)
        for part in (weights * value, change)
    ]
    return [value.detach(), change.detach().sum(), *slopes]


def agree(found: list[Any], wanted: list[Any]) -> None:
    for ours_part, theirs_part in zip(found, wanted, strict=True):
        np.testing.assert_allclose(ours_part, theirs_part, rtol=1e-9, atol=1e-12)


@pytest.mark.sweep(4)
@pytest.mark.parametrize("name", SUPPORTS)
def test_they_are_those_of_the_other_backend(name: str) -> None:
    position = position_for(name)
    agree(in_pyro(name, position), in_numpyro(name, position))


@pytest.mark.parametrize("name", SCALARS)
def test_they_are_so_far_out(name: str) -> None:
    position = np.array([-600.0, -40.0, -25.0, -20.5, -19.5, 19.5, 20.5, 25.0, 40.0, 600.0])
    agree(in_pyro(name, position), in_numpyro(name, position))


@pytest.mark.parametrize("name", ["simplex", "unit interval"])
def test_no_probability_is_0(name: str) -> None:
    position = np.full((3, 2), [[-800.0], [0.0], [800.0]])
    found = in_pyro(name, position)
    agree(found, in_numpyro(name, position))
    assert (found[0] > 0).all()


@pytest.mark.parametrize("name", SUPPORTS)
def test_values_lead_back(name: str) -> None:
    position = torch.as_tensor(position_for(name))
    transform = pyro_bijection(SUPPORTS[name][1])
    value = transform(position)
    assert tuple(transform.inverse_shape(tuple(value.shape))) == tuple(position.shape)
    back = transform(transform.inverse(value))
    np.testing.assert_allclose(back, value, rtol=1e-9, atol=1e-12)
    if name != "sphere":
        np.testing.assert_allclose(transform.inverse(value), position, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", [n for n in SUPPORTS if n not in ("sphere", "zero sum")])
def test_the_change_of_volume_is_that_of_the_jacobian(name: str) -> None:
    transform, rank = pyro_bijection(SUPPORTS[name][1]), SUPPORTS[name][2]
    position = torch.as_tensor(position_for(name)[0])

    def coordinates(position: torch.Tensor) -> torch.Tensor:
        value = transform(position)
        if name == "simplex":
            return value[:-1]
        if rank < 2:
            return value
        rows, columns = torch.tril_indices(*value.shape, -1 if "corr" in name else 0)
        return value[rows, columns]

    slopes = torch.autograd.functional.jacobian(coordinates, position)
    size = position.numel()
    wanted = torch.linalg.slogdet(slopes.reshape(size, size))[1]
    found = transform.log_abs_det_jacobian(position, transform(position)).sum()
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-10)


def test_pyros_own_inference_finds_the_map_onto_vectors_that_sum_to_zero() -> None:
    found = torch.distributions.biject_to(ZeroSum())
    position = torch.as_tensor(position_for("zero sum"))
    np.testing.assert_allclose(found(position).sum(-1), 0.0, atol=1e-12)
    assert bool(ZeroSum().check(found(position)).all())
    assert not bool(ZeroSum().check(position).any())
