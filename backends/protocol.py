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
        """Log density of what is observed and of the factors.

        Where the program can't be computed, it is the lowest number of its precision.
        """
        ...

    @property
    def log_density(self) -> Callable[..., Any]:
        """The sum of the two; after data and position, discrete latents that are not summed out."""
        ...

    @property
    def sum_dims(self) -> Mapping[str, tuple[str, ...]]:
        """The axes of log likelihood terms that have discrete latents summed out."""
        ...

    @property
    def discrete(self) -> Set[str]:
        """The discrete latents that are not summed out: their values have to be given."""
        ...

    def constrain(
        self, data: Any, position: Any, discrete: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Latents and saved quantities by their names in the source.

        Discrete latents that are summed out, and what depends on them, only where they are given.
        """
        ...

    @property
    def recover(self) -> Callable[[Any, Any, Any], dict[str, Any]]:
        """Of a key, data and a position, a draw of the discrete latents that are summed out."""
        ...

    def probabilities(self, data: Any, values: Mapping[str, Any]) -> dict[str, Any]:
        """Of each state (the last axis) of what is summed out, given the other latents."""
        ...

    def most_probable(self, data: Any, values: Mapping[str, Any]) -> dict[str, Any]:
        """What is summed out, jointly most probable given the other latents."""
        ...

    @property
    def pointwise_log_likelihood(self) -> ToValues:
        """Log density of each observation; NaN where it is missing or `where` is false."""
        ...

    def site_log_densities(
        self, data: Any, position: Any, discrete: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Log density of each site and factor, discrete latents being given; no Jacobian."""
        ...

    @property
    def log_likelihood_given(self) -> Callable[[Any, Mapping[str, Any]], Any]:
        """Log density of what is observed, of data and the values of all latents.

        Of a program that sums nothing out.
        """
        ...

    def observing(self, data: Any, values: Mapping[str, Any]) -> Any:
        """Data with other values of what is observed, by name, of the same shapes."""
        ...

    def unconstrain(self, data: Any, values: Mapping[str, Any]) -> Any:
        """The position with these values."""
        ...

    def generate(
        self, key: Any, data: Any, position: Any, discrete: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Replicated data and predictions at a position; draws discrete latents if not given."""
        ...

    @property
    def draw_prior(self) -> Callable[[Any, Any], Any]:
        """Of a key and data, a draw of the latents from their prior, as a position.

        Observations play no part.
        """
        ...

    def simulate(self, key: Any, data: Any) -> dict[str, Any]:
        """One draw of everything from the prior."""
        ...

    def predict(
        self, key: Any, data: Any, values: Mapping[str, Any], is_known: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Data and predictions given latent values, of which only some members are known.

        Data that others read go on from the entries that `is_known` marks of them, if it names
        them: they keep these, and what follows from the data is of what is drawn.
        """
        ...

    def log_scores(
        self,
        key: Any,
        data: Any,
        values: Mapping[str, Any],
        is_known: Mapping[str, Any],
        outcomes: Mapping[str, Any],
        observed: str | None,
    ) -> dict[str, Any]:
        """Log density of an outcome given latent values, of which only some members are known.

        `outcomes` are values of predicted quantities by name, `observed` is data that is scored at
        its own values. By site; NaN where nothing is observed.
        """
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
    """A row: a name, a program's text, its lowering, and the transforms that come before both.

    One that has them writes programs that read dimensions in minibatches (`batched_source_of`, of a
    program and their names), and makes modules for training loops (`as_module`). `in_batches`
    lowers a program that one dimension is read in minibatches of, for the inference core.
    """

    name: str
    source_of: Callable[[Program], str]
    lower: Callable[[Program], BackendProgram]
    transforms: tuple[Transform, ...] = ()
    batched_source_of: Callable[[Program, tuple[str, ...]], str] | None = None
    as_module: Callable[..., Any] | None = None
    in_batches: Callable[[Program, str], Any] | None = None
