"""What holds of the density of every valid program: it is finite, and no form of it changes it."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from generated_programs import seeds, written
from hypothesis import given, settings

from gendsl.api.synthetic import make_up
from gendsl.backends.numpyro import lower
from gendsl.data import bind
from gendsl.diagnostics.source import Source
from gendsl.ir.program import Program
from gendsl.pipeline import front
from gendsl.transforms.non_centred import non_centre

QUICK = settings(settings.get_profile("programs"), max_examples=4)
LONG = settings(settings.get_profile("programs"), max_examples=60)


@pytest.fixture(autouse=True)
def _double_precision():
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


@dataclass(frozen=True)
class Bound:
    """A program with data made up for it, lowered."""

    program: Program
    data: Any

    @property
    def density(self) -> Any:
        """The density given the data."""
        return lower(self.program).bind(self.data)


def program_with_data(seed: int) -> Bound:
    """The program of a seed, and data of the sizes that it asks for."""
    text, sizes = written(seed)
    program, _ = front(Source("generated.gen", text))
    names = frozenset(d.name for d in program.data)
    bound = bind(program, {}, mode="simulate", sizes=sizes, optional=names)
    return Bound(program, make_up(program, bound, names, seed))


def at_random(density: Any, seed: int) -> jax.Array:
    return jnp.asarray(np.random.default_rng(seed).normal(0, 0.5, density.size))


def _everything(density: Any) -> Any:
    """The log density, its two parts, the values and their derivatives, as one function."""
    data = density.data

    def run(position: jax.Array) -> Any:
        return (
            density.log_density(data, position),
            density.log_prior(data, position),
            density.log_likelihood(data, position),
            density.constrain(data, position),
            jax.jacfwd(density.constrain, argnums=1)(data, position),
        )

    return run


def holds_of(seed: int) -> None:
    centred = program_with_data(seed)
    other = Bound(non_centre(centred.program), centred.data)
    density, shifted = centred.density, other.density
    position = at_random(shifted, seed)
    value, prior, likelihood, values, slopes = jax.jit(_everything(shifted))(position)
    assert np.isfinite(value)
    assert float(prior + likelihood) == pytest.approx(float(value), rel=1e-9)
    # The centred form at the same values, with the Jacobian of the standardised sites.
    same = density.unconstrain(density.data, values)
    jacobian = 0.0
    for name in {site.of for site in shifted.sites if site.is_auxiliary}:
        # A series is standardised in parts: its start and the rest.
        parts = [slice(s.start, s.stop) for s in shifted.sites if s.of == name]
        rows = slopes[name].reshape(-1, shifted.size)
        columns = jnp.concatenate([rows[:, part] for part in parts], axis=1)
        jacobian += float(jnp.linalg.slogdet(columns)[1])
    expected = float(jax.jit(density.log_density)(density.data, same)) + jacobian
    assert float(value) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@QUICK
@given(seeds)
def test_the_form_keeps_the_density(seed):
    holds_of(seed)


@pytest.mark.slow
@LONG
@given(seeds)
def test_the_form_keeps_the_density_of_many(seed):
    holds_of(seed)
