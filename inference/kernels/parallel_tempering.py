"""Parallel tempering: replicas of a chain at several temperatures that swap places.

The replicas ``z_1, ..., z_K`` have the product of the tempered targets,

    prod_k p(z_k) L(z_k)^beta_k,   1 = beta_1 > ... > beta_K >= 0,

whose first factor is the target itself: the first ``dim`` coordinates of a draw are the answer,
and the others belong to the chain's position, so a checkpoint holds them. A transition moves every
replica by its own kernel and then offers swaps, first of the pairs (1, 2), (3, 4), ..., then of the
pairs (2, 3), (4, 5), ..., each taken with probability

    min(1, exp((beta_i - beta_j) (log L(z_j) - log L(z_i)))).

Offering them in this order rather than at random carries a replica through all temperatures in a
number of transitions that grows as ``K`` and not as its square.

Sources: Geyer (1991), "Markov chain Monte Carlo maximum likelihood"; Syed, Bouchard-Côté,
Deligiannidis & Doucet (2022), "Non-reversible parallel tempering", for the order.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference.adaptation import Each, Nothing
from gendsl.inference.combinators.seq import Seq, seq
from gendsl.inference.combinators.totals import total
from gendsl.inference.local import Place
from gendsl.inference.protocol import Facts, Info, Kernel
from gendsl.inference.randomness import Draws
from gendsl.inference.target import Data, LogDensity, Site, Target, Tempered


@dataclass(frozen=True, slots=True)
class _Priors:
    """The sum of the replicas' log priors."""

    target: Target
    count: int

    def __call__(self, data: Data, position: jax.Array) -> jax.Array:
        return jnp.sum(each(self.target.log_prior, self.count, data, position))


@dataclass(frozen=True, slots=True)
class _Likelihoods:
    """The sum of the replicas' log likelihoods, each times its ``beta``."""

    target: Target
    betas: tuple[float, ...]

    def __call__(self, data: Data, position: jax.Array) -> jax.Array:
        values = each(self.target.log_likelihood, len(self.betas), data, position)
        return jnp.sum(times(jnp.asarray(self.betas, values.dtype), values))


@dataclass(frozen=True, slots=True)
class _Both:
    """The sum of the replicas' log priors and log likelihoods, in one evaluation of each."""

    function: Tempered
    betas: tuple[float, ...]

    def __call__(self, data: Data, position: jax.Array, beta: jax.Array | float) -> jax.Array:
        rows = position.reshape(len(self.betas), -1)
        scaled = beta * jnp.asarray(self.betas, position.dtype)
        return jnp.sum(jax.vmap(lambda row, own: self.function(data, row, own))(rows, scaled))


def each(function: LogDensity, count: int, data: Data, position: jax.Array) -> jax.Array:
    """Return ``function`` of each of ``count`` replicas in ``position``."""
    return jax.vmap(lambda row: function(data, row))(position.reshape(count, -1))


def times(factor: jax.Array, value: jax.Array) -> jax.Array:
    """Return the product, 0 where ``factor`` is, whatever ``value``."""
    return jnp.where(factor == 0, jnp.zeros_like(value), factor * value)


def replicated(target: Target, betas: Iterable[float]) -> Target:
    """Return the product of ``target`` tempered by each of ``betas``.

    The first replica's sites keep their names, those of the others end in ``@`` and their number.

    Raises:
        ValueError: if there are fewer than two ``betas``, or they do not fall from 1 to 0 or above.
    """
    ladder = tuple(float(beta) for beta in betas)
    if len(ladder) < 2 or ladder[0] != 1.0 or ladder[-1] < 0.0:
        raise ValueError(f"at least two betas are needed that fall from 1 to 0, got {ladder}")
    if any(high <= low for high, low in pairwise(ladder)):
        raise ValueError(f"betas must fall from one replica to the next, got {ladder}")
    size = target.size
    sites = tuple(
        Site(f"{site.name}@{k}" if k else site.name, site.start + at, site.stop + at, site[3])
        for k, at in enumerate(range(0, size * len(ladder), size))
        for site in target.sites
    )
    return Target(
        _Priors(target, len(ladder)),
        _Likelihoods(target, ladder),
        size * len(ladder),
        sites,
        None if target.tempered is None else _Both(target.tempered, ladder),
        target.is_hosted,
    )


