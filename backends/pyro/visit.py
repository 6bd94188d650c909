"""One run of a generated model, seen site by site: the only place that handles Pyro's messages.

A `Visitor` answers for each random site with a value. Pyro's plates, which are entered inside of
it, have widened the site's distribution by then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import RLock
from types import ModuleType
from typing import Any

import pyro
import torch
from pyro.poutine.messenger import Messenger
from torch import Tensor

from gendsl.backends.failures import CannotInfer, CannotSimulate
from gendsl.backends.pyro.bijections import bijection
from gendsl.backends.pyro.precision import defaults

Values = dict[str, Tensor]

_ALONE = RLock()


@contextmanager
def double_precision() -> Iterator[None]:
    """Python numbers become doubles, whatever torch's default is outside.

    Values are not checked, as in the other backend: where they lie outside a support, a density is
    what its formula gives.
    """
    with defaults(torch.float64), pyro.validation_enabled(False):
        yield


class Visitor(Messenger):
    """Runs a model; subclasses give values to sites and take note of what is observed."""

    def __init__(self) -> None:
        super().__init__()
        self.derived: Values = {}
        self._steps: dict[str, list[Tensor]] = {}

    def run(self, module: ModuleType, arguments: Mapping[str, Any]) -> None:
        """Run `model` once; one thread at a time, as Pyro has one stack of handlers for all."""
        with _ALONE, double_precision(), self:
            module.model(**arguments)
        for name, values in self._steps.items():
            self.scanned(name, torch.stack(values))

    def draw(self, name: str, fn: Any) -> Tensor:
        """The value of a site that is not observed."""
        raise LookupError(name)

    def step(self, name: str, fn: Any, place: int, count: int) -> Tensor:
        """The value of a site at one of `count` steps; by default that of a site by itself."""
        return self.draw(name, fn)

    def scanned(self, name: str, values: Tensor) -> None:
        """Take note of a site inside steps, all of them at once, after the run."""

    def score(self, name: str, fn: Any, value: Tensor) -> None:
        """Take note of an observed value, of data or of an expression."""

    def derive(self, name: str, value: Tensor) -> Tensor:
        """Take note of a deterministic quantity; what is returned stands for it from here on."""
        self.derived[name] = value
        return value

    def _pyro_sample(self, message: Any) -> None:
        """Pyro's entry."""
        name, fn = message["name"], message["fn"]
        if not hasattr(fn, "batch_shape"):
            return  # the positions of a plate, which Pyro takes for a site
        if message["infer"].get("_deterministic"):
            message["value"] = self.derive(name, message["value"])
        elif message["is_observed"]:
            self.score(name, fn, message["value"])
        elif "step" in message["infer"]:
            name, place, count = message["infer"]["step"]
            message["value"] = self.step(name, fn, place, count)
            self._steps.setdefault(name, []).append(message["value"])
        elif message["value"] is None:
            message["value"] = self.draw(name, fn)
        message["done"] = True


class Keys:
    """Seeds, a new one for each site, the same for the same order of sites."""

    def __init__(self, key: int) -> None:
        self.key = key
        self.count = 0

    def next(self) -> int:
        """The next site's seed."""
        self.count += 1
        return (self.key * 1_000_003 + self.count * 7_919) % (2**63)


@contextmanager
def seeded(key: int) -> Iterator[None]:
    """Torch's random numbers on the CPU are those of a seed inside, and as before afterwards."""
    with torch.random.fork_rng(devices=[]):
        # `torch.manual_seed` asks for CUDA too, and writes the whole stack down each time
        torch.default_generator.manual_seed(key)
        yield


def shape_of(fn: Any) -> tuple[int, ...]:
    """The shape of a draw."""
    return tuple(fn.batch_shape) + tuple(fn.event_shape)


def is_discrete(fn: Any) -> bool:
    """Whether a draw has no density; a support that data set may not say so before it is there."""
    support = fn.support
    while hasattr(support, "base_constraint"):
        support = support.base_constraint
    return bool(support.is_discrete)


def sampled(name: str, fn: Any, key: int) -> Tensor:
    """A draw from a site's distribution.

    Raises:
        CannotSimulate: if there is none.
    """
    if not getattr(_innermost(fn), "can_sample", True):
        raise CannotSimulate(name, "its distribution is known up to a constant only")
    with seeded(key):
        try:
            value: Tensor = fn.sample()
        except NotImplementedError as error:
            raise CannotSimulate(name, "its prior is improper") from error
    return value


def _innermost(fn: Any) -> Any:
    while hasattr(fn, "base_dist"):
        fn = fn.base_dist
    return fn


def mask_of(fn: Any) -> Any:
    """Where a site is scored: a mask over its batch, or `True`."""
    inner = fn
    while hasattr(inner, "base_dist") and not hasattr(inner, "_mask"):
        inner = inner.base_dist
    mask = getattr(inner, "_mask", None)
    if isinstance(mask, Tensor):
        return mask.expand(fn.batch_shape)
    return True if mask is None else mask


class Evaluation(Visitor):
    """The log density at a position: latents are read from it through their bijections.

    Discrete latents have no coordinates; their values are given.
    """

    def __init__(
        self, read: Callable[[str], Tensor], discrete: Mapping[str, Tensor] | None = None
    ) -> None:
        super().__init__()
        self.read = read
        self.discrete = discrete or {}
        self.values: Values = {}
        self.priors: Values = {}
        self.jacobians: Values = {}
        self.likelihoods: Values = {}

    def draw(self, name: str, fn: Any) -> Tensor:
        """The latent's value; its log density and the Jacobian are kept."""
        if is_discrete(fn):
            value = self._given(name)
        else:
            onto, position = bijection(fn.support), self.read(name)
            value = onto(position)
            self.jacobians[name] = onto.log_abs_det_jacobian(position, value)
        self.values[name] = value
        self.priors[name] = fn.log_prob(value)
        return value

    def step(self, name: str, fn: Any, place: int, count: int) -> Tensor:
        """The latent's value at a step; log densities are added up by step."""
        if is_discrete(fn):
            value = self._given(name)[place]
        else:
            onto, position = bijection(fn.support), self.read(name)[place]
            value = onto(position)
            self._add(self.jacobians, name, onto.log_abs_det_jacobian(position, value))
        self._add(self.priors, name, fn.log_prob(value))
        return value

    def scanned(self, name: str, values: Tensor) -> None:
        """Keep the values of all steps."""
        self.values[name] = values

    @staticmethod
    def _add(terms: Values, name: str, term: Tensor) -> None:
        """The term as a row of its own, after those of earlier steps."""
        row = term[None]
        terms[name] = torch.cat([terms[name], row]) if name in terms else row

    def _given(self, name: str) -> Tensor:
        if name not in self.discrete:
            raise CannotInfer(name, "it is discrete")
        return self.discrete[name]

    def score(self, name: str, fn: Any, value: Tensor) -> None:
        """The observation's log density is kept."""
        self.likelihoods[name] = fn.log_prob(value)


def total(terms: Mapping[str, Tensor]) -> Tensor:
    """The sum of all entries of all terms."""
    return sum((term.sum() for term in terms.values()), start=torch.zeros((), dtype=torch.float64))
