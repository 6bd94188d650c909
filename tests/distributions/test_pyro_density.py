"""Every row in both backends: log densities and their slopes, at random points and at the edges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import pyro
import pytest
import torch
from distribution_cases.judging import agrees
from distribution_cases.pairs import Pair
from distribution_cases.random_pairs import COUNT, PAIRS, SIZE
from numpy.typing import NDArray

from gendsl.distributions.support import SupportKind
from gendsl.distributions.table import FAMILIES

each_pair = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.label)


@pytest.fixture(autouse=True)
def _doubles_in_torch() -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    with pyro.validation_enabled(False), numpyro.validation_enabled(False):
        yield
    torch.set_default_dtype(before)


def test_every_form_of_every_row_is_a_pair() -> None:
    wanted = {(r.name, i) for r in FAMILIES.values() for i in range(len(r.forms))}
    tested = {(pair.family, pair.row.forms.index(pair.form)) for pair in PAIRS}
    assert wanted - tested == {("Flat", 0)}


def both(pair: Pair, x: NDArray[Any], size: int = SIZE) -> tuple[list[Any], list[Any]]:
    """Log density, then slopes by argument and by the value if it is real: NumPyro's and Pyro's."""
    at, is_real = pair.reals(), x.dtype.kind == "f"
    batch = np.shape(x)[: x.ndim - pair.row.event_rank]
    weights = np.random.default_rng(5).uniform(0.5, 1.5, batch)

    def theirs(at: Any, x: Any) -> Any:
        return pair.moved(dict(zip(pair.reals(), at, strict=True))).numpyro(size).log_prob(x)

    arrays = [jnp.asarray(value) for value in at.values()]
    value = theirs(arrays, jnp.asarray(x))
    slope = jax.grad(lambda a, x: (weights * theirs(a, x)).sum(), (0, 1) if is_real else (0,))
    by = slope(arrays, jnp.asarray(x))

    tensors = {path: torch.tensor(v, requires_grad=True) for path, v in at.items()}
    point = torch.tensor(x, requires_grad=is_real)
    ours = pair.moved(tensors).pyro(size).log_prob(point)
    wanted = [*tensors.values(), *([point] if is_real else [])]
    total = (torch.tensor(weights) * ours).sum()
    slopes = torch.autograd.grad(total, wanted, materialize_grads=True) if wanted else ()
    reference, found = [value, *by[0], *by[1:]], [ours.detach(), *slopes]
    if pair.row.support.kind is SupportKind.CORR:  # whose diagonal does not move
        reference[-1], found[-1] = (
            np.asarray(part) * (1.0 - np.eye(size)) for part in (by[1], slopes[-1])
        )
    return reference, found


def points(pair: Pair) -> NDArray[Any]:
    """Draws: none at 1, where a density may be infinite, no matrix near singular, by rounding."""
    x = np.array(pair.numpyro(SIZE).sample(jax.random.key(3)))
    if pair.row.support.kind is SupportKind.COV:
        largest = np.linalg.norm(x, 2, axis=(-2, -1), keepdims=True)
        return x + 1e-3 * largest * np.eye(x.shape[-1])
    upper = pair.row.support.upper
    is_unit = x.dtype.kind == "f" and upper is not None and upper.value == 1.0
    return np.clip(x, 1e-12, 1.0 - 1e-12) if is_unit else x


@pytest.mark.sweep(4)
@each_pair
def test_densities_and_slopes_are_numpyros_at_random_points(pair: Pair) -> None:
    theirs, ours = pair.numpyro(SIZE), pair.pyro(SIZE)
    assert tuple(ours.batch_shape) == tuple(theirs.batch_shape) == (COUNT,)
    assert tuple(ours.event_shape) == tuple(theirs.event_shape)
    x = points(pair)
    reference, found = both(pair, x)
    for ours_part, theirs_part in zip(found, reference, strict=True):
        assert np.all(np.isfinite(theirs_part))
        assert agrees(ours_part, theirs_part, 1e-9)


@pytest.mark.sweep(2)
@each_pair
def test_a_wrong_density_is_seen(pair: Pair) -> None:
    x = points(pair)
    ours = np.asarray(pair.pyro(SIZE).log_prob(torch.tensor(x)))
    theirs = np.asarray(pair.numpyro(SIZE).log_prob(jnp.asarray(x)))
    assert not agrees(ours * (1.0 + 1e-8) + 1e-8, theirs, 1e-9)