@dataclass(frozen=True, slots=True)
class Replicas:
    """Every replica moved by ``kernel``, of the tempered target, with parameters of its own.

    Attributes:
        target: of the replicas together, as :func:`replicated` makes it.
        betas: of the replicas.
        kernel: of ``Target.temper()``: its data are the pair of ``beta`` and data.
    """

    target: Target
    betas: tuple[float, ...]
    kernel: Kernel[Any, Any]

    @property
    def facts(self) -> Facts:
        """The kernel's."""
        return self.kernel.facts._replace(moves=None)

    @property
    def adaptation(self) -> Each:
        """The kernel's, for each replica apart."""
        count = len(self.betas)
        return Each((self.kernel.adaptation,) * count, tuple(range(count)))

    def init(self, data: Data, position: jax.Array) -> Place:
        """Return the replicas at ``position`` [beta * dim]."""
        return Place(position, self.target.log_density(data, position))

    def refresh(self, data: Data, state: Place) -> Place:
        """Return ``state`` with its log density computed anew."""
        return self.init(data, state.position)

    def step(
        self, data: Data, params: tuple[Any, ...], draws: Draws, state: Place
    ) -> tuple[Place, Info]:
        """Move every replica."""
        count = len(self.betas)
        rows = state.position.reshape(count, -1)
        stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *params)

        def move(
            each: Draws, beta: jax.Array, params: Any, position: jax.Array
        ) -> tuple[Any, Info]:
            given = beta, data
            return self.kernel.step(given, params, each, self.kernel.init(given, position))

        betas = jnp.asarray(self.betas, state.position.dtype)
        ends, infos = draws.map(move, count, betas, stacked, rows)
        parts = [jax.tree.map(lambda leaf, k=k: leaf[k], (infos, ends)) for k in range(count)]
        info = total([seen._replace(parts=()) for seen, _ in parts])
        after = self.init(data, ends.position.reshape(-1))
        return after, info._replace(parts=tuple(parts))


@dataclass(frozen=True, slots=True)
class Swaps:
    """Swaps of neighbouring replicas, those that begin with an odd one and then all others.

    Attributes:
        target: of the replicas together, as :func:`replicated` makes it.
        base: the target of which they are replicas.
        betas: of the replicas.
    """

    target: Target
    base: Target
    betas: tuple[float, ...]

    @property
    def facts(self) -> Facts:
        """Exact; reversible where there is but one pair."""
        return Facts(is_reversible=len(self.betas) == 2)

    @property
    def adaptation(self) -> Nothing:
        """There is nothing to tune."""
        return Nothing()

    def init(self, data: Data, position: jax.Array) -> Place:
        """Return the replicas at ``position`` [beta * dim]."""
        return Place(position, self.target.log_density(data, position))

    def refresh(self, data: Data, state: Place) -> Place:
        """Return ``state`` with its log density computed anew."""
        return self.init(data, state.position)

    def step(self, data: Data, params: tuple[()], draws: Draws, state: Place) -> tuple[Place, Info]:
        """Offer all pairs a swap; the acceptance rate is the mean over pairs."""
        count = len(self.betas)
        betas = np.asarray(self.betas)
        rows = state.position.reshape(count, -1)
        heights = each(self.base.log_likelihood, count, data, state.position)
        rates = []
        for first, part in enumerate(draws.parts(2)):
            low = np.arange(first, count - 1, 2)
            if len(low) == 0:
                continue
            gaps = jnp.asarray(betas[low] - betas[low + 1], heights.dtype)
            log_ratios = self.log_ratios(gaps, heights[low], heights[low + 1])
            is_taken = part.map(lambda each, ratio: each.coin(ratio), len(low), log_ratios)
            order = jnp.arange(count)
            order = order.at[low].set(jnp.where(is_taken, low + 1, low))
            order = order.at[low + 1].set(jnp.where(is_taken, low, low + 1))
            rows, heights = rows[order], heights[order]
            rates.append(jnp.exp(jnp.minimum(log_ratios, 0.0)))
        after = self.init(data, rows.reshape(-1))
        rate = jnp.mean(jnp.concatenate(rates))
        zero = jnp.zeros((), jnp.int32)
        return after, Info(rate, zero, zero)

    def log_ratios(self, gaps: jax.Array, these: jax.Array, those: jax.Array) -> jax.Array:
        """Return the log ratio of a swap: ``(beta_i - beta_j) (log L(z_j) - log L(z_i))``."""
        ratios = gaps * (those - these)
        return jnp.where(jnp.isnan(ratios) | (those == jnp.inf), -jnp.inf, ratios)


def parallel_tempering(
    target: Target, betas: Iterable[float], make: Callable[[Target], Kernel[Any, Any]]
) -> Seq:
    """Return parallel tempering of ``target``; ``make`` makes a kernel of the tempered target.

    It is a kernel of :func:`replicated`; the first ``dim`` coordinates of its draws are those of
    ``target``.

    Raises:
        ValueError: as :func:`replicated`, or if ``make`` does.
    """
    ladder = tuple(float(beta) for beta in betas)
    whole = replicated(target, ladder)
    local = Replicas(whole, ladder, make(target.temper()))
    return seq(local, Swaps(whole, target, ladder))
