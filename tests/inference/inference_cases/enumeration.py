"""A handle for randomness that goes through every outcome with its exact probability.

A kernel under it has a transition matrix, so "it keeps its target" is an equation. Discrete draws
branch over their outcomes; normals over a small set of values, equally likely and symmetric, under
which a kernel on a lattice keeps its target as it does under the real ones; uniforms over the
midpoints of the two halves.

There are two ways through all outcomes. :func:`outcomes` goes depth first, with compilation off, so
what is drawn may depend on what was drawn before. :func:`transition_matrix` takes kernels of which
the draws are the same in number on each path, and computes all paths of all states in one compiled
program, which is a hundred times faster.

A handle serves one draw, or is split: using one twice is an error here, as the two draws would not
be independent.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np

NOISES = (-1.0, 1.0)
TRANSITIONS = 4
_MOST_DRAWS = 64


class _Path(Protocol):
    def branch(self, probabilities: jax.Array) -> jax.Array:
        """Return the outcome, out of as many as there are probabilities, that has its turn."""


@dataclass
class _Depth:
    """One way through all draws: which outcome was taken at each, and out of how many."""

    planned: list[int]
    taken: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    probability: float = 1.0

    def branch(self, probabilities: jax.Array) -> jax.Array:
        chances = np.asarray(probabilities)
        possible = np.flatnonzero(chances > 0)
        turn = len(self.taken)
        choice = self.planned[turn] if turn < len(self.planned) else 0
        self.taken.append(choice)
        self.counts.append(len(possible))
        self.probability *= float(chances[possible[choice]])
        return jnp.asarray(possible[choice], jnp.int32)

    def after(self) -> list[int] | None:
        """Return the plan of the next path, depth first; None after the last."""
        plan = list(self.taken)
        while plan and plan[-1] == self.counts[len(plan) - 1] - 1:
            plan.pop()
        if not plan:
            return None
        plan[-1] += 1
        return plan


@dataclass
class _Plan:
    """A way through all draws that is an array: impossible ones have the probability 0."""

    planned: jax.Array
    counts: list[int] = field(default_factory=list)
    probability: Any = 1.0

    def branch(self, probabilities: jax.Array) -> jax.Array:
        choice = self.planned[len(self.counts)]
        self.counts.append(len(probabilities))
        self.probability = self.probability * probabilities[choice]
        return choice


@dataclass
class Enumerated:
    """The handle; a :class:`gendsl.inference.randomness.Draws`."""

    path: _Path
    noises: tuple[float, ...]
    is_used: bool = False

    def _use(self) -> None:
        assert not self.is_used, "a handle for randomness serves one draw"
        self.is_used = True

    def _fresh(self) -> "Enumerated":
        return Enumerated(self.path, self.noises)

    def _one_of(self, values: tuple[float, ...], size: int, dtype: Any) -> jax.Array:
        self._use()
        equal = jnp.full(len(values), 1.0 / len(values))
        turns = [self.path.branch(equal) for _ in range(size)]
        return jnp.asarray(values, dtype)[jnp.stack(turns)]

    @property
    def transition(self) -> jax.Array:
        """One of the first few; a kernel keeps its target in each, so on average too."""
        self._use()
        equal = jnp.full(TRANSITIONS, 1.0 / TRANSITIONS)
        return self.path.branch(equal).astype(jnp.uint32)

    def parts(self, count: int) -> tuple["Enumerated", ...]:
        self._use()
        return tuple(self._fresh() for _ in range(count))

    def normals(self, size: int, dtype: Any) -> jax.Array:
        return self._one_of(self.noises, size, dtype)

    def uniforms(self, size: int, dtype: Any) -> jax.Array:
        return self._one_of((0.25, 0.75), size, dtype)

    def coin(self, log_probability: jax.Array) -> jax.Array:
        self._use()
        chance = jnp.exp(jnp.minimum(log_probability, 0.0))
        chance = jnp.where(jnp.isnan(log_probability), 0.0, chance)
        return self.path.branch(jnp.stack([1.0 - chance, chance])) == 1

    def choose(self, log_weights: jax.Array) -> jax.Array:
        self._use()
        return self.path.branch(jax.nn.softmax(log_weights))

    def map(self, function: Callable[..., Any], count: int, *arrays: Any) -> Any:
        self._use()
        rows = (jax.tree.map(lambda leaf, k=k: leaf[k], arrays) for k in range(count))
        made = [function(self._fresh(), *row) for row in rows]
        return jax.tree.map(lambda *leaves: jnp.stack(leaves), *made)

    def fold(self, function: Callable[..., Any], count: int, carried: Any, *arrays: Any) -> Any:
        self._use()
        for k in range(count):
            row = jax.tree.map(lambda leaf, k=k: leaf[k], arrays)
            carried = function(self._fresh(), carried, *row)
        return carried


def outcomes(
    function: Callable[[Enumerated], Any], noises: tuple[float, ...] = NOISES
) -> Iterator[tuple[float, Any]]:
    """Yield every outcome of ``function(draws)`` with its probability."""
    plan: list[int] | None = []
    while plan is not None:
        path = _Depth(plan)
        with jax.disable_jit():
            made = function(Enumerated(path, noises))
        yield path.probability, made
        plan = path.after()


@partial(jax.jit, static_argnames=("kernel", "noises"))
def _ends(
    kernel: Any, noises: tuple[float, ...], data: Any, params: Any, states: Any, plans: Any
) -> Any:
    def one(state: jax.Array, planned: jax.Array) -> Any:
        path = _Plan(planned)
        start = kernel.init(data, state)
        end, _ = kernel.step(data, params, Enumerated(path, noises), start)
        return end.position, end.log_density, path.probability

    return jax.vmap(jax.vmap(one, (None, 0)), (0, None))(states, plans)


def transition_matrix(
    kernel: Any, data: Any, params: Any, states: np.ndarray, noises: tuple[float, ...] = NOISES
) -> np.ndarray:
    """Return ``P`` [from, to] of ``kernel`` over ``states`` [state, dim].

    On the way it checks that the kernel ends in one of the states, with the right log density.
    """
    path = _Plan(jnp.zeros(_MOST_DRAWS, jnp.int32))
    params = jax.tree.map(jnp.asarray, params)
    jax.eval_shape(
        lambda at: kernel.step(data, params, Enumerated(path, noises), kernel.init(data, at))[0],
        states[0],
    )
    plans = np.array(list(product(*map(range, path.counts))), np.int32)
    position, log_density, probability = map(
        np.asarray, _ends(kernel, noises, data, params, states, plans)
    )
    heights = log_densities(kernel.target, data, states)
    matrix = np.zeros((len(states), len(states)))
    for start, plan in np.argwhere(probability > 0):
        end = int(np.argmin(np.max(np.abs(states - position[start, plan]), axis=1)))
        np.testing.assert_allclose(position[start, plan], states[end], atol=1e-9)
        np.testing.assert_allclose(log_density[start, plan], heights[end], rtol=1e-9, atol=1e-9)
        matrix[start, end] += probability[start, plan]
    return matrix


def log_densities(target: Any, data: Any, states: np.ndarray) -> np.ndarray:
    """Return the log density of each of ``states`` [state, dim]."""
    return np.asarray(jax.vmap(lambda state: target.log_density(data, state))(jnp.asarray(states)))
