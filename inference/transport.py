"""Maps between spaces that carry a density along.

A bijection ``z = T_theta(u)`` carries a density of ``z`` to one of ``u``,

    log p(u) = log p(T(u)) + log |det dT/du|,

so a target seen through a transport is a target (:func:`pullback`). The parameters ``theta`` are
given when a program runs: a transport that was trained anew compiles nothing.
"""

from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import jax

from gendsl.inference.target import Data, LogDensity, Target, Tempered

Theta = TypeVar("Theta", contravariant=True)


class Transport(Protocol[Theta]):
    """A bijection of [dim] onto [dim] for every ``theta``; hashable, as kernels are."""

    def push(self, theta: Theta, position: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Return ``z = T(u)`` [dim] and ``log |det dT/du|``, a scalar, from ``u`` [dim]."""

    def pull(self, theta: Theta, position: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Return ``u`` [dim] with ``T(u) = z`` and ``log |det dT^{-1}/dz|`` from ``z`` [dim]."""


@dataclass(frozen=True, slots=True)
class _PulledPrior:
    function: LogDensity
    transport: Transport[Any]

    def __call__(self, data: Data, position: jax.Array) -> jax.Array:
        theta, given = data
        place, log_det = self.transport.push(theta, position)
        return self.function(given, place) + log_det


@dataclass(frozen=True, slots=True)
class _PulledLikelihood:
    function: LogDensity
    transport: Transport[Any]

    def __call__(self, data: Data, position: jax.Array) -> jax.Array:
        theta, given = data
        place, _ = self.transport.push(theta, position)
        return self.function(given, place)


@dataclass(frozen=True, slots=True)
class _PulledTempered:
    function: Tempered
    transport: Transport[Any]

    def __call__(self, data: Data, position: jax.Array, beta: jax.Array | float) -> jax.Array:
        theta, given = data
        place, log_det = self.transport.push(theta, position)
        return self.function(given, place, beta) + log_det


def pullback(target: Target, transport: Transport[Any]) -> Target:
    """Return the density of ``u`` where ``z = T(u)`` has that of ``target``.

    Its data are the pair of ``theta`` and data. The log determinant belongs to the prior, and its
    coordinates have no names: a transport mixes them.

    Raises:
        ValueError: if ``target`` has discrete sites.
    """
    discrete = [site.name for site in target.sites if site.num_values]
    if discrete:
        raise ValueError(f"a transport moves real numbers and can't move {', '.join(discrete)}")
    return Target(
        _PulledPrior(target.log_prior, transport),
        _PulledLikelihood(target.log_likelihood, transport),
        target.size,
        tempered=None if target.tempered is None else _PulledTempered(target.tempered, transport),
        is_hosted=target.is_hosted,
    )
