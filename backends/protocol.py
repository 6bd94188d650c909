"""What is asked of a backend: the only names through which the rest of gendsl uses one.

A position is a flat vector of reals; `data` and positions are arrays of the backend's own. The
functions of a `Density` are pure, and the backend's means to compile and differentiate apply.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Protocol

from gendsl.ir.bound import BoundData
from gendsl.ir.program import Program

Transform = Callable[[Program, Mapping[str, int] | None], Program]
"""A pass; the sizes of dimensions guide it where they are known."""

LogDensity = Callable[[Any, Any], Any]
"""Of data and a position, a number."""

ToValues = Callable[[Any, Any], dict[str, Any]]
"""Of data and a position, arrays by name."""


class LatentSite(Protocol):
    """Coordinates `start` to `stop` of a position; `of` is the quantity to show them by."""

    @property
    def name(self) -> str: ...
    @property
    def of(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def stop(self) -> int: ...


class Density(Protocol):
    """A program with its data. Every function may raise a `gendsl.backends.failures.Refusal`."""

    @property
    def data(self) -> Any:
        """The arrays, which the functions take as their argument `data`."""
        ...

    @property
    def size(self) -> int:
        """How many coordinates a position has."""
        ...

    @property
    def sites(self) -> Sequence[LatentSite]:
        """The latent sites in the order of their coordinates."""
        ...

    @property
    def observations(self) -> Set[str]:
        """The sites that score data, rather than an expression."""
        ...

    def observed_part(self, site: str, shape: tuple[int, ...]) -> tuple[slice, ...]:
        """The entries of its data, of this shape, that one of the `observations` scores."""
        ...

    @property
    def log_prior(self) -> LogDensity:
        """Log density of the latents, with the Jacobian."""
        ...

    @property
    def log_likelihood(self) -> LogDensity:
        """Log density of what is observed and of the factors."""
        ...

    @property
    def log_density(self) -> LogDensity:
        """The sum of the two."""
        ...

    @property
    def constrain(self) -> ToValues:
        """Latents and saved quantities by their names in the source."""
        ...

    @property
    def pointwise_log_likelihood(self) -> ToValues:
        """Log density of each observation; NaN where it is missing or `where` is false."""
        ...

    @property
    def site_log_densities(self) -> ToValues:
        """Log density of each site and factor; no Jacobian."""
        ...

    def unconstrain(self, data: Any, values: Mapping[str, Any]) -> Any:
        """The position with these values."""
        ...

    def generate(self, key: Any, data: Any, position: Any) -> dict[str, Any]:
        """Replicated data and predictions at a position."""
        ...

    def simulate(self, key: Any, data: Any) -> dict[str, Any]:
        """One draw of everything from the prior."""
        ...

    def predict(
        self, key: Any, data: Any, values: Mapping[str, Any], is_known: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Data and predictions given latent values, of which only some members are known."""
        ...


class BackendProgram(Protocol):
    """A lowered program: its text, and its density given data."""

    @property
    def source(self) -> str:
        """The generated text."""
        ...

    def bind(self, bound: BoundData) -> Density:
        """The density given data."""
        ...


@dataclass(frozen=True, slots=True)
class Backend:
    """A row: a name, a program's text, its lowering, and the transforms that come before both."""

    name: str
    source_of: Callable[[Program], str]
    lower: Callable[[Program], BackendProgram]
    transforms: tuple[Transform, ...] = ()
