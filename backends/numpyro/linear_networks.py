"""Networks that are linear in their weights about a place.

With the weights `w` of a run, and `m` those of the place, a network's output at `x` is

    f(x, m) + J(x, m) (w - m),   J = df/dw,

in the place of `f(x, w)`. All networks of a program are linear together, so that `g(f(x))` is in
the weights of both; what depends on outputs in other ways is computed from them as it is written.

Source: Immer, Korzepa & Bauer (2021), "Improving predictions of Bayesian neural nets via local
linearization", section 3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import jax
import jax.numpy as jnp
from numpyro.primitives import Messenger

from gendsl.backends.numpyro.visit import Values, Visitor
from gendsl.backends.roles import Roles

Run = Callable[[Visitor, AbstractContextManager[Any]], None]
"""One run of the program by a visitor, inside a handler that has the last word."""


class Given(Messenger):  # type: ignore[misc]
    """Puts values in the place of sites and equations, and keeps those that have one of `names`."""

    def __init__(
        self, names: frozenset[str] = frozenset(), values: Mapping[str, jax.Array] | None = None
    ) -> None:
        super().__init__()
        self.names = names
        self.values = values or {}
        self.kept: Values = {}

    def process_message(self, message: dict[str, Any]) -> None:
        """NumPyro's entry."""
        if message["type"] not in ("sample", "deterministic"):
            return
        name = message["name"]
        if name in self.values:
            message["value"] = self.values[name]
        if name in self.names:
            self.kept[name] = message["value"]


def linear_outputs(
    run: Run, visitor: Visitor, roles: Roles, place: Mapping[str, jax.Array]
) -> Given:
    """The handler that puts the linear outputs in their place, in a run by this visitor.

    `place` has the weights `m`, not numbers where they are those of the run. It needs two more
    runs: for the weights `w`, and for the outputs and their slope.
    """
    drawn = Given(roles.weights)
    run(visitor.fresh(), drawn)
    weights = {name: drawn.kept[name] for name in drawn.kept.keys() & place.keys()}
    about = {name: jnp.where(jnp.isnan(place[name]), w, place[name]) for name, w in weights.items()}
    apart = {name: w - about[name] for name, w in weights.items()}

    def outputs(values: Values) -> Values:
        found = Given(roles.outputs, values)
        run(visitor.fresh(), found)
        return {name: found.kept[name] for name in found.kept.keys() & roles.outputs}

    at_place, along = jax.jvp(outputs, (about,), (apart,))
    return Given(values={name: value + along[name] for name, value in at_place.items()})
