"""The log likelihood by observation."""

from __future__ import annotations

from copy import copy
from typing import Any

import torch
from torch import Tensor

from gendsl.backends.given import Arrays
from gendsl.backends.pyro.recovery import summed_in
from gendsl.backends.pyro.visit import Evaluation, Values, mask_of, shape_of
from gendsl.backends.roles import Roles, Sum


class Pointwise(Evaluation):
    """The log density of each observation; NaN where nothing is observed."""

    def __init__(self, read: Any, roles: Roles, data: Arrays) -> None:
        super().__init__(read)
        self.roles = roles
        self.data = data
        self.pointwise: Values = {}

    def score(self, name: str, fn: Any, value: Tensor) -> None:
        """The log density by observation, for sites that observe data or an expression."""
        if name in self.roles.observations or name in self.roles.expressions:
            by_position = getattr(fn, "log_prob_by_position", fn.log_prob)
            self.pointwise[name] = _where(mask_of(fn), by_position(value))
        elif name in self.roles.sums:
            found = self.roles.sums[name]
            log = fn.log_prob(value)
            mask = self._is_observed(found, tuple(log.shape))
            if found.observed:
                log = log - _without(fn, found.observed).log_prob()
            self.pointwise[found.name] = _where(mask, log)

    def _is_observed(self, found: Sum, shape: tuple[int, ...]) -> Any:
        """Where a sum over discrete latents has any known data behind it."""
        gaps = self.data.get(self.roles.gaps.get(found.data or "", ""))
        if gaps is not None and set(found.dims) == set(found.data_dims):
            places = tuple(gaps[found.data_dims.index(dim)] for dim in found.dims)
            mask = torch.ones(shape, dtype=torch.bool)
            mask[places] = False
            return mask
        known = self.data.get(self.roles.known.get(found.data or "", ""))
        if known is None:
            return True
        others = tuple(i for i, dim in enumerate(found.data_dims) if dim not in found.dims)
        kept = [dim for dim in found.data_dims if dim in found.dims]
        mask = (known.any(dim=others) if others else known).permute(
            [kept.index(d) for d in found.dims if d in kept]
        )
        return mask[tuple(slice(None) if dim in kept else None for dim in found.dims)]


def _where(mask: Any, log: Tensor) -> Tensor:
    if isinstance(mask, Tensor):
        return torch.where(mask, log, torch.nan)
    return log if mask else torch.full_like(log, torch.nan)


def _without(fn: Any, places: tuple[int, ...]) -> Any:
    """The sum over discrete latents without these tables: the density of what else it holds."""
    rest = copy(summed_in(fn))
    rest.tables = tuple(_flat(t) if i in places else t for i, t in enumerate(rest.tables))
    return rest


def _flat(table: Any) -> Any:
    """A table that says nothing."""
    flat = copy(table)
    flat.log = torch.zeros_like(table.log)
    return flat


class Gaps(Evaluation):
    """Marks the entries of observed values that are inferred: NaN goes in, and is looked for."""

    def __init__(self, read: Any, roles: Roles) -> None:
        super().__init__(read)
        self.roles = roles
        self.found: Values = {}

    def draw(self, name: str, fn: Any) -> Tensor:
        """NaN for missing entries, a latent's value for others."""
        if name in self.roles.imputed:
            return torch.full(shape_of(fn), torch.nan)
        return super().draw(name, fn)

    def score(self, name: str, fn: Any, value: Tensor) -> None:
        """Where the value is missing."""
        if name in self.roles.observations:
            self.found[name] = torch.isnan(value)
