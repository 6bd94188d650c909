"""The library's own log density, without Jacobians, at many points from one compilation."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from densities.independent import Values

import gendsl
from gendsl.api.lowering import lower
from gendsl.api.runtime import computing
from gendsl.backends.numpyro.visit import Evaluation, total
from gendsl.models import LibraryModel
from gendsl.transforms.sum_out import sum_out


class _AtValues(Evaluation):
    """The program's log density where the latents are given themselves, not their coordinates."""

    def __init__(self, values: Mapping[str, jax.Array]) -> None:
        super().__init__(values.__getitem__)

    def draw(self, name: str, fn: Any) -> jax.Array:
        value = jnp.broadcast_to(self.read(name), fn.shape())
        self.scanned(name, fn, value)
        return value

    def step(self, name: str, fn: Any, index: jax.Array, key: jax.Array | None) -> jax.Array:
        return self.read(name)[index]

    def scanned(self, name: str, fn: Any, values: jax.Array) -> None:
        self.priors[name] = fn.log_prob(values)


def log_density_of(model: gendsl.Model, data: str | Path) -> Callable[[Values], float]:
    """`model.log_density(values, data)` as a function of the values that is compiled once.

    Discrete latents are summed out.
    """
    with computing():
        bound = model.bind(str(data))
        program = lower(sum_out(model.program, bound.sizes)).bind(bound)
        structure, pieces = program.structure, program.structure.roles.pieces

        @jax.jit
        def evaluate(values: Mapping[str, jax.Array]) -> jax.Array:
            given = dict(values)
            for site, piece in pieces.items():
                part = jnp.moveaxis(given[piece.of], piece.axis, 0)[piece.start : piece.stop]
                given[site] = part if piece.is_leading else jnp.moveaxis(part, 0, piece.axis)
            run = _AtValues(given)
            structure._run(run, program.data)
            return total(run.priors) + total(run.likelihoods)

    def log_density(values: Values) -> float:
        with computing():
            return float(evaluate({name: jnp.asarray(x, float) for name, x in values.items()}))

    return log_density


def is_inside_of(model: gendsl.Model, data: str | Path) -> Callable[[Values], bool]:
    """Whether all values have coordinates, those of the space in which the sampler moves."""
    with computing():
        bound = model.bind(str(data))
        program = lower(sum_out(model.program, bound.sizes)).bind(bound)

    def is_inside(values: Values) -> bool:
        with computing():
            try:
                program.unconstrain(program.data, values)
            except ValueError:  # NumPyro's own, where a scale that is negative comes first
                return False
        return True

    return is_inside


def our_names(model: LibraryModel, values: Values) -> Values:
    """Values under the library's names: entries that it names one by one are taken apart."""
    made: Values = {}
    for name, value in values.items():
        entries = {
            ours: value[tuple(int(k) - 1 for k in theirs[len(name) + 1 : -1].split(","))]
            for theirs, ours in model.parameters.items()
            if theirs.startswith(f"{name}[")
        }
        made.update(entries or {model.parameters.get(name, name): value})
    return made


def data_of(path: Path) -> dict[str, Any]:
    """A data file of the database, with arrays for its lists."""
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt") as file:
        read = json.load(file)
    return {name: np.asarray(x) if isinstance(x, list) else x for name, x in read.items()}
