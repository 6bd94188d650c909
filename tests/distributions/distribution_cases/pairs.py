"""One distribution in both backends: from a row's own spellings, at the same arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import jax.numpy as jnp
import numpy as np
import numpyro.distributions as numpyro_dist
import pyro.distributions as pyro_dist
import torch
from numpy.typing import NDArray

from distribution_cases.case import Case
from gendsl.distributions.family import EVENT_SIZE, Family, Form, Spelling
from gendsl.distributions.table import FAMILIES

Path = tuple[str | int, ...]
"""Where an argument is: its name and its place in a list, of distributions inside one another."""


@dataclass(frozen=True)
class Pair:
    """A family at arguments, which are arrays, numbers, other pairs or lists of them."""

    family: str
    arguments: Mapping[str, Any]

    @property
    def row(self) -> Family:
        return FAMILIES[self.family]

    @property
    def form(self) -> Form:
        """The form whose parameters are the arguments' names."""
        (form,) = [
            form
            for form in self.row.forms
            if {p.name for p in form.parameters if p.is_required}
            <= set(self.arguments)
            <= {p.name for p in form.parameters}
        ]
        return form

    @property
    def label(self) -> str:
        inner = [
            value.label if isinstance(value, Pair) else name
            for name, value in self.arguments.items()
        ]
        return f"{self.family}({', '.join(inner)})"

    def numpyro(self, event_size: int = 0) -> Any:
        """NumPyro's distribution."""
        given = {name: _built(value, "numpyro") for name, value in self.arguments.items()}
        return _called(self.form.numpyro, given, event_size, "numpyro", numpyro_dist)

    def pyro(self, event_size: int = 0) -> Any:
        """Pyro's distribution."""
        given = {name: _built(value, "pyro") for name, value in self.arguments.items()}
        spelling = self.form.pyro or self.form.numpyro
        return _called(spelling, given, event_size, "pyro", pyro_dist)

    def reals(self) -> dict[Path, NDArray[Any]]:
        """The arrays of reals among the arguments, those of distributions among them too."""
        found: dict[Path, NDArray[Any]] = {}
        for name, value in self.arguments.items():
            parts = enumerate(value) if isinstance(value, list) else [(0, value)]
            for i, part in parts:
                if isinstance(part, Pair):
                    found |= {(name, i, *path): v for path, v in part.reals().items()}
                elif isinstance(part, np.ndarray) and part.dtype.kind == "f":
                    found[name, i] = part
        return found

    def moved(self, values: Mapping[Path, Any], path: Path = ()) -> Pair:
        """The same with other arrays in these places."""

        def part(name: str, i: int, value: Any) -> Any:
            if isinstance(value, Pair):
                return value.moved(values, (*path, name, i))
            return values.get((*path, name, i), value)

        return Pair(
            self.family,
            {
                name: [part(name, i, v) for i, v in enumerate(value)]
                if isinstance(value, list)
                else part(name, 0, value)
                for name, value in self.arguments.items()
            },
        )


def _built(value: Any, backend: str) -> Any:
    """An argument for a backend: arrays as its own, other pairs as its distributions."""
    if isinstance(value, Pair):
        load_tails(value.row, backend)
        return value.numpyro() if backend == "numpyro" else value.pyro()
    if isinstance(value, list | tuple):
        return [_built(part, backend) for part in value]
    if isinstance(value, np.ndarray):
        return jnp.asarray(value) if backend == "numpyro" else torch.tensor(value)
    return value


def _called(
    spelling: Spelling, given: Mapping[str, Any], event_size: int, backend: str, package: Any
) -> Any:
    if spelling.helper is None:
        make = getattr(package, spelling.callable.removeprefix("dist."))
    else:
        module = import_module(f"gendsl.backends.{backend}.distributions.{spelling.helper}")
        make = getattr(module, spelling.callable)
    known = {**given, EVENT_SIZE: event_size}
    positional = [known[ours] for theirs, ours in spelling.arguments if not theirs]
    keywords = {t: known[ours] for t, ours in spelling.arguments if t and ours in known}
    return make(*positional, **keywords)


def load_tails(row: Family, backend: str) -> None:
    """Register the rules that `Truncated` and `Censored` need for this family."""
    if row.tails is not None:
        import_module(f"gendsl.backends.{backend}.distributions.{row.tails}")


def event_size(pair: Pair, value: Any) -> int:
    """The size of the last event dimension of a draw."""
    return int(np.shape(value)[-1]) if pair.row.event_rank else 0


_BASES: dict[str, tuple[str, dict[str, str]]] = {
    "Poisson": ("Poisson", {"rate": "rate"}),
    "NegativeBinomial": (
        "NegativeBinomial",
        {"log_mean": "log_mean", "dispersion": "dispersion"},
    ),
    "Normal": ("Normal", {"loc": "loc", "scale": "scale"}),
    "Laplace": ("Laplace", {"loc": "loc", "scale": "scale"}),
    "Gamma": ("Gamma", {"shape": "concentration", "rate": "rate"}),
    "Uniform": ("Uniform", {"low": "low", "high": "high"}),
}


def as_pair(value: Any) -> Any:
    """A case, or NumPyro's distribution in one, as what both backends can build."""
    if isinstance(value, Case):
        return Pair(value.family, {n: as_pair(v) for n, v in value.arguments.items()})
    if isinstance(value, list):
        return [as_pair(part) for part in value]
    if isinstance(value, numpyro_dist.Distribution):
        family, names = _BASES[type(value).__name__]
        return Pair(family, {o: np.asarray(getattr(value, t)) for o, t in names.items()})
    return value
