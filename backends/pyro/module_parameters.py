"""Latents of a module that are points: where they start, and what they are kept to."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

import pyro
import torch
from pyro.poutine.messenger import Messenger
from torch import Tensor
from torch.distributions import transform_to

from gendsl.backends.failures import Refusal
from gendsl.backends.load import load
from gendsl.backends.pyro.bijections import bijection
from gendsl.backends.pyro.visit import is_discrete, shape_of


class NoParameter(Refusal):
    """A latent that can't be a parameter."""

    code = "G0767"
    sentence = "`{site}` can't be a parameter: {reason}"
    help = "leave it out of `parameters`, or give it another start"


class _Centre(Messenger):
    """Puts every latent at the centre of its unconstrained space, and keeps the supports."""

    def __init__(self, sites: Set[str], starts: Mapping[str, Any]) -> None:
        super().__init__()
        self.sites = sites
        self.starts = starts
        self.found: dict[str, tuple[Tensor, Any]] = {}

    def _pyro_sample(self, message: Any) -> None:
        """Pyro's entry."""
        name, fn = message["name"], message["fn"]
        if message["is_observed"] or not hasattr(fn, "batch_shape") or is_discrete(fn):
            return
        onto, shape = bijection(fn.support), shape_of(fn)
        value = onto(torch.zeros(onto.inverse_shape(shape)))
        if not value.isfinite().all():  # a sphere has no centre
            value = onto(torch.ones(onto.inverse_shape(shape)))
        if name in self.sites:
            value = self._start(name, value.expand(shape).clone(), fn.support)
            self.found[name] = (value, fn.support)
        message["value"] = value

    def _start(self, name: str, centre: Tensor, support: Any) -> Tensor:
        if name not in self.starts:
            return centre
        given = torch.as_tensor(self.starts[name], dtype=centre.dtype, device=centre.device)
        try:
            value = given.expand(centre.shape).clone()
        except RuntimeError:
            shapes = f"{list(given.shape)}, not {list(centre.shape)}"
            raise NoParameter(name, f"its start has the shape {shapes}") from None
        if not bool(support.check(value).all()):
            raise NoParameter(name, "its start is outside of its support")
        return value


def started(
    source: str, arguments: Mapping[str, Any], sites: Set[str], starts: Mapping[str, Any]
) -> dict[str, tuple[Tensor, Any]]:
    """The value at which each of these sites starts, and its support.

    Raises:
        NoParameter: if a start does not fit, or torch has no map onto a support.
    """
    centre = _Centre(sites, starts)
    with torch.no_grad(), torch.random.fork_rng(devices=[]), pyro.validation_enabled(False), centre:
        load(source).model(**arguments)
    for name, (value, support) in centre.found.items():
        try:
            transform_to(support).inv(value)
        except NotImplementedError:
            raise NoParameter(name, "torch has no map onto its support") from None
    return centre.found
