"""The log likelihood by observation."""

from __future__ import annotations

from copy import copy
from typing import Any

import jax
import jax.numpy as jnp

from gendsl.backends.numpyro.inputs import Arrays
from gendsl.backends.numpyro.recovery import summed_in
from gendsl.backends.numpyro.visit import Evaluation, Values, mask_of
from gendsl.backends.roles import Roles, Sum


class Pointwise(Evaluation):
    """The log density of each observation; NaN where nothing is observed."""

    def __init__(self, read: Any, roles: Roles, data: Arrays) -> None:
        super().__init__(read)
        self.roles = roles
        self.data = data
        self.pointwise: Values = {}

    def score(self, name: str, fn: Any, value: jax.Array) -> None:
        """The log density by observation, for sites that observe data or an expression."""
        if name in self.roles.observations or name in self.roles.expressions:
            by_position = getattr(fn, "log_prob_by_position", fn.log_prob)
            mask = mask_of(fn)
            self.pointwise[name] = jnp.where(mask, by_position(value), jnp.nan)
        elif name in self.roles.sums:
            found = self.roles.sums[name]
            log = fn.log_prob(value)
            mask = self._is_observed(found, jnp.shape(log))
            if found.observed:
                log = log - _without(fn, found.observed).log_prob()
            self.pointwise[found.name] = jnp.where(mask, log, jnp.nan)

    def _is_observed(self, found: Sum, shape: tuple[int, ...]) -> Any:
        """Where a sum over discrete latents has any known data behind it."""
        gaps = self.data.get(self.roles.gaps.get(found.data or "", ""))
        if gaps is not None and set(found.dims) == set(found.data_dims):
            places = tuple(gaps[found.data_dims.index(dim)] for dim in found.dims)
            return jnp.ones(shape, bool).at[places].set(False)
        known = self.data.get(self.roles.known.get(found.data or "", ""))
        if known is None:
            return True
        others = tuple(i for i, dim in enumerate(found.data_dims) if dim not in found.dims)
        kept = [dim for dim in found.data_dims if dim in found.dims]
        mask = jnp.transpose(
            known.any(axis=others), [kept.index(d) for d in found.dims if d in kept]
        )
        return jnp.expand_dims(mask, [i for i, dim in enumerate(found.dims) if dim not in kept])


def _without(fn: Any, places: tuple[int, ...]) -> Any:
    """The sum over discrete latents without these tables: the density of what else it holds."""
    rest = copy(summed_in(fn))
    rest.logs = tuple(jnp.zeros_like(x) if i in places else x for i, x in enumerate(rest.logs))
    return rest


class Gaps(Evaluation):
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
