"""From values under the source's names to a position."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from numpyro.distributions import constraints
from numpyro.distributions.distribution import validation_enabled

from gendsl.backends.numpyro.bijections import bijection
from gendsl.backends.numpyro.latents import part_of
from gendsl.backends.numpyro.visit import Values, Visitor

if TYPE_CHECKING:
    from gendsl.backends.numpyro.structure import Structure

LARGEST_JACOBIAN = 2000
"""Sites with more coordinates are only solved for where they enter entry by entry."""
SIMPLEX_TOLERANCE = 1e-3
"""How far from 1 the entries of a given simplex may add up to."""


class _Inversion(Visitor):
    """Reads given values back to coordinates; `trial` has the coordinates of sites not given.

    A given saved quantity stands for its computed value from there on, so that everything behind it
    sees the given one; `derived` keeps what was computed.
    """

    def __init__(self, given: Mapping[str, jax.Array], trial: Values) -> None:
        super().__init__()
        self.given = given
        self.trial = trial
        self.positions: Values = {}
        self.outside: dict[str, Any] = {}
        """The supports of given values that are not in them."""
        self.beyond: list[jax.Array] = []
        """Whether given values lie beyond a bound of their supports, by site."""

    def _check(self, name: str, fn: Any, value: jax.Array) -> None:
        support = fn.support
        if isinstance(getattr(support, "base_constraint", support), type(constraints.simplex)):
            # Rounded draws of another program are taken: they are normalised on the way.
            sums = jnp.abs(jnp.sum(value, -1) - 1) < SIMPLEX_TOLERANCE
            is_inside = jnp.all(value >= 0) & jnp.all(sums)
        elif getattr(support, "base_constraint", support).event_dim:
            return
        else:
            is_inside = support(value)
        if not isinstance(is_inside, jax.core.Tracer) and not bool(jnp.all(is_inside)):
            self.outside[name] = fn.support

    def draw(self, name: str, fn: Any) -> jax.Array:
        """The given value, or the trial's; discrete sites have no coordinates."""
        if fn.is_discrete:
            if name in self.given:
                self._check(name, fn, self.given[name])
            return self.given.get(name, jnp.zeros(fn.shape(), int))
        transform = bijection(fn.support)
        if name in self.given:
            value = jnp.broadcast_to(self.given[name], fn.shape())
            self._check(name, fn, value)
            self.beyond.append(_is_beyond(fn.support, value))
            self.positions[name] = transform._inverse(value)
            return value
        if name not in self.trial:
            return jnp.zeros(fn.shape())
        self.positions[name] = self.trial[name]
        return transform(self.trial[name])

    def step(self, name: str, fn: Any, index: jax.Array, key: jax.Array | None) -> jax.Array:
        """The given value at a step, or the trial's."""
        if name in self.given:
            return self.given[name][index]
        if name in self.trial:
            return bijection(fn.support)(self.trial[name][index])
        return jnp.zeros(fn.shape(), int if fn.is_discrete else float)

    def scanned(self, name: str, fn: Any, values: jax.Array) -> None:
        """Take note of the coordinates of all steps."""
        if not fn.is_discrete and (name in self.given or name in self.trial):
            inverse = bijection(fn.support)._inverse
            if name in self.given:
                self.beyond.append(_is_beyond(fn.support, values))
            self.positions[name] = inverse(values) if name in self.given else self.trial[name]

    def derive(self, name: str, value: jax.Array) -> jax.Array:
        """The given value in place of the computed one."""
        super().derive(name, value)
        return jnp.broadcast_to(self.given[name], jnp.shape(value)) if name in self.given else value


def solve_position(
    structure: Structure, data: Any, values: Mapping[str, Any], default: jax.Array | None
) -> jax.Array:
    """The position with these values: latents by their bijections, auxiliary sites by solving.

    An auxiliary site enters its quantity affinely, as `mu + tau * raw` does. Two runs, at 0 and at
    1, give intercept and slope of each entry; where entries mix, a Jacobian and a linear solve do.

    Raises:
        ValueError: if a name is neither a latent's nor a saved quantity's, or a value lies outside
            its support.
    """
    search = _Search(structure, data, values, default)
    search.check(values)
    final = search.run(search.solved(search.mixed())).positions
    found = search.position(final)
    if not bool(jnp.all(jnp.isfinite(found))):
        bad = [s.of for s in structure.sites if not bool(jnp.all(jnp.isfinite(final[s.name])))]
        raise ValueError(f"the values of {', '.join(bad)} are outside their support")
    return found


def mixed_sites(structure: Structure, data: Any, values: Mapping[str, Any]) -> frozenset[str]:
    """The sites whose entries mix in their quantities: the same at all possible values."""
    return _Search(structure, data, values, None).mixed()


def position_of(
    structure: Structure,
    data: Any,
    values: Mapping[str, Any],
    default: jax.Array,
    mixed: frozenset[str],
) -> tuple[jax.Array, jax.Array]:
    """The position with these values, and whether one of them lies beyond a bound of its support.

    There are no checks, so that it can be compiled, and mapped over values. `mixed` is what
    :func:`mixed_sites` says. Where a value is impossible, coordinates are not finite, or of another
    value.
    """
    search = _Search(structure, data, values, default)
    final = search.run(search.solved(mixed))
    is_beyond = jnp.stack(final.beyond).any() if final.beyond else jnp.zeros((), bool)
    return search.position(final.positions), is_beyond


