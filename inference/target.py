"""The density a sampler is asked to draw from, as plain functions of a flat vector."""

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

Data = Any
"""A pytree of arrays, given when the sampler runs: new data of the same shapes compile nothing."""

LogDensity = Callable[[Data, jax.Array], jax.Array]

Tempered = Callable[[Data, jax.Array, jax.Array | float], jax.Array]
"""``(data, position[dim], beta) -> scalar``: the log prior and ``beta`` log likelihood."""


class Site(NamedTuple):
    """Where one named quantity lives inside the flat position.

    Attributes:
        name: as the user wrote it.
        start: index of its first coordinate.
        stop: one past its last coordinate.
        num_values: of a discrete site, whose coordinates take the values 0, 1, ...; 0 for one
            whose coordinates are any real numbers.
    """

    name: str
    start: int
    stop: int
    num_values: int = 0


def has_failed(log_density: jax.Array) -> jax.Array:
    """Return whether a target says that it could not be computed: by the lowest number."""
    is_lowest: jax.Array = log_density == np.finfo(log_density.dtype).min
    return is_lowest


_NUMERIC = ("jax", "jaxlib", "numpy", "scipy")


def _user_of_numpy(error: Exception) -> str:
    """The function that called numpy, and where: the innermost that is no library's."""
    frames = [
        (frame.f_code, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if str(frame.f_globals.get("__name__")).split(".")[0] not in _NUMERIC
    ]
    code, line = frames[-1]
    return f"{code.co_name} (line {line} of {code.co_filename})"


@dataclass(frozen=True, slots=True)
class _Restricted:
    """``f(data, whole)`` as a function of some coordinates, given the pair of data and whole."""

    function: LogDensity
    places: tuple[int, ...]

    def __call__(self, data: Data, position: jax.Array) -> jax.Array:
        given, whole = data
        return self.function(given, whole.at[np.asarray(self.places)].set(position))


@dataclass(frozen=True, slots=True)
class _Unscaled:
    """``f(data, z)`` given the pair of ``beta`` and data."""

    function: LogDensity

    def __call__(self, data: Data, position: jax.Array) -> jax.Array:
        _, given = data
        return self.function(given, position)


@dataclass(frozen=True, slots=True)
class _Scaled:
    """``beta f(data, z)`` given the pair of ``beta`` and data; 0 where ``beta`` is 0."""

    function: LogDensity

    def __call__(self, data: Data, position: jax.Array) -> jax.Array:
        beta, given = data
        value = self.function(given, position)
        return jnp.where(beta == 0, jnp.zeros_like(value), beta * value)


@dataclass(frozen=True, slots=True)
class _RestrictedTempered:
    """``f(data, whole, beta)`` as a function of some coordinates, as :class:`_Restricted` is."""

    function: Tempered
    places: tuple[int, ...]

    def __call__(self, data: Data, position: jax.Array, beta: jax.Array | float) -> jax.Array:
        given, whole = data
        return self.function(given, whole.at[np.asarray(self.places)].set(position), beta)


@dataclass(frozen=True, slots=True)
class _TemperedTwice:
    """``f(data, z, beta')`` at ``beta' = beta beta_0``, given the pair of ``beta_0`` and data."""

    function: Tempered

    def __call__(self, data: Data, position: jax.Array, beta: jax.Array | float) -> jax.Array:
        first, given = data
        return self.function(given, position, first * beta)


@dataclass(frozen=True, slots=True)
class Target:
    """A log density over a flat unconstrained position, split so that tempering can scale one part.

    The Jacobian of the constraining transform belongs to ``log_prior``. Two targets made of the
    same functions and sites are equal and share their compiled programs.

    Attributes:
        log_prior: ``(data, position[dim]) -> scalar``.
        log_likelihood: ``(data, position[dim]) -> scalar``; the lowest number of its precision
            where it could not be computed, as where an integrator gave up.
        size: number of coordinates, ``dim``.
        sites: names and slices, static; empty when nothing needs naming.
        tempered: both parts in one evaluation; None where the two cost no more.
        is_hosted: whether the host computes it (:mod:`gendsl.inference.hosts`). Chains hand their
            positions over together then, in place of running on threads.

    Raises:
        ValueError: if two sites share a coordinate, or one has coordinates that are not there.
    """

    log_prior: LogDensity
    log_likelihood: LogDensity
    size: int
    sites: tuple[Site, ...] = ()
    tempered: Tempered | None = None
    is_hosted: bool = False

    def __post_init__(self) -> None:
        stop, before = 0, ""
        for site in sorted(self.sites, key=lambda site: (site.start, site.stop)):
            if not 0 <= site.start <= site.stop <= self.size:
                raise ValueError(
                    f"site {site.name} is at {site.start} to {site.stop}, and the target has"
                    f" coordinates 0 to {self.size}"
                )
            if site.start < stop:
                raise ValueError(
                    f"sites {before} and {site.name} overlap: {before} goes to {stop}, and"
                    f" {site.name} starts at {site.start}"
                )
            if site.stop > stop:
                stop, before = site.stop, site.name

    def log_density(self, data: Data, position: jax.Array) -> jax.Array:
        """Return ``log p(data, position)`` up to a constant; ``position`` has shape [dim].

        Raises:
            ValueError: if a function of the target computes with numpy, which JAX can't trace.
        """
        if self.tempered is not None:
            return self.tempered(data, position, 1.0)
        try:
            return self.log_prior(data, position) + self.log_likelihood(data, position)
        except jax.errors.TracerArrayConversionError as error:
            raise ValueError(
                f"{_user_of_numpy(error)} computes with numpy, and JAX can't see through that:"
                " use jax.numpy in its place"
            ) from None

    def coordinates(self, names: Iterable[str]) -> tuple[int, ...]:
        """Return the coordinates of the sites called ``names``, in the order of the position.

        Raises:
            ValueError: if there is no such site.
        """
        wanted = set(names)
        unknown = wanted - {site.name for site in self.sites}
        if unknown:
            known = ", ".join(site.name for site in self.sites)
            raise ValueError(f"no site is called {', '.join(sorted(unknown))}; there are {known}")
        parts = (range(s.start, s.stop) for s in self.sites if s.name in wanted)
        return tuple(sorted(coordinate for part in parts for coordinate in part))

    def restrict(self, names: Iterable[str]) -> "Target":
        """Return the conditional of some sites given the others, a Gibbs block.

        Its data are the pair of the data and the whole position [dim], from which the other sites
        are taken; its position has the coordinates of ``names`` only. Its log density is the whole
        one, which differs from that of the conditional by a constant.
        """
        wanted = frozenset(names)
        places = self.coordinates(wanted)
        sites, start = [], 0
        for site in sorted(self.sites, key=lambda site: site.start):
            if site.name in wanted:
                stop = start + site.stop - site.start
                sites.append(site._replace(start=start, stop=stop))
                start = stop
        return Target(
            _Restricted(self.log_prior, places),
            _Restricted(self.log_likelihood, places),
            len(places),
            tuple(sites),
            None if self.tempered is None else _RestrictedTempered(self.tempered, places),
            self.is_hosted,
        )

    def temper(self) -> "Target":
        """Return the target with a likelihood to the power ``beta``; data: ``(beta, data)``."""
        prior, likelihood = _Unscaled(self.log_prior), _Scaled(self.log_likelihood)
        both = None if self.tempered is None else _TemperedTwice(self.tempered)
        return Target(prior, likelihood, self.size, self.sites, both, self.is_hosted)

    def site_of(self, coordinate: int) -> str:
        """Return the name of the site that holds ``coordinate``, or ``position[coordinate]``."""
        for site in self.sites:
            if site.start <= coordinate < site.stop:
                return site.name
        return f"position[{coordinate}]"
