"""Laplace's approximation: the normal with the mode and the curvature there.

With ``H`` the Hessian of the log density at its mode ``m``,

    q = N(m, (-H)^{-1}),   log Z ~ log p(m) + (dim/2) log 2 pi - (1/2) log det(-H).

The best of several climbs by L-BFGS is refined by Newton's method. The covariance comes from the
eigenvalues of ``-H``. Where one of them is not positive there is no such normal: the status says
so, the details name the directions, and the density is not a number.

The normal says nothing of other modes. Where climbs end far from the best mode, by its curvature,
Newton's method is started there too, and strict maxima that stay apart are told in the details.

Source: Tierney & Kadane (1986), "Accurate approximations for posterior moments and marginal
densities", section 2.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.executables import stored
from gendsl.inference.approximations.gauss_newton import LinearDensity, RestrictedLinear
from gendsl.inference.approximations.gaussians import FullRank, Triangular
from gendsl.inference.approximations.lbfgs import Climb, climb
from gendsl.inference.approximations.result import Approximation, Outcome, judged
from gendsl.inference.approximations.starting import starting_points
from gendsl.inference.arrays import on_host
from gendsl.inference.interrupts import interruptible
from gendsl.inference.milestones import Milestone, Watch
from gendsl.inference.target import Data, Target

_NEWTON_STEPS = 4
_MEMORY = 10
_SMALLEST_EIGENVALUE = 1e-12
_LARGEST_DECREMENT = 1e-6
_APART = 4.0
"""Standard deviations, of the normal at a mode, beyond which another maximum is another mode."""


class LaplaceDetails(NamedTuple):
    """What was found at the mode.

    Attributes:
        mode: [dim].
        log_density: there.
        modes: where each start led [start, dim], and ``log_densities`` [start]: where these differ,
            there is more than one mode.
        eigenvalues: of the negative Hessian [dim], ascending.
        eigenvectors: its columns belong to them [dim, dim].
        log_evidence: by Laplace's formula; NaN where an eigenvalue is not positive.
        decrement: ``g^T (-H)^{-1} g`` at the mode, 0 at an exact one.
        peaks: different modes [peak, dim], the approximation's first, the others by height; none
            lies within four standard deviations of one before it.
        peak_log_densities: their log densities [peak].
    """

    mode: np.ndarray
    log_density: float
    modes: np.ndarray
    log_densities: np.ndarray
    eigenvalues: np.ndarray
    eigenvectors: np.ndarray
    log_evidence: float
    decrement: float
    peaks: np.ndarray
    peak_log_densities: np.ndarray

    @property
    def bad_directions(self) -> np.ndarray:
        """Unit vectors [direction, dim] along which the mode is no strict maximum."""
        return np.asarray(self.eigenvectors.T[~_is_positive(self.eigenvalues)])


@dataclass(frozen=True, slots=True)
class Laplace:
    """Laplace's approximation of ``target``.

    Attributes:
        num_starts: climbs, where no starts are given.
        max_steps: of each climb.
        has_differences: whether the Hessian is taken by central differences of gradients, for
            densities that can't be differentiated twice.
        linear: the log density of the model that is linear about a place, for its Hessian in the
            place of the target's (:mod:`gendsl.inference.approximations.gauss_newton`).

    Raises:
        ValueError: if a number is below 1.
    """

    target: Target
    num_starts: int = 4
    max_steps: int = 500
    has_differences: bool = False
    linear: LinearDensity | None = None

    def __post_init__(self) -> None:
        if self.num_starts < 1 or self.max_steps < 1:
            raise ValueError("num_starts and max_steps must be at least 1")

    def fit(
        self,
        data: Data,
        seed: int,
        positions: np.ndarray | None = None,
        *,
        num_check_draws: int = 2000,
        progress: Callable[[Milestone], None] | None = None,
    ) -> Approximation:
        """Climb from ``positions`` [start, dim] or random starts and expand at the best mode.

        A keyboard interrupt ends it after the climb it is on; those that ended are used.

        Raises:
            NoFiniteStartError: if there is no finite start.
            ValueError: if the target has discrete sites or a number is out of range.
        """
        starts = starting_points(self.target, data, seed, self.num_starts, positions)
        with interruptible() as should_stop:
            watch = Watch("climbs", len(starts), progress, should_stop)
            climbs = self._climbs(data, starts, watch)
        log_densities = np.stack([climb.log_densities for climb in climbs])
        ends = np.where(np.isnan(log_densities[:, -1]), -np.inf, log_densities[:, -1])
        best = int(np.argmax(ends))
        found = self._expanded(data, climbs[best])
        peaks, num_expansions = self._peaks(data, found, [climbs[i] for i in np.argsort(-ends)])
        is_positive = _is_positive(found.eigenvalues)
        status = Outcome.INTERRUPTED if watch.is_stopped else Outcome.OK
        log_evidence = np.nan
        if not is_positive.all():
            status |= Outcome.NOT_A_MAXIMUM
        else:
            volume = len(found.mode) * np.log(2.0 * np.pi) - np.sum(np.log(found.eigenvalues))
            log_evidence = float(found.log_density + 0.5 * volume)
        if not found.decrement <= _LARGEST_DECREMENT:
            status |= Outcome.NOT_CONVERGED
        if len(peaks) > 1:
            status |= Outcome.SEVERAL_MODES
        details = LaplaceDetails(
            found.mode,
            float(found.log_density),
            np.stack([climb.positions[-1] for climb in climbs]),
            log_densities[:, -1],
            found.eigenvalues,
            found.eigenvectors,
            log_evidence,
            float(found.decrement),
            np.stack([peak.mode for peak in peaks]),
            np.array([float(peak.log_density) for peak in peaks]),
        )
        return judged(
            self.target,
            FullRank(self.target.size),
            data,
            _normal(found.mode, found.eigenvalues, found.eigenvectors),
            seed,
            num_draws=num_check_draws,
            status=status,
            num_evaluations=sum(int(climb.num_evaluations) for climb in climbs)
            + num_expansions * self._evaluations_of_expansion(),
            trace=log_densities[best],
            details=details,
        )

    def highest(
        self,
        data: Data,
        seed: int,
        positions: np.ndarray | None = None,
        *,
        progress: Callable[[Milestone], None] | None = None,
    ) -> np.ndarray:
        """Climb as `fit` does, and return the highest end [dim], without an expansion.

        Raises:
            NoFiniteStartError: if there is no finite start.
            ValueError: if the target has discrete sites or a number is out of range.
        """
        starts = starting_points(self.target, data, seed, self.num_starts, positions)
        with interruptible() as should_stop:
            climbs = self._climbs(data, starts, Watch("climbs", len(starts), progress, should_stop))
        ends = [float(path.log_densities[-1]) for path in climbs]
        return np.asarray(climbs[int(np.nanargmax(ends))].positions[-1])

    def _climbs(self, data: Data, starts: np.ndarray, watch: Watch) -> list[Climb]:
        """Climb from one start after the other, at least from the first."""
        found: list[Climb] = []
        for start in starts:
            found.append(jax.tree.map(np.asarray, _ascend(self, data, on_host(start))))
            best = max(float(one.log_densities[-1]) for one in found)
            if watch.tell(len(found), f"log density {best:.2f}"):
                break
        return found

    def _expanded(self, data: Data, path: Climb) -> "_Expansion":
        """The expansion where a climb ended, after Newton's method."""
        found = _expand(self, data, on_host(path.positions[-1]))
        return _Expansion(*map(np.asarray, found))

    def _peaks(
        self, data: Data, first: "_Expansion", climbs: list[Climb]
    ) -> tuple[list["_Expansion"], int]:
        """The first mode and others that lie apart, and how many expansions there were in all."""
        peaks, count = [first], 1
        if not first.is_peak:
            return peaks, count
        for path in climbs:
            end = np.asarray(path.positions[-1])
            if not (path.has_stopped and np.isfinite(path.log_densities[-1])):
                continue
            if any(peak.distance(end) <= _APART for peak in peaks):
                continue
            found, count = self._expanded(data, path), count + 1
            if found.is_peak and all(peak.distance(found.mode) > _APART for peak in peaks):
                peaks.append(found)
        return peaks, count

    def _evaluations_of_expansion(self) -> int:
        per_hessian = self.target.size * (2 if self.has_differences else 1)
        return (_NEWTON_STEPS + 1) * (1 + per_hessian)

    def restrict(self, names: frozenset[str]) -> "Laplace":
        """Return one climb to the mode of some sites, its data those of ``Target.restrict``."""
        linear = self.linear
        return Laplace(
            self.target.restrict(names),
            1,
            self.max_steps,
            self.has_differences,
            None if linear is None else RestrictedLinear(linear, self.target.coordinates(names)),
        )


