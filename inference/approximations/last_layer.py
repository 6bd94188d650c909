"""A variational Bayesian last layer: a normal for some coordinates, a point for all others.

Let the log density ``l(u, t)`` be quadratic in ``u``, as it is in the last layer's weights where
they and the noise are normal. With ``q(u) = N(m, L L^T)`` and columns ``l_k`` of ``L`` the evidence
lower bound is, without any draw,

    B(m, L, t) = E_q[l(u, t) - log q(u)]
               = l(m, t) + (1/2) sum_k D^2 l(m, t)[l_k, l_k] + log det L + (d/2) log(2 pi e),

and ``2 l(m) + D^2 l(m)[l_k, l_k] = l(m + l_k) + l(m - l_k)``. It is linear in the terms of rows, so
that minibatches estimate it, and its gradient, without bias. For given ``t`` it is highest at

    m = u - H^{-1} g,   L L^T = (-H)^{-1},   g, H = first and second derivatives of l in u,

where it is ``log integral exp l(u, t) du``: no normal is closer, since the conditional density is
that normal. So the climb is for ``t``, and the normal is solved for before it and after it.

Sources: Harrison, Willes & Snoek (2024), "Variational Bayesian last layers", section 3.1, theorem
1; MacKay (1992), "Bayesian interpolation" (the bound at its best: the evidence).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.executables import stored
from gendsl.inference.approximations.conditional_laplace import Standing
from gendsl.inference.approximations.gaussians import FullRank, Triangular
from gendsl.inference.approximations.result import (
    Approximation,
    NothingFoundError,
    Outcome,
    judged,
)
from gendsl.inference.approximations.starting import starting_points
from gendsl.inference.approximations.stochastic_ascent import ascend
from gendsl.inference.arrays import on_host
from gendsl.inference.interrupts import interruptible
from gendsl.inference.milestones import Milestone
from gendsl.inference.minibatch import Rows
from gendsl.inference.target import Data, LogDensity, Target

_ONE_PLUS_LOG_TWO_PI = float(1.0 + np.log(2.0 * np.pi))
_FAR = 1.0
"""Standard deviations from an optimum of the bound, as a root mean square over the points."""
_PROBES = 8

Assemble = Callable[[jax.Array, tuple[int, ...], jax.Array], Any]
"""Of a whole position [dim], places in it and what stands there, what densities can read."""


def in_place(whole: jax.Array, places: tuple[int, ...], values: jax.Array) -> jax.Array:
    """Return ``whole`` [dim] with ``values`` [k] at ``places``."""
    return whole.at[np.asarray(places)].set(values)


@dataclass(frozen=True, slots=True)
class _Bound:
    """``B`` without the entropy, of a position [dim] with ``m`` in its places, then of ``L``.

    After the position come the logarithms of L's diagonal, ``a`` [k], and below it
    ``L_ij / exp(a_i)``, row by row: all of them are of the order of 1.
    """

    function: LogDensity
    places: tuple[int, ...]
    size: int
    has_entropy: bool
    assemble: Assemble

    def __call__(self, data: Data, extended: jax.Array) -> jax.Array:
        count = len(self.places)
        whole = extended[: self.size]
        log_diagonal = extended[self.size : self.size + count]
        root = _root(log_diagonal, extended[self.size + count :])
        mean = whole[np.asarray(self.places)]

        def at(values: jax.Array) -> jax.Array:
            return self.function(data, self.assemble(whole, self.places, values))

        both = jax.vmap(lambda column: at(mean + column) + at(mean - column), 1)(root)
        middle = at(mean)
        bound = middle + 0.5 * jnp.sum(both - 2.0 * middle)
        if not self.has_entropy:
            return bound
        return bound + jnp.sum(log_diagonal) + 0.5 * count * _ONE_PLUS_LOG_TWO_PI


def _root(log_diagonal: jax.Array, below: jax.Array) -> jax.Array:
    """``L`` [k, k]."""
    count = len(log_diagonal)
    unit = jnp.eye(count, dtype=below.dtype).at[np.tril_indices(count, -1)].set(below)
    return jnp.exp(log_diagonal)[:, None] * unit


@dataclass(frozen=True, slots=True)
class LastLayer:
    """A variational Bayesian last layer of a target that is quadratic in some sites.

    Attributes:
        rows: how gradients are estimated.
        names: of the sites with the normal; all others are points.
        num_steps: of the climb, by Adam.
        rate: of Adam.
        assemble: how the two are put together for the target's densities.

    Raises:
        ValueError: if a number is out of range, or there is no such site.
    """

    rows: Rows
    names: frozenset[str]
    num_steps: int = 5000
    rate: float = 0.02
    assemble: Assemble = in_place

    def __post_init__(self) -> None:
        if self.num_steps < 0 or self.rate <= 0:
            raise ValueError("num_steps must be at least 0, and the rate positive")
        if not self.places:
            raise ValueError("a last layer has weights: name sites that have coordinates")

    @property
    def places(self) -> tuple[int, ...]:
        """The coordinates that the normal is of."""
        return self.rows.whole.coordinates(self.names)

    @property
    def bound(self) -> Rows:
        """The bound as a target to climb: its position is the target's, and ``L`` after it."""
        part = self.rows.part
        whole = self._bound_of(self.rows.whole)
        if part is None:
            return Rows(whole)
        return Rows(whole, replace(part, target=self._bound_of(part.target)))

    def _bound_of(self, target: Target) -> Target:
        places, dim = self.places, target.size
        count = len(places)
        prior, likelihood = (
            _Bound(function, places, dim, has_entropy, self.assemble)
            for function, has_entropy in (
                (target.log_prior, True),
                (target.log_likelihood, False),
            )
        )
        size = dim + count + count * (count - 1) // 2
        return Target(prior, likelihood, size, is_hosted=target.is_hosted)

    def fit(
        self,
        data: Data,
        seed: int,
        position: np.ndarray | None = None,
        *,
        num_check_draws: int = 2000,
        progress: Callable[[Milestone], None] | None = None,
    ) -> Approximation:
        """Climb from ``position`` [dim] or a random start; the normal is of ``names`` alone.

        ``data`` are a pair, as :class:`Rows` has them. The details are :class:`Standing`.

        Raises:
            NoFiniteStartError: if there is no finite start.
            NothingFoundError: if the density is not that of a normal in these sites.
            ValueError: if the target has discrete sites or the position's shape is wrong.
        """
        rows, places = self.bound, self.places
        start = starting_points(self.rows.whole, data[0], seed, 1, position)[0]
        begun = self._extended(start, *self._solved(data[0], start))
        with interruptible() as should_stop:
            found = ascend(
                rows,
                data,
                begun[None],
                seed,
                num_steps=self.num_steps,
                rate=self.rate,
                progress=progress,
                should_stop=should_stop,
            )
        mean, root = self._solved(data[0], found.positions[0, : self.rows.whole.size])
        end = self._extended(found.positions[0, : self.rows.whole.size], mean, root)
        status = Outcome.INTERRUPTED if found.is_stopped else Outcome.OK
        if not self._distance(data[0], end[: self.rows.whole.size], root, seed) < _FAR:
            status |= Outcome.NOT_CONVERGED
        if found.num_bad.any():
            status |= Outcome.NON_FINITE
        whole = end[: self.rows.whole.size]
        bounds = np.array([float(_height(rows.whole, data, on_host(at))) for at in (begun, end)])
        log_diagonal = np.log(np.diag(root))
        approximation = judged(
            self.rows.whole.restrict(self.names),
            FullRank(len(places)),
            (data[0], on_host(whole)),
            Triangular(on_host(mean), on_host(log_diagonal), on_host(np.tril(root, -1))),
            seed,
            num_draws=num_check_draws,
            status=status,
            num_evaluations=found.num_steps * (2 * len(places) + 1),
            trace=bounds,
            details=Standing(whole, places, float(bounds[-1])),
        )
        return approximation._replace(elbo=float(bounds[-1]), elbo_mcse=0.0)

    def _solved(self, data: Data, whole: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The best mean [k] and lower triangular root [k, k] for the points of ``whole`` [dim]."""
        mean, precision = _solve(self, data, on_host(whole))
        try:
            # The factor of the reversed precision: no inverse is formed, and L is triangular.
            upper = np.linalg.cholesky(np.asarray(precision)[::-1, ::-1])[::-1, ::-1]
        except np.linalg.LinAlgError:
            raise NothingFoundError("the log density has no maximum in the last layer") from None
        root = np.linalg.solve(upper.T, np.eye(len(upper)))
        if not (np.isfinite(root).all() and np.isfinite(mean).all()):
            raise NothingFoundError("the log density has no maximum in the last layer")
        return np.asarray(mean), np.tril(root)

    def _distance(self, data: Data, whole: np.ndarray, root: np.ndarray, seed: int) -> float:
        """How far the points of ``whole`` [dim] are from an optimum, in sds: a root mean square.

        The slope of the bound is that of the log density, averaged over ``m +- l_k`` as the bound
        is. Scales are by products of its Hessian with Rademacher probes of the points, ``m`` moving
        along as it would: differences of slopes, first without and then with that.
        """
        inside = list(self.places)
        points = np.setdiff1d(np.arange(len(whole)), inside)
        if not len(points):
            return 0.0
        columns = np.zeros((len(root), len(whole)))
        columns[:, inside] = root.T
        stride = float(np.cbrt(np.finfo(whole.dtype).eps))
        probes = np.zeros((_PROBES, len(whole)))
        signs = np.random.default_rng([seed, 15]).choice([-1.0, 1.0], (_PROBES, len(points)))
        probes[:, points] = stride * signs
        _, _, turns = self._differences(data, whole, columns, probes)
        probes[:, inside] = turns[:, inside] @ root @ root.T
        middle, bends, turns = self._differences(data, whole, columns, probes)
        slope = middle[points] + 0.5 * np.sum(bends, axis=0)[points]
        curvature = np.sqrt(np.mean((turns[:, points] / stride) ** 2, axis=0))
        is_known = curvature > 0
        return float(np.sqrt(np.sum(slope[is_known] ** 2 / curvature[is_known]) / len(points)))

    def _differences(
        self, data: Data, whole: np.ndarray, columns: np.ndarray, probes: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The slope [dim]; its second differences along columns, its first along probes."""
        moves = np.concatenate([columns, probes])
        places = np.concatenate([whole[None], whole + moves, whole - moves])
        slopes = np.asarray(_slopes(self.rows.whole, data, on_host(places)))
        (middle,), ahead, behind = np.split(slopes, [1, 1 + len(moves)])
        count = len(columns)
        turns = 0.5 * (ahead - behind)[count:]
        return middle, (ahead + behind - 2.0 * middle)[:count], turns

    def _extended(self, whole: np.ndarray, mean: np.ndarray, root: np.ndarray) -> np.ndarray:
        place = np.array(whole)
        place[list(self.places)] = mean
        diagonal = np.diag(root)
        below = (root / diagonal[:, None])[np.tril_indices(len(root), -1)]
        return np.concatenate([place, np.log(diagonal), below])


@stored("last_layer")
def _solve(last_layer: LastLayer, data: Data, whole: jax.Array) -> tuple[jax.Array, jax.Array]:
    places, target = last_layer.places, last_layer.rows.whole
    start = whole[np.asarray(places)]

    def height(values: jax.Array) -> jax.Array:
        return target.log_density(data, last_layer.assemble(whole, places, values))

    # Slopes of a quadratic are linear: their differences are its second derivatives, exactly.
    moves = jnp.eye(len(start), dtype=start.dtype)
    around = jnp.concatenate([start[None], start + moves, start - moves])
    slopes = jax.lax.map(jax.grad(height), around)
    slope, ahead, behind = jnp.split(slopes, [1, 1 + len(start)])
    hessian = 0.5 * (ahead - behind)
    precision = -0.5 * (hessian + hessian.T)
    return start + jnp.linalg.solve(precision, slope[0]), precision


@stored("target")
def _height(target: Target, data: Data, position: jax.Array) -> jax.Array:
    return target.log_density(data[0], position)


@stored("target")
def _slopes(target: Target, data: Data, positions: jax.Array) -> jax.Array:
    found: jax.Array = jax.lax.map(jax.grad(lambda at: target.log_density(data, at)), positions)
    return found
