"""One run of a generated model, seen site by site: the only place that handles NumPyro's messages.

A `Visitor` answers for each random site with a value. NumPyro's plates have widened the site's
distribution by then. Visitors exist while JAX traces; nothing of them is left in compiled code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from threading import RLock
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
from numpyro.distributions import ExpandedDistribution
from numpyro.primitives import Messenger

from gendsl.backends.failures import CannotInfer, CannotSimulate
from gendsl.backends.numpyro.bijections import bijection

Values = dict[str, jax.Array]

_ALONE = RLock()


class Visitor(Messenger):  # type: ignore[misc]
    """Runs a model; subclasses give values to sites and take note of what is observed."""

    def __init__(self) -> None:
        super().__init__()
        self.derived: Values = {}

    def run(
        self,
        module: ModuleType,
        arguments: Mapping[str, Any],
        outside: AbstractContextManager[Any] | None = None,
        inside: AbstractContextManager[Any] | None = None,
    ) -> None:
        """Run `model` once; one thread at a time, as NumPyro has one stack of handlers for all.

        The handler `inside` sees what the model says before this visitor does, `outside` after it.
        """
        with _ALONE, outside or nullcontext(), self, inside or nullcontext():
            module.model(**arguments)

    def fresh(self) -> Visitor:
        """A visitor that does the same; what either takes note of, the other does not see."""
        twin = copy(self)
        for name, value in vars(self).items():
            if isinstance(value, dict | list | Keys):
                setattr(twin, name, copy(value))
        return twin

    def draw(self, name: str, fn: Any) -> jax.Array:
        """The value of a site that is not observed."""
        raise LookupError(name)

    def score(self, name: str, fn: Any, value: jax.Array) -> None:
        """Take note of an observed value, of data or of an expression."""

    def derive(self, name: str, value: jax.Array) -> jax.Array:
        """Take note of a deterministic quantity; what is returned stands for it from here on."""
        self.derived[name] = jnp.asarray(value)
        return value

    def scanned(self, name: str, fn: Any, values: jax.Array) -> None:
        """Take note of a site inside a scan, all of its steps at once."""

    def step(self, name: str, fn: Any, index: jax.Array, key: jax.Array | None) -> jax.Array:
        """The value of a site at one step of a scan."""
        raise LookupError(name)

    def key_of_scan(self) -> jax.Array | None:
        """A key for the draws inside a scan, if there are any."""
        return None

    def _within(self, site: dict[str, Any]) -> jax.Array | None:
        if site["is_observed"]:
            return None
        index, key = site["infer"]["_scan_current_index"], site["kwargs"].get("rng_key")
        return self.step(site["name"], site["fn"], index, key)

    def process_message(self, message: dict[str, Any]) -> None:
        """NumPyro's entry."""
        match message["type"]:
            case "sample" if message["is_observed"]:
                self.score(message["name"], message["fn"], message["value"])
            case "sample" if message["value"] is not None:
                self.scanned(message["name"], message["fn"], message["value"])
            case "sample":
                message["value"] = self.draw(message["name"], message["fn"])
            case "control_flow":
                message["kwargs"]["substitute_stack"].append(("substitute", self._within))
                message["kwargs"]["rng_key"] = self.key_of_scan()
            case "deterministic":
                message["value"] = self.derive(message["name"], message["value"])
            case _:
                pass


class Keys:
    """Random keys, a new one for each site, the same for the same order of sites."""

    def __init__(self, key: jax.Array) -> None:
        self.key = key
        self.count = 0

    def next(self) -> jax.Array:
        """The next site's key."""
        self.count += 1
        return jax.random.fold_in(self.key, self.count)


def sampled(name: str, fn: Any, key: jax.Array) -> jax.Array:
    """A draw from a site's distribution.

    Raises:
        CannotSimulate: if there is none.
    """
    if not getattr(fn, "can_sample", True):
        raise CannotSimulate(name, "its distribution is known up to a constant only")
    try:
        value: jax.Array = fn.sample(key)
    except NotImplementedError as error:
        raise CannotSimulate(name, "its prior is improper") from error
    return value


def mask_of(fn: Any) -> Any:
    """Where a site is scored: a mask over its batch, or `True`."""
    inner = fn
    while isinstance(inner, ExpandedDistribution):
        inner = inner.base_dist
    mask = getattr(inner, "_mask", True)
    return jnp.broadcast_to(mask, fn.batch_shape) if jnp.ndim(mask) else mask


class Evaluation(Visitor):
    """The log density at a position: latents are read from it through their bijections.

    Discrete latents have no coordinates; their values are given.
    """

    def __init__(
        self, read: Callable[[str], jax.Array], discrete: Mapping[str, jax.Array] | None = None
    ) -> None:
        super().__init__()
        self.read = read
        self.discrete = discrete or {}
        self.values: Values = {}
        self.priors: Values = {}
        self.jacobians: Values = {}
        self.likelihoods: Values = {}

    def draw(self, name: str, fn: Any) -> jax.Array:
        """The latent's value; its log density and the Jacobian are kept."""
        value = self._given(name) if fn.is_discrete else bijection(fn.support)(self.read(name))
        self.scanned(name, fn, value)
        return value

    def step(self, name: str, fn: Any, index: jax.Array, key: jax.Array | None) -> jax.Array:
        """The latent's value at a step."""
        if fn.is_discrete:
            return self._given(name)[index]
        return bijection(fn.support)(self.read(name)[index])

    def scanned(self, name: str, fn: Any, values: jax.Array) -> None:
        """Keep a latent's value, its log density and the Jacobian."""
        self.values[name] = values
        self.priors[name] = fn.log_prob(values)
        if not fn.is_discrete:
            transform = bijection(fn.support)
            self.jacobians[name] = transform.log_abs_det_jacobian(self.read(name), values)

    def score(self, name: str, fn: Any, value: jax.Array) -> None:
        """The observation's log density is kept."""
        self.likelihoods[name] = fn.log_prob(value)

    def _given(self, name: str) -> jax.Array:
        if name not in self.discrete:
            raise CannotInfer(name, "it is discrete")
        return self.discrete[name]


def total(terms: Values) -> jax.Array:
    """The sum of all entries of all terms."""
    return sum((jnp.sum(term) for term in terms.values()), start=jnp.zeros(()))