class _Expansion(NamedTuple):
    mode: Any
    log_density: Any
    decrement: Any
    eigenvalues: Any
    eigenvectors: Any

    @property
    def is_peak(self) -> bool:
        """Whether it is at a strict maximum."""
        is_at_rest = bool(self.decrement <= _LARGEST_DECREMENT)
        return is_at_rest and bool(_is_positive(self.eigenvalues).all())

    def distance(self, position: np.ndarray) -> float:
        """How far a position [dim] is from the mode, in standard deviations of the normal there."""
        along = self.eigenvectors.T @ (position - self.mode)
        return float(np.sqrt(np.sum(self.eigenvalues * along**2)))


@stored("laplace")
def _ascend(laplace: Laplace, data: Data, start: jax.Array) -> Climb:
    # As far as rounding lets it: Newton's method refines what it reaches.
    return climb(
        laplace.target, data, start, max_steps=laplace.max_steps, memory=_MEMORY, tolerance=1e-9
    )


@stored("laplace")
def _expand(laplace: Laplace, data: Data, top: jax.Array) -> _Expansion:
    # What a look at a place takes is compiled once: the first is a step from nowhere.
    def refine(step: jax.Array, best: tuple[_Look, jax.Array]) -> tuple[_Look, jax.Array]:
        before, place = best
        after = _look(laplace, data, place)
        rounding = 8.0 * float(np.finfo(top.dtype).eps) * (1.0 + jnp.abs(before.value))
        is_better = jnp.linalg.norm(after.slope) < jnp.linalg.norm(before.slope)
        is_better &= after.value >= before.value - rounding
        kept = jax.tree.map(partial(jnp.where, (step == 0) | is_better), after, before)
        return kept, kept.position + jnp.linalg.solve(kept.curvature, kept.slope)

    nothing = jnp.zeros_like(top)
    nowhere = _Look(top, jnp.zeros((), top.dtype), nothing, jnp.diag(nothing))
    found, _ = jax.lax.fori_loop(0, _NEWTON_STEPS + 1, refine, (nowhere, top))
    eigenvalues, eigenvectors = jnp.linalg.eigh(found.curvature)
    along = eigenvectors.T @ found.slope
    decrement = jnp.sum(along**2 / jnp.abs(eigenvalues))
    return _Expansion(found.position, found.value, decrement, eigenvalues, eigenvectors)


