"""From values under the source's names to a position."""

from __future__ import annotations

import re
from collections.abc import Mapping
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
    discrete = structure.discrete_names
    given = {
        name: jnp.asarray(value, dtype=int if name in discrete else float)
        for name, value in values.items()
    }
    pieces = {site: p for site, p in structure.roles.pieces.items() if p.of in given}
    given |= {site: part_of(given[piece.of], piece) for site, piece in pieces.items()}
    position = jnp.zeros(structure.size) if default is None else jnp.asarray(default)
    trial = {site.name: structure.read(position, site.name) for site in structure.sites}
    wanted = {
        s.name: s.of
        for s in structure.sites
        if s.is_auxiliary and s.of in given and s.name not in given
    }

    def run(changed: Values) -> _Inversion:
        visitor = _Inversion(given, {**trial, **changed})
        with validation_enabled(False):  # as in compiled code: a logit may be -inf
            structure._run(visitor, data)
        return visitor

    low, high = (
        run({name: jnp.full_like(trial[name], level) for name in wanted}) for level in (0.0, 1.0)
    )
    for name, support in low.outside.items():
        of = structure.roles.latents.get(name, name)
        raise ValueError(f"the value of `{of}` is outside its support: it must be {_said(support)}")
    unknown = set(values) - set(low.positions) - set(low.derived) - discrete
    if unknown:
        raise ValueError(f"no latent or saved quantity is called {', '.join(sorted(unknown))}")
    solved: Values = {}
    for raw, name in wanted.items():
        intercept, slope = low.derived[name], high.derived[name] - low.derived[name]
        if intercept.shape == trial[raw].shape:
            is_moved = slope != 0
            step = (given[name] - intercept) / jnp.where(is_moved, slope, 1.0)
            solved[raw] = jnp.where(is_moved, step, trial[raw])
    check = run(solved)
    for raw, name in wanted.items():
        is_solved = raw in solved and bool(jnp.allclose(check.derived[name], given[name]))
        if not is_solved and trial[raw].size <= LARGEST_JACOBIAN:
            solved[raw] = _linear(run, raw, name, trial[raw], given[name])
    final = run(solved).positions
    parts = [jnp.ravel(final[site.name]) for site in structure.sites]
    found = jnp.concatenate(parts) if parts else jnp.zeros(0)
    if not bool(jnp.all(jnp.isfinite(found))):
        bad = [s.of for s in structure.sites if not bool(jnp.all(jnp.isfinite(final[s.name])))]
        raise ValueError(f"the values of {', '.join(bad)} are outside their support")
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
