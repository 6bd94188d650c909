"""Both backends agree on every program: log densities, slopes, values, and what draws look like."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax
import numpy as np
import pytest
from backend_cases.agreement import check_agreement, transformed
from discrete_programs import SIZES
from discrete_programs import written as written_discrete
from generated_programs import seeds
from hypothesis import given, settings
from test_densities import Bound, program_with_data

from gendsl.api.runtime import computing
from gendsl.backends import numpyro, pyro
from gendsl.backends.failures import CannotSimulate
from gendsl.diagnostics.source import Source
from gendsl.ir.bound import BoundData
from gendsl.pipeline import front

LONG = settings(settings.get_profile("programs"), max_examples=60)
NUM_POINTS = 5


@pytest.fixture(autouse=True)
def _as_programs_compute() -> Any:
    with computing():
        yield


def with_gaps(found: Bound, seed: int) -> Bound:
    """The same data with some of what is optional missing."""
    rng = np.random.default_rng(seed)
    arrays = found.data.arrays
    missing = {
        d.name: rng.random(arrays[d.name].shape) < 0.3 for d in found.program.data if d.is_optional
    }
    return Bound(found.program, replace(found.data, missing=missing))


def with_discrete_latents(seed: int) -> Bound:
    """A program whose discrete latents are summed out, and its data."""
    found = written_discrete(seed)
    program, _ = front(Source("generated.gen", found.text))
    arrays = {datum.name: found.data[datum.name] for datum in program.data}
    labels = dict.fromkeys(SIZES)
    return Bound(program, BoundData(arrays, SIZES, labels, {}, frozenset()))


def agree(found: Bound, seed: int) -> None:
    """Assert that the two lowered programs say the same."""
    program = transformed(found.program, found.data)
    check_agreement(program, found.data, NUM_POINTS, seed)
    ours, theirs = pyro.lower(program).bind(found.data), numpyro.lower(program).bind(found.data)
    point = 0.5 * np.random.default_rng(seed).normal(size=ours.size)

    @jax.jit
    def expected(position: jax.Array) -> Any:
        data = theirs.data
        return theirs.constrain(data, position), theirs.pointwise_log_likelihood(data, position)

    values, terms = expected(point)
    same(ours.constrain(ours.data, point), values)
    same(ours.pointwise_log_likelihood(ours.data, point), terms)
    back = ours.unconstrain(ours.data, ours.constrain(ours.data, point), default=point)
    np.testing.assert_allclose(back.numpy(), point, rtol=1e-6, atol=1e-6)
    key = jax.random.key(0)
    drawn = outcome(lambda: ours.simulate(0, ours.data))
    assert drawn == outcome(lambda: jax.eval_shape(theirs.simulate, key, theirs.data))


def same(found: Any, expected: Any) -> None:
    """Assert that names, shapes and numbers are the same."""
    assert found.keys() == expected.keys()
    for name, value in found.items():
        given_value = np.asarray(expected[name])
        assert tuple(value.shape) == given_value.shape, name
        np.testing.assert_allclose(value.detach().numpy(), given_value, rtol=1e-9, atol=1e-9)


def outcome(simulate: Callable[[], Any]) -> Any:
    """The names and shapes of a simulation, or why there is none."""
    try:
        return {name: tuple(value.shape) for name, value in simulate().items()}
    except CannotSimulate as refusal:
        return str(refusal)


@pytest.mark.parametrize("seed", [7])
def test_programs_agree(seed: int) -> None:
    agree(with_gaps(program_with_data(seed), seed), seed)


@pytest.mark.slow
@LONG
@given(seeds)
def test_many_programs_agree(seed: int) -> None:
    agree(with_gaps(program_with_data(seed), seed), seed)


@pytest.mark.parametrize("seed", [7, 279])
def test_programs_with_discrete_latents_agree(seed: int) -> None:
    agree(with_discrete_latents(seed), seed)


@pytest.mark.slow
@LONG
@given(seeds)
def test_many_programs_with_discrete_latents_agree(seed: int) -> None:
    agree(with_discrete_latents(seed), seed)