class _Look(NamedTuple):
    """A position [dim], the log density there, its slope [dim] and negative Hessian [dim, dim]."""

    position: jax.Array
    value: jax.Array
    slope: jax.Array
    curvature: jax.Array


def _look(laplace: Laplace, data: Data, position: jax.Array) -> _Look:
    value_and_slope = jax.value_and_grad(lambda at: laplace.target.log_density(data, at))
    if laplace.has_differences or laplace.linear is not None:
        return _Look(position, *value_and_slope(position), curvature(laplace, data, position))

    def slope_and_value(at: jax.Array) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
        value, slope = value_and_slope(at)
        return slope, (value, slope)

    hessian, (value, slope) = jax.jacfwd(slope_and_value, has_aux=True)(position)
    return _Look(position, value, slope, -0.5 * (hessian + hessian.T))


def curvature(laplace: Laplace, data: Data, position: jax.Array) -> jax.Array:
    """Return the negative Hessian of the log density [dim, dim], symmetric."""
    linear = laplace.linear
    if linear is None:
        gradient = jax.grad(lambda at: laplace.target.log_density(data, at))
    else:
        gradient = jax.grad(lambda at: linear(data, position, at))
    if laplace.has_differences:
        steps = float(np.cbrt(np.finfo(position.dtype).eps)) * jnp.maximum(1.0, jnp.abs(position))
        ahead = jax.vmap(gradient)(position + jnp.diag(steps))
        behind = jax.vmap(gradient)(position - jnp.diag(steps))
        hessian = (ahead - behind) / (2.0 * steps[:, None])
    else:
        hessian = jax.jacfwd(gradient)(position)
    symmetric: jax.Array = -0.5 * (hessian + hessian.T)
    return symmetric


def _is_positive(eigenvalues: np.ndarray) -> np.ndarray:
    """Whether each exceeds what rounding makes of 0."""
    largest = np.max(np.abs(eigenvalues), initial=0.0)
    floor = max(_SMALLEST_EIGENVALUE, np.finfo(eigenvalues.dtype).eps * len(eigenvalues))
    return np.asarray(eigenvalues > floor * largest)


def _normal(mode: np.ndarray, eigenvalues: np.ndarray, eigenvectors: np.ndarray) -> Triangular:
    """Return N(mode, V diag(1 / eigenvalues) V^T); not a number where one is not positive."""
    if not _is_positive(eigenvalues).all():
        nothing = np.full_like(mode, np.nan)
        return Triangular(on_host(mode), on_host(nothing), on_host(np.diag(nothing)))
    # The triangular factor of a square root: no covariance is formed, so no digits are lost.
    root = np.asarray(np.linalg.qr((eigenvectors / np.sqrt(eigenvalues)).T, mode="r")).T
    root = root * np.sign(np.diag(root))
    return Triangular(on_host(mode), on_host(np.log(np.diag(root))), on_host(np.tril(root, -1)))
