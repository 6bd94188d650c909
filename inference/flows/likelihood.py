"""A flow fitted to draws by maximum likelihood, stopped where draws held out say so.

Adam climbs the mean of ``log q`` over minibatches, with steps that shrink as a cosine. Every fifty
steps the mean over the draws held out is taken; the best parameters by it are the answer, and the
climb ends when it has not risen for a while. Numbers of steps and draws' weights are given when the
program runs, so that one program serves all fits of one flow to arrays of one shape.

Source: Kingma & Ba (2015), "Adam: a method for stochastic optimization", algorithm 1.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from gendsl.executables import stored
from gendsl.inference.approximations.purposes import Purpose, words_for
from gendsl.inference.arrays import on_host
from gendsl.inference.flows.flow import Flow, Theta, standardised
from gendsl.inference.flows.guide import FlowGuide
from gendsl.inference.randomness import Stream

_BETWEEN_CHECKS = 50
_LEAST_RISE = 1e-3
_RIDGE = 1e-6


class Fitted(NamedTuple):
    """A flow's parameters, and how well they do.

    Attributes:
        theta: the best parameters by ``held_out``.
        held_out: the mean of ``log q`` over the draws held out.
        num_steps: taken.
    """

    theta: Theta
    held_out: float
    num_steps: int


@dataclass(frozen=True, slots=True)
class MaximumLikelihood:
    """Fits ``flow`` to draws.

    Attributes:
        num_steps: at most.
        batch: draws of a step.
        step_size: of Adam, the first.
        patience: checks without a rise after which the climb ends.
        share_held_out: of the draws, where it is not said which.

    Raises:
        ValueError: if a number is out of its range.
    """

    flow: Flow
    num_steps: int = 2000
    batch: int = 256
    step_size: float = 5e-3
    patience: int = 6
    share_held_out: float = 0.2

    def __post_init__(self) -> None:
        if min(self.num_steps, self.batch, self.patience) < 1 or not self.step_size > 0:
            raise ValueError("num_steps, batch, patience and step_size must be positive")
        if not 0.0 < self.share_held_out < 1.0:
            raise ValueError(f"share_held_out lies between 0 and 1, got {self.share_held_out}")

    def fit(
        self,
        draws: np.ndarray,
        *,
        seed: int,
        shares: np.ndarray | None = None,
        is_held_out: np.ndarray | None = None,
        theta: Theta | None = None,
    ) -> Fitted:
        """Fit to ``draws`` [draw, dim].

        Args:
            shares: how much each counts [draw], 0 for none; all the same where absent.
            is_held_out: which are held out [draw]; the last ones where absent, so that those of a
                chain are not between those that it is fitted to.
            theta: where to start; nearly the identity behind an affine map to the mean and the
                covariance of the draws, where absent.

        Raises:
            ValueError: if the shape is wrong, a draw that counts is not finite, or too few are left
                for a covariance.
        """
        rows, weights = self._checked(draws, shares)
        if is_held_out is None:
            is_held_out = np.arange(len(rows)) >= (1.0 - self.share_held_out) * len(rows)
        fitted_to = np.where(is_held_out, 0.0, weights)
        tested_on = np.where(is_held_out, weights, 0.0)
        if np.count_nonzero(fitted_to) <= self.flow.size or not tested_on.any():
            raise ValueError(
                f"{np.count_nonzero(fitted_to)} draws are too few to fit {self.flow.size}"
                " coordinates"
            )
        if theta is None:
            theta = first_theta(self.flow, seed, rows, fitted_to)
        best, value, num_steps = _climb(
            self.flow,
            self.batch,
            jax.tree.map(on_host, theta),
            on_host(rows),
            (on_host(fitted_to / fitted_to.sum()), on_host(tested_on / tested_on.sum())),
            words_for(seed, Purpose.TRAIN),
            on_host(np.asarray(self.step_size, rows.dtype)),
            (on_host(np.int32(self.num_steps)), on_host(np.int32(self.patience))),
        )
        return Fitted(jax.tree.map(np.asarray, best), float(value), int(num_steps))

    def _checked(
        self, draws: np.ndarray, shares: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        rows = np.asarray(draws, jnp.result_type(float))
        if rows.ndim != 2 or rows.shape[1] != self.flow.size:
            raise ValueError(f"draws must have shape [draw, {self.flow.size}], got {rows.shape}")
        weights = np.ones(len(rows), rows.dtype) if shares is None else np.asarray(shares)
        if weights.shape != (len(rows),) or not np.all(weights >= 0):
            raise ValueError(f"shares must be {len(rows)} numbers, none below 0")
        if not np.isfinite(rows[weights > 0]).all():
            raise ValueError("a draw is not finite")
        return np.where(weights[:, None] > 0, rows, 0.0), weights.astype(rows.dtype)


def first_theta(flow: Flow, seed: int, rows: np.ndarray, shares: np.ndarray) -> Theta:
    """Return parameters with which ``flow`` is about the normal of the draws ``rows`` [draw, dim].

    ``shares`` [draw] say how much each counts.
    """
    words = words_for(seed, Purpose.START)
    nothing = on_host(np.zeros(flow.size, rows.dtype))
    theta = _start(flow, words, nothing)
    weights = shares / shares.sum()
    mean = weights @ rows
    gaps = rows - mean
    covariance = (gaps * weights[:, None]).T @ gaps
    spread = np.maximum(np.diagonal(covariance), np.finfo(rows.dtype).tiny)
    return standardised(theta, mean, covariance + _RIDGE * np.diag(spread))


@stored("flow")
def _start(flow: Flow, words: jax.Array, position: jax.Array) -> Theta:
    return flow.start(Stream(words, jnp.uint32(0)), position, jnp.ones((), position.dtype))


class _Climb(NamedTuple):
    theta: Theta
    moments: Any
    step: jax.Array
    best: Theta
    value: jax.Array
    num_still: jax.Array


@stored("flow", "batch")
def _climb(
    flow: Flow,
    batch: int,
    theta: Theta,
    rows: jax.Array,
    shares: tuple[jax.Array, jax.Array],
    words: jax.Array,
    step_size: jax.Array,
    limits: tuple[jax.Array, jax.Array],
) -> tuple[Theta, jax.Array, jax.Array]:
    guide, adam = FlowGuide(flow), optax.scale_by_adam()
    num_steps, patience = limits
    edges = jnp.cumsum(shares[0])

    def heights(theta: Theta, rows: jax.Array) -> jax.Array:
        return jax.vmap(guide.log_density, (None, 0))(theta, rows)

    def held_out(theta: Theta) -> jax.Array:
        is_there = shares[1] > 0
        each = jnp.where(is_there, heights(theta, rows), 0.0)
        return jnp.sum(shares[1] * each)

    def step(_: jax.Array, now: _Climb) -> _Climb:
        points = Stream(words, now.step).uniforms(batch, rows.dtype) * edges[-1]
        chosen = jnp.searchsorted(edges, points, side="right")
        some = rows[jnp.minimum(chosen, len(rows) - 1)]
        uphill = jax.grad(lambda theta: jnp.mean(heights(theta, some)))(now.theta)
        is_good = jnp.all(jnp.stack([jnp.all(jnp.isfinite(g)) for g in jax.tree.leaves(uphill)]))
        move, moments = adam.update(uphill, now.moments)
        share = now.step.astype(rows.dtype) / num_steps.astype(rows.dtype)
        length = 0.5 * step_size * (1.0 + jnp.cos(jnp.pi * jnp.minimum(share, 1.0)))
        after = jax.tree.map(lambda x, m: x + length * m, now.theta, move)
        kept = jax.tree.map(
            lambda new, old: jnp.where(is_good, new, old),
            (after, moments),
            (now.theta, now.moments),
        )
        return now._replace(theta=kept[0], moments=kept[1], step=now.step + jnp.uint32(1))

    def is_on(now: _Climb) -> jax.Array:
        return (now.step < num_steps.astype(jnp.uint32)) & (now.num_still < patience)

    def go_on(now: _Climb) -> _Climb:
        now = jax.lax.fori_loop(0, _BETWEEN_CHECKS, step, now)
        value = held_out(now.theta)
        has_risen = value > now.value + _LEAST_RISE
        best = jax.tree.map(
            lambda new, old: jnp.where(value > now.value, new, old), now.theta, now.best
        )
        still = jnp.where(has_risen, 0, now.num_still + 1)
        return now._replace(best=best, value=jnp.fmax(value, now.value), num_still=still)

    start = _Climb(theta, adam.init(theta), jnp.uint32(0), theta, held_out(theta), jnp.int32(0))
    end = jax.lax.while_loop(is_on, go_on, start)
    return end.best, end.value, end.step
