"""Log densities of outcomes at values that were observed, given draws of the latents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp

from gendsl.backends.numpyro.predict import Prediction
from gendsl.backends.numpyro.visit import Keys, Values, mask_of
from gendsl.backends.roles import Roles


class LogScores(Prediction):
    """Runs the program forward as a prediction does, and scores an outcome instead of drawing it.

    `outcomes` are values of predicted quantities by name; `data` names an array that the program
    observes, whose values are among its arguments.
    """

    def __init__(
        self,
        keys: Keys,
        roles: Roles,
        values: Mapping[str, jax.Array],
        is_known: Mapping[str, Any],
        outcomes: Mapping[str, jax.Array],
        data: str | None,
    ) -> None:
        super().__init__(keys, roles, values, is_known)
        self.outcomes = outcomes
        self.scored_data = data
        self.log_scores: Values = {}

    def draw(self, name: str, fn: Any) -> jax.Array:
        """The value of an outcome, of which it notes the density; others as a prediction's."""
        if name not in self.outcomes:
            return super().draw(name, fn)
        self.drawn[name] = jnp.asarray(self.outcomes[name])
        self._note(name, fn, self.drawn[name])
        return self.drawn[name]

    def score(self, name: str, fn: Any, value: jax.Array) -> None:
        """Note the density of observed data."""
        observation = self.roles.observations.get(name)
        if observation is not None and observation.data == self.scored_data:
            self._note(name, fn, value)

    def _note(self, name: str, fn: Any, value: jax.Array) -> None:
        by_position = getattr(fn, "log_prob_by_position", fn.log_prob)
        self.log_scores[name] = jnp.where(mask_of(fn), by_position(value), jnp.nan)
