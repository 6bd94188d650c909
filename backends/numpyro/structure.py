"""A program at given sizes: pure functions of data and of a flat position.

Everything that differs between two data sets of the same shapes is an argument, so what is compiled
for one serves the other. The functions can be jitted, differentiated and mapped over positions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.backends.failures import CannotInfer, CannotSimulate
from gendsl.backends.numpyro.bijections import bijection
from gendsl.backends.numpyro.inputs import Arrays
from gendsl.backends.numpyro.predict import Prediction
from gendsl.backends.numpyro.roles import Observation, Roles
from gendsl.backends.numpyro.simulate import Replication, Simulation
from gendsl.backends.numpyro.unconstrain import solve_position
from gendsl.backends.numpyro.visit import Evaluation, Keys, Values, Visitor, mask_of, total


@dataclass(frozen=True, slots=True)
class SiteSlice:
    """A latent site: coordinates `start` to `stop` of the position, and its constrained shape.

    `shape` is that of the values, `free_shape` that of the coordinates. A site that `is_auxiliary`
    was made by the compiler for `of`, which is the name to show.
    """

    name: str
    start: int
    stop: int
    shape: tuple[int, ...]
    free_shape: tuple[int, ...]
    is_auxiliary: bool
    of: str


class _Discovery(Visitor):
    """Finds the latent sites and their shapes, at the image of 0 (no draw is needed)."""

    def __init__(self, roles: Roles) -> None:
        super().__init__()
        self.roles = roles
        self.found: list[tuple[str, tuple[int, ...], tuple[int, ...]]] = []

    def draw(self, name: str, fn: Any) -> jax.Array:
        """The image of 0 under the site's bijection."""
        if name not in self.roles.latents:
            return jnp.zeros(fn.shape())
        return self._image(name, fn, is_new=True)

    def step(self, name: str, fn: Any, index: jax.Array, key: jax.Array | None) -> jax.Array:
        """The image of 0 at a step; `scanned` sees them all."""
        return self._image(name, fn, is_new=False)

    def scanned(self, name: str, fn: Any, values: jax.Array) -> None:
        """Take note of a latent inside a scan."""
        if name in self.roles.latents:
            self._image(name, fn, is_new=True)

    def _image(self, name: str, fn: Any, is_new: bool) -> jax.Array:
        if fn.is_discrete:
            raise CannotInfer(name, "it is discrete")
        try:
            transform = bijection(fn.support)
        except NotImplementedError as error:
            raise CannotInfer(name, f"no map onto its support, {fn.support}, is known") from error
        shape = tuple(fn.shape())
        free = tuple(transform.inverse_shape(shape))
        if is_new:
            self.found.append((name, shape, free))
        return transform(jnp.zeros(free))


