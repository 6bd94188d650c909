"""A reference posterior as each sampler needs it: text, data, density, what is known of it."""

from __future__ import annotations

import gzip
import importlib.util
import inspect
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np

import gendsl
from gendsl.api.lowering import lower, transform
from gendsl.backends.protocol import BackendProgram, Density
from gendsl.models.catalogue import LibraryModel, library
from gendsl.models.reference import Posterior, posterior

Array = np.ndarray[Any, Any]
Values = dict[str, Array]


@dataclass(frozen=True, slots=True)
class Settings:
    """The same for every sampler."""

    chains: int
    warmup: int
    draws: int
    seed: int


@dataclass(frozen=True, slots=True)
class Case:
    """A posterior of the database and the library's model of it."""

    model: LibraryModel
    reference: Posterior

    @property
    def raw_data(self) -> dict[str, Any]:
        """The data file of the database, whole."""
        path = self.reference.data
        content = path.read_bytes()
        found: dict[str, Any] = json.loads(
            gzip.decompress(content) if path.suffix == ".gz" else content
        )
        return found

    def density(self) -> Density:
        """The density that gendsl's own sampler gets, compiled from the model's text."""
        return self.lowered()[1]

    def lowered(self) -> tuple[BackendProgram, Density]:
        """The generated program, and its density."""
        model = gendsl.compile(self.model.path)
        bound = model.bind(str(self.reference.data))
        program = lower(transform(model.program, sizes=bound.sizes))
        return program, program.bind(bound)


def case_named(name: str, folder: Path) -> Case:
    """The case of a posterior in the database at `folder`.

    Raises:
        KeyError: if the library states no such posterior.
    """
    models = {name: model for model in library() for name in model.posteriors}
    return Case(models[name], posterior(folder, name))


def names_with_reference(folder: Path) -> list[str]:
    """The posteriors that have reference draws, in the order of the database."""
    rows = json.loads((folder / "index.json").read_text())
    return [row["name"] for row in rows if row["reference"]]


def numpyro_program(case: Case) -> tuple[Callable[..., None], dict[str, Any]]:
    """The program of `gendsl compile MODEL --emit source`, loaded from a file, and its arguments.

    What the program computes from data alone, by its function `prepare`, is among the arguments.
    """
    program, bound = case.lowered()
    density: Any = bound
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"{case.model.name}.py")
        path.write_text(program.source, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(case.model.name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    given = {**density.structure.static, **density.data}
    wanted = inspect.signature(module.model).parameters
    return module.model, {name: value for name, value in given.items() if name in wanted}


def constrainer(density: Density) -> Callable[[Any], Values]:
    """The compiled map of positions [chain, draw, dim] to the model's quantities, by name."""
    mapped = jax.jit(jax.vmap(jax.vmap(partial(density.constrain, density.data))))

    def constrained(positions: Any) -> Values:
        return {name: np.asarray(value) for name, value in mapped(positions).items()}

    return constrained


def starts(density: Density, settings: Settings) -> Array:
    """Positions [chain, dim], uniform on (-2, 2) and drawn again where the density is not finite.

    Raises:
        ValueError: if a thousand tries found none for some chain.
    """
    evaluate = jax.jit(jax.value_and_grad(density.log_density, argnums=1))
    rng = np.random.default_rng(settings.seed)
    found = []
    for _ in range(1000):
        position = rng.uniform(-2, 2, density.size)
        value, gradient = evaluate(density.data, position)
        if np.isfinite(value) and np.all(np.isfinite(gradient)):
            found.append(position)
        if len(found) == settings.chains:
            return np.stack(found)
    raise ValueError("no finite start")


def stacked(draws: Mapping[str, Any], chains: int) -> Values:
    """Arrays [chain * draw, ...] as [chain, draw, ...]."""
    return {
        name: np.asarray(value).reshape(chains, -1, *np.shape(value)[1:])
        for name, value in draws.items()
    }
