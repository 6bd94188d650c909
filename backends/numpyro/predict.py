"""Predictions for new data: known members keep their draws, new ones come from their population."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.backends.failures import CannotPredict
from gendsl.backends.numpyro.inputs import Arrays
from gendsl.backends.numpyro.simulate import Observations, complete, replicated
from gendsl.backends.numpyro.visit import Keys, Values, Visitor, mask_of, sampled
from gendsl.backends.roles import Roles


class Prediction(Visitor):
    """Runs the program forward from latent values that are known in part."""

    def __init__(
        self,
        keys: Keys,
        roles: Roles,
        values: Mapping[str, jax.Array],
        is_known: Mapping[str, Any],
    ) -> None:
        super().__init__()
        self.keys = keys
        self.roles = roles
        self.values = values
        self.is_known = is_known
        self.drawn: Values = {}
        self.replicates: dict[str, tuple[jax.Array, Any]] = {}

    def draw(self, name: str, fn: Any) -> jax.Array:
        """The known values, others drawn given what came before them."""
        key = self.keys.next()
        if name in self.roles.latents and name in self.values:
            self.drawn[name] = self._completed(name, fn, key)
        elif name in self.roles.imputed and 0 in fn.shape():
            self.drawn[name] = jnp.zeros(fn.shape(), int if fn.is_discrete else float)
        else:
            self.drawn[name] = sampled(name, fn, key)
        return self.drawn[name]

    def _completed(self, name: str, fn: Any, key: jax.Array) -> jax.Array:
        given = jnp.asarray(self.values[name])
        is_known = self._mask(name, fn.shape())
        if is_known.all():
            return given
        if hasattr(fn, "sample_unknown"):
            completed: jax.Array = fn.sample_unknown(key, given, is_known)
            return completed
        rank = fn.event_dim
        events = tuple(range(is_known.ndim - rank, is_known.ndim))
        if (is_known.any(axis=events) != is_known.all(axis=events)).any():
            raise CannotPredict(name, "its members are drawn jointly, and only some are known")
        return jnp.where(is_known, given, sampled(name, fn, key))

    def _mask(self, name: str, shape: tuple[int, ...]) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Where a latent is known: said of the site, or of the quantity that it is part of."""
        mask = self.is_known.get(name)
        if mask is None:
            mask = self.is_known.get(self.roles.latents[name], True)
            piece = self.roles.pieces.get(name)
            if piece is not None and np.ndim(mask):
                mask = np.moveaxis(np.asarray(mask), piece.axis, 0)[piece.start : piece.stop]
                mask = mask if piece.is_leading else np.moveaxis(mask, 0, piece.axis)
        return np.broadcast_to(np.asarray(mask), shape)

    def step(self, name: str, fn: Any, index: jax.Array, key: jax.Array | None) -> jax.Array:
        """The known value at a step, or a draw given the steps before."""
        assert key is not None
        if name not in self.roles.latents or name not in self.values:
            return sampled(name, fn, key)
        given = jnp.asarray(self.values[name])
        is_known = self._mask(name, given.shape)
        if is_known.all():
            return given[index]
        return jnp.where(jnp.asarray(is_known)[index], given[index], sampled(name, fn, key))

    def scanned(self, name: str, fn: Any, values: jax.Array) -> None:
        """Keep the values of all steps."""
        self.drawn[name] = values

    def key_of_scan(self) -> jax.Array | None:
        """The next key."""
        return self.keys.next()

    def score(self, name: str, fn: Any, value: jax.Array) -> None:
        """A replicate of data that the new data hold."""
        if name in self.roles.observations:
            draw = sampled(name, fn, self.keys.next())
            self.replicates[name] = (draw, mask_of(fn))

    def outcome(self, observations: Observations, data: Arrays) -> Values:
        """Everything that has a name in the source."""
        hidden = self.roles.hidden
        shown = {name: value for name, value in self.drawn.items() if name not in hidden}
        completed = {
            o.data: complete(o.data, v, data, self.drawn, self.roles) for o, v in observations
        }
        replicates = replicated(self.replicates, observations, completed, self.roles)
        return shown | self.derived | replicates