class Structure:
    """The functions of one program at given sizes; one object for all data of these shapes."""

    def __init__(
        self, module: ModuleType, roles: Roles, static: Mapping[str, int], arrays: Arrays
    ) -> None:
        self.module = module
        self.roles = roles
        self.static = dict(static)
        discovery = _Discovery(roles)
        jax.eval_shape(partial(self._run, discovery), arrays)
        self.sites = self._slices(discovery)
        self.size = self.sites[-1].stop if self.sites else 0
        self._by_name = {site.name: site for site in self.sites}

    def _slices(self, discovery: _Discovery) -> tuple[SiteSlice, ...]:
        sites: list[SiteSlice] = []
        start = 0
        for name, shape, free in discovery.found:
            stop = start + int(np.prod(free))
            shown = self.roles.latents[name]
            sites.append(SiteSlice(name, start, stop, shape, free, shown != name, shown))
            start = stop
        return tuple(sites)

    def _run(self, visitor: Visitor, data: Arrays, *, predict: bool = False) -> None:
        arguments: dict[str, Any] = {**self.static, **data}
        if predict and self.roles.has_predictions:
            arguments["predict"] = True
        visitor.run(self.module, arguments)

    def read(self, position: jax.Array, name: str) -> jax.Array:
        """A site's coordinates, in their shape.

        Raises:
            ValueError: if no latent site has that name: it is data that were not given.
        """
        site = self._by_name.get(name)
        if site is None:
            raise ValueError(f"the density needs `{name}`, which is neither latent nor given")
        return position[site.start : site.stop].reshape(site.free_shape)

    def evaluate(self, data: Arrays, position: jax.Array) -> Evaluation:
        """One run at a position."""
        visitor = Evaluation(partial(self.read, position))
        self._run(visitor, data)
        return visitor

    # --- the density ---------------------------------------------------------------------

    def log_prior(self, data: Arrays, position: jax.Array) -> jax.Array:
        """Log density of the latents, with the Jacobian of their bijections."""
        run = self.evaluate(data, position)
        return total(run.priors) + total(run.jacobians)

    def log_likelihood(self, data: Arrays, position: jax.Array) -> jax.Array:
        """Log density of what is observed, and the factors."""
        return total(self.evaluate(data, position).likelihoods)

    def log_density(self, data: Arrays, position: jax.Array) -> jax.Array:
        """The sum of the two, from one run."""
        run = self.evaluate(data, position)
        return total(run.priors) + total(run.jacobians) + total(run.likelihoods)

    def site_log_densities(self, data: Arrays, position: jax.Array) -> Values:
        """The log density of each latent, observed site and factor, by entry; no Jacobian."""
        run = self.evaluate(data, position)
        return {**run.priors, **run.likelihoods}

    def pointwise_log_likelihood(self, data: Arrays, position: jax.Array) -> Values:
        """The log density of each observation, by site.

        It is NaN where nothing is observed: at missing entries, inferred or not, and where the
        statement does not hold. Of a joint draw with missing entries there is no log density.
        """
        visitor = _Pointwise(partial(self.read, position), self.roles)
        self._run(visitor, data)
        found = visitor.pointwise
        if not any(
            site.name in self.roles.imputed and site.stop > site.start for site in self.sites
        ):
            return found
        # traced in any case, since NumPyro refuses NaN among parameters otherwise
        for name, is_gap in jax.jit(self._gaps)(data, position).items():
            is_gap = is_gap.any(axis=tuple(range(found[name].ndim, is_gap.ndim)))
            found[name] = jnp.where(is_gap, jnp.nan, found[name])
        return found

    def _gaps(self, data: Arrays, position: jax.Array) -> Values:
        visitor = _Gaps(partial(self.read, position), self.roles)
        self._run(visitor, data)
        return visitor.found

    # --- values --------------------------------------------------------------------------

    def constrain(self, data: Arrays, position: jax.Array) -> Values:
        """Latents and saved quantities by their names in the source; inferred missing entries."""
        run = self.evaluate(data, position)
        shown = {name: value for name, value in run.values.items() if self.roles.is_shown(name)}
        imputed = {n: v for n, v in run.values.items() if n in self.roles.imputed and v.size}
        return {**shown, **run.derived, **imputed}

    def latent_values(self, data: Arrays, position: jax.Array) -> Values:
        """Constrained values of every latent site, auxiliary ones too: what `predict` needs."""
        return self.evaluate(data, position).values

    def unconstrain(
        self, data: Arrays, values: Mapping[str, Any], default: jax.Array | None = None
    ) -> jax.Array:
        """The position at which the named quantities have these values, as far as it can be had.

        A site that is not named, and whose quantity is not, stays at `default` (0).
        """
        return solve_position(self, data, values, default)

    # --- draws ---------------------------------------------------------------------------

    def generate(self, key: jax.Array, data: Arrays, position: jax.Array) -> Values:
        """Replicated data and predictions at a position.

        Entries that no statement scores (conditioned on, masked out) keep their data; a missing one
        has its inferred value, or NaN where it is not inferred.
        """
        visitor = Replication(Keys(key), partial(self.read, position), self.roles)
        self._run(visitor, self._unmasked(data), predict=True)
        return visitor.outcome(self._observations(data), data)

    def simulate(self, key: jax.Array, data: Arrays) -> Values:
        """One draw of everything: latents, saved quantities, data, predictions.

        Raises:
            CannotSimulate: if a prior is improper, or an expression is scored.
        """
        for name in self.roles.lagged:
            raise CannotSimulate(name, "it is read before all of it is drawn")
        given = {name: array for name, array in data.items() if name not in self.roles.droppable}
        visitor = Simulation(Keys(key), self.roles)
        self._run(visitor, given, predict=True)
        return visitor.outcome()

    def predict(
        self,
        key: jax.Array,
        data: Arrays,
        values: Mapping[str, jax.Array],
        is_known: Mapping[str, Any],
    ) -> Values:
        """Data and predictions given latent values, new members drawn from their population.

        `values` are those of `latent_values` on the dimensions of `data`, filled in anyhow where
        `is_known` is false. Everything shown is returned.

        Raises:
            CannotPredict: if a joint draw is known in part.
            CannotSimulate: if a new member has an improper prior.
        """
        visitor = Prediction(Keys(key), self.roles, values, is_known)
        self._run(visitor, self._unmasked(data), predict=True)
        return visitor.outcome(self._observations(data), data)

    def _unmasked(self, data: Arrays) -> Arrays:
        """The data, with missing entries that are scored around to be drawn as others are."""
        masks = set(self.roles.known.values())
        return {name: array for name, array in data.items() if name not in masks}

    def _observations(self, data: Arrays) -> list[tuple[Observation, Any]]:
        return [
            (observation, data[observation.argument])
            for observation in self.roles.observations.values()
            if observation.argument in data
        ]


class _Pointwise(Evaluation):
    def __init__(self, read: Any, roles: Roles) -> None:
        super().__init__(read)
        self.roles = roles
        self.pointwise: Values = {}

    def score(self, name: str, fn: Any, value: jax.Array) -> None:
        """The log density by observation, for sites that observe data."""
        if name in self.roles.observations:
            by_position = getattr(fn, "log_prob_by_position", fn.log_prob)
            mask = mask_of(fn)
            self.pointwise[name] = jnp.where(mask, by_position(value), jnp.nan)


class _Gaps(Evaluation):
    """Marks the entries of observed values that are inferred: NaN goes in, and is looked for."""

    def __init__(self, read: Any, roles: Roles) -> None:
        super().__init__(read)
        self.roles = roles
        self.found: Values = {}

    def draw(self, name: str, fn: Any) -> jax.Array:
        """NaN for missing entries, a latent's value for others."""
        if name in self.roles.imputed:
            return jnp.full(fn.shape(), jnp.nan)
        return super().draw(name, fn)

    def score(self, name: str, fn: Any, value: jax.Array) -> None:
        """Where the value is missing."""
        if name in self.roles.observations:
            self.found[name] = jnp.isnan(value)
