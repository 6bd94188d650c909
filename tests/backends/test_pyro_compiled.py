"""Densities of torch, traced: against autograd, and left aside where they can't be traced."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import gendsl
from gendsl.api.lowering import lower, transform
from gendsl.backends.pyro.compiled import Compiled
from gendsl.backends.pyro.hosting import HOST, hosted

SCHOOLS = """\
model schools {
  dim school
  data y[school] : real
  mu ~ Normal(0, 5)
  tau ~ HalfNormal(5)
  theta[school] ~ Normal(mu, tau)
  y[school] ~ Normal(theta, 10)
}
"""


def density_of(y: list[float]) -> Any:
    model = gendsl.compile(SCHOOLS)
    bound = model.bind({"y": y})
    return lower(transform(model.program, sizes=bound.sizes), "pyro").bind(bound)


def rows_of(count: int, size: int) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(count)
    return tuple(torch.from_numpy(rng.standard_normal((count, k))) for k in (size, 2, size))


def quadratic(position: torch.Tensor) -> torch.Tensor:
    return torch.stack([-(position**2).sum(), -(position**4).sum()])


@pytest.mark.parametrize("count", [1, 3])
def test_traces_are_the_program(count: int) -> None:
    """Against autograd through Pyro's handlers: 1e-12 for the values, 1e-10 for the slopes."""
    density = density_of([1.0, 2.0, 4.0])
    kept = hosted(density)
    traced = kept.compiled
    as_is = Compiled(
        lambda z: torch.stack(density.parts(density.data, z)), density.size, is_traceable=False
    )
    at, weights, along = rows_of(count, density.size)
    for name, rows in (
        ("parts", (at,)),
        ("slopes", (at, weights)),
        ("curvatures", (at, weights, along)),
    ):
        found, wanted = getattr(traced, name)(*rows), getattr(as_is, name)(*rows)
        assert traced._traced[name, count] is not None
        for one, other in zip(found, wanted, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)
    values, slopes = HOST.slopes(kept.key, at.numpy(), weights.numpy())
    np.testing.assert_array_equal(values, traced.parts(at))
    np.testing.assert_allclose(slopes, as_is.slopes(at, weights)[1], rtol=1e-10, atol=1e-12)


def test_other_data_are_another_density_and_the_same_data_the_same() -> None:
    one, other = density_of([1.0, 2.0, 4.0]), density_of([1.0, 2.0, 5.0])
    first, second, again = hosted(one), hosted(other), hosted(density_of([1.0, 2.0, 4.0]))
    assert again is first and not np.array_equal(first.key, second.key)
    at = np.zeros((1, one.size))
    assert HOST.parts(first.key, at)[0, 1] > HOST.parts(second.key, at)[0, 1]


def branches(position: torch.Tensor) -> torch.Tensor:
    scale, total = 1.0, position.sum()
    while float(total) > 0.5:
        total, scale = total / 2, scale * 2
    return torch.stack([-(position**2).sum() * scale, total])


class Forgetful:
    """Another function after its first call: what was written down is of the first."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, position: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        return quadratic(position) * (1.0 if self.calls == 1 else 2.0)


def test_what_branches_or_disagrees_is_left_as_it_is() -> None:
    at, weights, _ = rows_of(2, 3)
    for parts, factor in ((branches, None), (Forgetful(), 2.0)):
        compiled = Compiled(parts, 3)
        values, _ = compiled.slopes(at, weights)
        assert compiled._traced["slopes", 2] is None
        wanted = torch.stack([parts(row) for row in at])
        np.testing.assert_allclose(values, wanted, rtol=1e-12)
        if factor is not None:
            np.testing.assert_allclose(values, factor * torch.stack([quadratic(r) for r in at]))
    compiled = Compiled(quadratic, 3)
    compiled.slopes(at, weights)
    assert compiled._traced["slopes", 2] is not None


def factor(position: torch.Tensor) -> torch.Tensor:
    matrix = torch.eye(2, dtype=torch.float64) * position[0]
    return torch.stack([torch.linalg.cholesky(matrix).sum(), -(position**2).sum()])


def test_a_matrix_without_a_factor_is_no_number() -> None:
    compiled = Compiled(factor, 2)
    at = torch.tensor([[4.0, 0.0], [-1.0, 0.0], [9.0, 1.0]], dtype=torch.float64)
    weights = torch.ones(3, 2, dtype=torch.float64)
    values, slopes = (found.numpy() for found in compiled.slopes(at, weights))
    np.testing.assert_array_equal(np.isnan(values), [[0, 0], [1, 1], [0, 0]])
    np.testing.assert_allclose(values[[0, 2]], [[4.0, -16.0], [6.0, -82.0]])
    assert np.isnan(slopes[1]).all() and np.isfinite(slopes[[0, 2]]).all()
    assert compiled.parts(at)[1].isnan().all()
    assert compiled.curvatures(at, weights, at)[1].isnan().all()


class Once(torch.autograd.Function):
    """The third power, with no second derivative."""

    @staticmethod
    def forward(context: Any, x: torch.Tensor) -> torch.Tensor:
        context.save_for_backward(x)
        return x**3

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(context: Any, slope: torch.Tensor) -> torch.Tensor:
        (x,) = context.saved_tensors
        return slope * 3 * x**2


def test_without_a_second_derivative_differences_take_its_place() -> None:
    compiled = Compiled(lambda z: torch.stack([Once.apply(z).sum(), z.sum()]), 2)
    at = torch.tensor([[1.0, -2.0]], dtype=torch.float64)
    found = compiled.curvatures(at, torch.ones(1, 2, dtype=torch.float64), torch.ones_like(at))
    np.testing.assert_allclose(found, 6 * at, rtol=1e-6)


def test_many_positions_are_taken_by_blocks() -> None:
    compiled = Compiled(quadratic, 3, num_data=20_000_000 // 4)
    at, weights, _ = rows_of(10, 3)
    values, slopes = compiled.slopes(at, weights)
    assert set(compiled._traced) == {("slopes", 4)}
    np.testing.assert_allclose(values, torch.stack([quadratic(row) for row in at]), rtol=1e-12)
    wanted = -2 * weights[:, :1] * at - 4 * weights[:, 1:] * at**3
    np.testing.assert_allclose(slopes, wanted, rtol=1e-12)
