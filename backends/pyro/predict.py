"""Predictions for new data: known members keep their draws, new ones come from their population."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gendsl.backends.failures import CannotPredict
from gendsl.backends.given import Arrays
from gendsl.backends.pyro.simulate import Observations, complete, replicated
from gendsl.backends.pyro.visit import Keys, Values, Visitor, mask_of, sampled, seeded, shape_of
from gendsl.backends.roles import Roles


class Prediction(Visitor):
    """Runs the program forward from latent values that are known in part."""

    def __init__(
        self, keys: Keys, roles: Roles, values: Mapping[str, Tensor], is_known: Mapping[str, Any]
    ) -> None:
        super().__init__()
        self.keys = keys
        self.roles = roles
        self.values = values
        self.is_known = is_known
        self.drawn: Values = {}
        self.replicates: dict[str, tuple[Tensor, Any]] = {}

    def draw(self, name: str, fn: Any) -> Tensor:
        """The known values, others drawn given what came before them."""
        key = self.keys.next()
        if name in self.roles.latents and name in self.values:
            self.drawn[name] = self._completed(name, fn, key)
        elif name in self.roles.imputed and 0 in shape_of(fn):
            self.drawn[name] = torch.zeros(shape_of(fn))
        else:
            self.drawn[name] = sampled(name, fn, key)
        return self.drawn[name]

    def step(self, name: str, fn: Any, place: int, count: int) -> Tensor:
        """The known value at a step, or a draw given the steps before."""
        key = self.keys.next()
        if name not in self.roles.latents or name not in self.values:
            return sampled(name, fn, key)
        given = self.values[name]
        is_known = self._mask(name, tuple(given.shape))[place]
        if is_known.all():
            return given[place]
        return torch.where(is_known, given[place], sampled(name, fn, key))

    def scanned(self, name: str, values: Tensor) -> None:
        """Keep the values of all steps."""
        self.drawn[name] = values

    def _completed(self, name: str, fn: Any, key: int) -> Tensor:
        given = self.values[name]
        is_known = self._mask(name, shape_of(fn))
        if is_known.all():
            return given
        if hasattr(fn, "sample_unknown"):
            with seeded(key):
                completed: Tensor = fn.sample_unknown(given, is_known)
            return completed
        rank = fn.event_dim - getattr(fn, "reinterpreted_batch_ndims", 0)
        if rank:
            by_event = is_known.flatten(is_known.dim() - rank)
            if (by_event.any(-1) != by_event.all(-1)).any():
                raise CannotPredict(name, "its members are drawn jointly, and only some are known")
        return torch.where(is_known, given, sampled(name, fn, key))

    def _mask(self, name: str, shape: tuple[int, ...]) -> Tensor:
        """Where a latent is known: said of the site, or of the quantity that it is part of."""
        mask = self.is_known.get(name)
        if mask is None:
            mask = self.is_known.get(self.roles.latents[name], True)
            piece = self.roles.pieces.get(name)
            if piece is not None and np.ndim(mask):
                mask = np.moveaxis(np.asarray(mask), piece.axis, 0)[piece.start : piece.stop]
                mask = mask if piece.is_leading else np.moveaxis(mask, 0, piece.axis)
        return torch.as_tensor(np.broadcast_to(np.asarray(mask), shape).copy())

    def score(self, name: str, fn: Any, value: Tensor) -> None:
        """A replicate of data that the new data hold."""
        if name in self.roles.observations:
            self.replicates[name] = (sampled(name, fn, self.keys.next()), mask_of(fn))

    def outcome(self, observations: Observations, data: Arrays) -> Values:
        """Everything that has a name in the source."""
        hidden = self.roles.hidden
        shown = {name: value for name, value in self.drawn.items() if name not in hidden}
        completed = {
            o.data: complete(o.data, v, data, self.drawn, self.roles) for o, v in observations
        }
        replicates = replicated(self.replicates, observations, completed, self.roles)
        return shown | self.derived | replicates
