"""Laplace's approximation of some quantities, all others where its evidence is highest.

Of quantities ``w``, with ``m(t)`` the mode of ``l(w, t)`` for given points ``t``, and ``P`` minus
its Hessian in ``w`` there,

    E(t) = l(m, t) + (k/2) log 2 pi - (1/2) log det P

is Laplace's estimate of ``log integral exp l(w, t) dw``: the prior's scale and the noise are not
fitted to the mode, but to all that the data leave possible. Its slope follows how ``m`` moves,

    dE/dt = dF/dt + (d/dt)(v . dl/dw),   F = l - (1/2) log det P,   v = P^{-1} dF/dw,

the last with ``v`` held fixed. Each evaluation climbs to ``m`` from the mode before it.

Sources: MacKay (1992), "A practical Bayesian framework for backpropagation networks", section 3;
Tierney & Kadane (1986), section 2; Immer, Bauer, Fortuin, Rätsch & Khan (2021), "Scalable marginal
likelihood estimation for model selection in deep learning", section 2 (with the Hessian as it is).
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import minimize

from gendsl.executables import stored
from gendsl.inference.approximations.conditional_laplace import Standing
from gendsl.inference.approximations.laplace import Laplace
from gendsl.inference.approximations.lbfgs import climb
from gendsl.inference.approximations.result import Approximation, NothingFoundError, Outcome
from gendsl.inference.approximations.starting import starting_points
from gendsl.inference.arrays import on_host
from gendsl.inference.interrupts import interruptible
from gendsl.inference.milestones import Milestone, Watch
from gendsl.inference.target import Data, Target

_LOG_TWO_PI = float(np.log(2.0 * np.pi))
_MEMORY = 10
_MOST_ROUNDS = 200
_FLAT = 1e-4
"""Of the evidence's slope, for each coordinate: in nats for a step of 1."""
_WORSE = 1e10
"""What is said of places where no normal is: above all that a search would take."""


class _Found(NamedTuple):
    """The mode at some points, beside them [dim]; ``E`` and its slope in the points."""

    whole: np.ndarray
    value: float
    slope: np.ndarray


def tuned_laplace(
    laplace: Laplace,
    names: Iterable[str],
    data: Data,
    seed: int,
    *,
    num_check_draws: int = 2000,
    progress: Callable[[Milestone], None] | None = None,
) -> Approximation:
    """Find the points of highest evidence from each start, and expand in ``names`` at the best.

    The approximation is of these sites alone; its details are :class:`Standing`,
    with ``E`` as the log evidence.

    Raises:
        NoFiniteStartError: if there is no finite start.
        NothingFoundError: if there is no mode with a positive curvature.
        ValueError: if there is no such site, or the target has discrete ones.
    """
    wanted, target = frozenset(names), laplace.target
    starts = starting_points(target, data, seed, laplace.num_starts)
    found: list[tuple[_Found, bool]] = []
    with interruptible() as should_stop:
        watch = Watch("starts", len(starts), progress, should_stop)
        for start in starts:
            found.append(_search(laplace, wanted, data, start, should_stop))
            best = max(each.value for each, _ in found)
            if watch.tell(len(found), f"log evidence {best:.2f}"):
                break
    end, is_settled = max(found, key=lambda each: each[0].value)
    if end.value == -np.inf:
        raise NothingFoundError("no mode was found whose curvature is positive")
    places = target.coordinates(wanted)
    conditional = Laplace(target.restrict(wanted), 1, laplace.max_steps)
    made = conditional.fit(
        (data, on_host(end.whole)),
        seed,
        end.whole[None, list(places)],
        num_check_draws=num_check_draws,
    )
    status = made.status
    if not is_settled:
        status |= Outcome.NOT_CONVERGED
    if watch.is_stopped:
        status |= Outcome.INTERRUPTED
    return made._replace(status=status, details=Standing(end.whole, places, end.value))


def _search(
    laplace: Laplace,
    names: frozenset[str],
    data: Data,
    start: np.ndarray,
    should_stop: Callable[[], bool],
) -> tuple[_Found, bool]:
    """The best points from one start, and whether they stand still."""
    places = laplace.target.coordinates(names)
    points = np.setdiff1d(np.arange(len(start)), places)
    best = _Found(np.array(start), -np.inf, np.zeros(len(points)))

    def height(values: np.ndarray) -> tuple[float, np.ndarray]:
        nonlocal best
        whole = np.array(best.whole)
        whole[points] = values
        found = _at(laplace, names, data, whole)
        if found is None:
            return _WORSE, np.zeros(len(points))
        if found.value > best.value:
            best = found
        return -found.value, -found.slope

    def stop(*_: Any) -> None:
        if should_stop():
            raise StopIteration

    if len(points):
        minimize(
            height,
            np.asarray(start)[points],
            jac=True,
            method="L-BFGS-B",
            callback=stop,
            options={"maxiter": _MOST_ROUNDS, "gtol": 0.1 * _FLAT, "ftol": 1e-14},
        )
    else:
        height(np.zeros(0))
    is_settled = bool(np.max(np.abs(best.slope), initial=0.0) < _FLAT)
    return best, is_settled


def _at(laplace: Laplace, names: frozenset[str], data: Data, whole: np.ndarray) -> _Found | None:
    """The mode of ``names`` beside the points of ``whole`` [dim]; None where it has no normal."""
    places = laplace.target.coordinates(names)
    top = np.array(whole)
    top[list(places)] = np.asarray(_mode(laplace, names, data, on_host(whole)))
    found = _evidence(laplace.target, places, data, on_host(top))
    top, value, slope = map(np.array, found)
    if not (np.isfinite(value) and np.isfinite(slope).all()):
        return None
    return _Found(top, float(value), np.delete(slope, list(places)))


@stored("laplace", "names")
def _mode(laplace: Laplace, names: frozenset[str], data: Data, whole: jax.Array) -> jax.Array:
    target = laplace.target
    start = whole[np.asarray(target.coordinates(names))]
    path = climb(
        target.restrict(names),
        (data, whole),
        start,
        max_steps=laplace.max_steps,
        memory=_MEMORY,
        tolerance=1e-9,
    )
    return path.positions[-1]


@stored("target", "places")
def _evidence(
    target: Target, places: tuple[int, ...], data: Data, whole: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """A step of Newton's method from ``whole`` [dim], ``E`` there and its slope [dim].

    They are not numbers where P is not positive.
    """
    inside = np.asarray(places)

    def height(at: jax.Array) -> jax.Array:
        return target.log_density(data, at)

    def precision(at: jax.Array) -> jax.Array:
        rows = jax.jacfwd(lambda values: jax.grad(height)(at.at[inside].set(values))[inside])
        found = rows(at[inside])
        symmetric: jax.Array = -0.5 * (found + found.T)
        return symmetric

    def free(at: jax.Array) -> tuple[jax.Array, jax.Array]:
        found = precision(at)
        volume = jnp.sum(jnp.log(jnp.diag(jnp.linalg.cholesky(found))))
        return height(at) - volume, found

    # The curvature sees how far a climb ended from the mode; the height hardly does.
    step = jnp.linalg.solve(precision(whole), jax.grad(height)(whole)[inside])
    mode = whole.at[inside].add(step)
    (value, found), slope = jax.value_and_grad(free, has_aux=True)(mode)
    moves = jnp.linalg.solve(found, slope[inside])
    following = jax.grad(lambda at: jnp.vdot(moves, jax.grad(height)(at)[inside]))(mode)
    return mode, value + 0.5 * len(inside) * _LOG_TWO_PI, slope + following