class _Search:
    """The search for the position of some values."""

    def __init__(
        self, structure: Structure, data: Any, values: Mapping[str, Any], default: jax.Array | None
    ) -> None:
        discrete = structure.discrete_names
        given = {
            name: jnp.asarray(value, dtype=int if name in discrete else float)
            for name, value in values.items()
        }
        pieces = {site: p for site, p in structure.roles.pieces.items() if p.of in given}
        given |= {site: part_of(given[piece.of], piece) for site, piece in pieces.items()}
        position = jnp.zeros(structure.size) if default is None else jnp.asarray(default)
        self.structure, self.data, self.given = structure, data, given
        self.trial = {site.name: structure.read(position, site.name) for site in structure.sites}
        self.wanted = {
            s.name: s.of
            for s in structure.sites
            if s.is_auxiliary and s.of in given and s.name not in given
        }
        """Of each auxiliary site to be solved for, its quantity."""

    @cached_property
    def low(self) -> _Inversion:
        """The run with auxiliary sites at 0."""
        return self.run({name: jnp.zeros_like(self.trial[name]) for name in self.wanted})

    @cached_property
    def high(self) -> _Inversion:
        """The run with auxiliary sites at 1."""
        return self.run({name: jnp.ones_like(self.trial[name]) for name in self.wanted})

    def run(self, changed: Values) -> _Inversion:
        """A run with some auxiliary sites where they are not at their defaults."""
        visitor = _Inversion(self.given, {**self.trial, **changed})
        with validation_enabled(False):  # as in compiled code: a logit may be -inf
            self.structure._run(visitor, self.data)
        return visitor

    def check(self, values: Mapping[str, Any]) -> None:
        """Make sure that the values are of what there is, and inside their supports.

        Raises:
            ValueError: if they are not.
        """
        for name, support in self.low.outside.items():
            of, must = self.structure.roles.latents.get(name, name), _said(support)
            raise ValueError(f"the value of `{of}` is outside its support: it must be {must}")
        known = set(self.low.positions) | set(self.low.derived) | self.structure.discrete_names
        if unknown := set(values) - known:
            raise ValueError(f"no latent or saved quantity is called {', '.join(sorted(unknown))}")

    def mixed(self) -> frozenset[str]:
        """The sites that solving entry by entry does not do for, if they are not too large."""
        if not self.wanted:
            return frozenset()
        solved = self._by_entry()
        check = self.run(solved)
        return frozenset(
            raw
            for raw, name in self.wanted.items()
            if self.trial[raw].size <= LARGEST_JACOBIAN
            and not (raw in solved and bool(jnp.allclose(check.derived[name], self.given[name])))
        )

    def solved(self, mixed: frozenset[str]) -> Values:
        """The coordinates of auxiliary sites, those that are `mixed` by a Jacobian."""
        solved = self._by_entry()
        for raw in mixed:
            name = self.wanted[raw]
            solved[raw] = _linear(self.run, raw, name, self.trial[raw], self.given[name])
        return solved

    def _by_entry(self) -> Values:
        solved: Values = {}
        for raw, name in self.wanted.items():
            intercept = self.low.derived[name]
            slope = self.high.derived[name] - intercept
            if intercept.shape == self.trial[raw].shape:
                is_moved = slope != 0
                step = (self.given[name] - intercept) / jnp.where(is_moved, slope, 1.0)
                solved[raw] = jnp.where(is_moved, step, self.trial[raw])
        return solved

    def position(self, coordinates: Values) -> jax.Array:
        """The coordinates of all sites in a row."""
        parts = [jnp.ravel(coordinates[site.name]) for site in self.structure.sites]
        return jnp.concatenate(parts) if parts else jnp.zeros(0)


def _is_beyond(support: Any, value: jax.Array) -> jax.Array:
    """Whether an entry lies beyond a bound; at a bound it may be by rounding alone."""
    base = getattr(support, "base_constraint", support)
    lower, upper = (getattr(base, name, None) for name in ("lower_bound", "upper_bound"))
    found = jnp.zeros((), bool)
    if lower is not None:
        found |= jnp.any(value < lower)
    if upper is not None:
        found |= jnp.any(value > upper)
    return found


def _said(support: Any) -> str:
    """What a value of this support is."""
    lower, upper = (getattr(support, name, None) for name in ("lower_bound", "upper_bound"))
    limits = [
        (word, limit)
        for word, limit in (("at least", lower), ("at most", upper))
        if limit is not None and jnp.ndim(limit) == 0
    ]
    if support is constraints.positive or isinstance(support, type(constraints.greater_than(0.0))):
        limits = [("more than", limit) for _, limit in limits]
    if limits:
        return " and ".join(f"{word} {float(limit):g}" for word, limit in limits)
    base = getattr(support, "base_constraint", support)
    words = re.findall("[A-Z][a-z]*", type(base).__name__) or [str(base)]
    return f"of the kind {' '.join(words).lower()}"


def _linear(run: Any, raw: str, name: str, start: jax.Array, wanted: jax.Array) -> jax.Array:
    """The least-squares solution of an affine map, by its Jacobian at `start`."""

    def residual(flat: jax.Array) -> jax.Array:
        computed = run({raw: flat.reshape(start.shape)}).derived[name]
        return jnp.ravel(computed - wanted)

    flat = jnp.ravel(start)
    jacobian = jax.jacrev(residual)(flat)
    step = jnp.linalg.lstsq(jacobian, residual(flat))[0]
    return (flat - step).reshape(start.shape)
