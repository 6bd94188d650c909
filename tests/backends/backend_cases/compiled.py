"""From `.gen` text to a lowered program and to a density."""

from collections.abc import Mapping

import jax
import numpy as np

from gendsl.backends.numpyro import lower
from gendsl.backends.numpyro.density import Density
from gendsl.backends.numpyro.program import NumPyroProgram
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.source import Source
from gendsl.frontend.parse import parse
from gendsl.ir.bound import BoundData
from gendsl.ir.program import Program
from gendsl.resolve.resolve import resolve
from gendsl.transforms.non_centred import non_centre


def _no_imports(path: str, importing: Source) -> None:
    raise AssertionError(f"{importing.name} imports {path}")


def resolved(text: str, name: str = "model.gen") -> Program:
    """The typed program of a text."""
    source, reporter = Source(name, text), Reporter()
    program = resolve(source, parse(source), _no_imports, reporter, None)
    reporter.raise_if_errors()
    assert program is not None
    return program


def compiled(text: str, name: str = "model.gen", is_non_centred: bool = False) -> NumPyroProgram:
    """The lowered program of a text."""
    program = resolved(text, name)
    return lower(non_centre(program) if is_non_centred else program)


def bound(
    data: Mapping[str, object],
    sizes: Mapping[str, int],
    labels: Mapping[str, tuple[str, ...]] | None = None,
    missing: Mapping[str, np.ndarray] | None = None,
    absent: tuple[str, ...] = (),
) -> BoundData:
    """Data as the reader would hand them over."""
    arrays = {name: np.asarray(value) for name, value in data.items() if name not in absent}
    named = {dim: (labels or {}).get(dim) for dim in sizes}
    return BoundData(arrays, dict(sizes), named, missing or {}, frozenset(absent))


def position_of(density: Density, seed: int = 0) -> jax.Array:
    """A random position."""
    return 0.5 * jax.random.normal(jax.random.key(seed), (density.size,))


def log_density(density: Density, position: jax.Array) -> jax.Array:
    """Prior and likelihood together, each from its own function."""
    data = density.data
    return density.log_prior(data, position) + density.log_likelihood(data, position)
