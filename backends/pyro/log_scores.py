"""Log densities of outcomes at values that were observed, given draws of the latents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from gendsl.backends.pyro.predict import Prediction
from gendsl.backends.pyro.visit import Keys, Values, mask_of
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
        values: Mapping[str, Tensor],
        is_known: Mapping[str, Any],
        outcomes: Mapping[str, Tensor],
        data: str | None,
    ) -> None:
        super().__init__(keys, roles, values, is_known)
        self.outcomes = outcomes
        self.scored_data = data
        self.log_scores: Values = {}

    def draw(self, name: str, fn: Any) -> Tensor:
        """The value of an outcome, of which it notes the density; others as a prediction's."""
        if name not in self.outcomes:
            return super().draw(name, fn)
        self.drawn[name] = self.outcomes[name]
        self._note(name, fn, self.drawn[name])
        return self.drawn[name]

    def score(self, name: str, fn: Any, value: Tensor) -> None:
        """Note the density of observed data."""
        observation = self.roles.observations.get(name)
        if observation is not None and observation.data == self.scored_data:
            self._note(name, fn, value)

    def _note(self, name: str, fn: Any, value: Tensor) -> None:
        by_position = getattr(fn, "log_prob_by_position", fn.log_prob)
        mask = mask_of(fn)
        log = by_position(value)
        if isinstance(mask, Tensor):
            log = torch.where(mask, log, torch.nan)
        self.log_scores[name] = log
