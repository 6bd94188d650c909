"""Targets with a handful of states, and kernels on them whose transition matrix is enumerated."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference import Kernel, Nuts, Params, Site, State, Target
from gendsl.inference.combinators import (
    correct,
    independence,
    involutive,
    mix,
    on,
    palindrome,
    repeat,
    seq,
    temper,
    through,
)
from gendsl.inference.kernels import (
    Barker,
    Chees,
    Gibbs,
    Hmc,
    RandomWalk,
    Replicas,
    Swaps,
    replicated,
)
from gendsl.inference.local import state_at
from gendsl.inference.populations import Varied
from gendsl.inference.trajectory_length import CheesParams


def _prior(data: Any, position: jax.Array) -> jax.Array:
    first, second = position[0], position[1]
    is_inside = (jnp.abs(first) < 1.5) & (second > -0.5) & (second < 2.5)
    return jnp.where(is_inside, -0.4 * first**2 + 0.5 * jnp.sin(2.0 * second), -jnp.inf)


def _likelihood(data: Any, position: jax.Array) -> jax.Array:
    first, second = position[0], position[1]
    return 0.6 * first * second - 0.3 * second + 0.2 * jnp.sin(first + 2.0 * second)


JOINT = Target(_prior, _likelihood, 2, (Site("x", 0, 1), Site("k", 1, 2, 3)))
"""``x`` in -1, 0, 1 and a discrete ``k`` in 0, 1, 2."""
PLAIN = Target(_prior, _likelihood, 2)
GRID = np.array(list(product((-1.0, 0.0, 1.0), (0.0, 1.0, 2.0))))


def _line_prior(data: Any, position: jax.Array) -> jax.Array:
    return jnp.where(jnp.abs(position[0]) < 1.5, 0.5 * position[0], -jnp.inf)


def _line_likelihood(data: Any, position: jax.Array) -> jax.Array:
    return jnp.sin(3.0 * position[0]) - 0.8 * position[0] ** 2


LINE = Target(_line_prior, _line_likelihood, 1, (Site("x", 0, 1),))
"""``x`` in -1, 0, 1."""
POINTS = np.array([[-1.0], [0.0], [1.0]])
UNIT = Params(np.float64(1.0), np.ones(1))


def _counts(data: Any, position: jax.Array) -> jax.Array:
    first, second = position[0], position[1]
    return 0.7 * first * second - 0.4 * first + jnp.sin(2.0 * second)


def _nothing(data: Any, position: jax.Array) -> jax.Array:
    return 0.0 * position[0]


COUNTS = Target(_nothing, _counts, 2, (Site("a", 0, 1, 2), Site("b", 1, 2, 3)))
COUNTED = np.array(list(product((0.0, 1.0), (0.0, 1.0, 2.0))))


def replicas(count: int) -> np.ndarray:
    """Return the states of ``count`` replicas of ``LINE``."""
    return np.array(list(product((-1.0, 0.0, 1.0), repeat=count)))


@dataclass(frozen=True, slots=True)
class Leaning:
    """A proposal of the point 0, 1 or 2, less ``offset``, with weights that look at the chain."""

    offset: float = 1.0

    def _log_weights(self, given: jax.Array) -> jax.Array:
        place = given[0]
        return jax.nn.log_softmax(jnp.stack([0.3 * place, 0.0 * place + 0.1, 0.2 - 0.5 * place]))

    def draw(self, data: Any, params: Any, draws: Any, given: jax.Array) -> jax.Array:
        return draws.choose(self._log_weights(given)).astype(given.dtype)[None] - self.offset

    def log_density(self, data: Any, params: Any, drawn: jax.Array, given: jax.Array) -> jax.Array:
        return self._log_weights(given)[jnp.round(drawn[0] + self.offset).astype(int)]


@dataclass(frozen=True, slots=True)
class Table:
    """A distribution over -1, 0, 1; its parameters are log weights."""

    def draw(self, data: Any, params: jax.Array, draws: Any, like: jax.Array) -> jax.Array:
        return draws.choose(params).astype(like.dtype)[None] - 1.0

    def log_density(self, data: Any, params: jax.Array, position: jax.Array) -> jax.Array:
        return jax.nn.log_softmax(params)[jnp.round(position[0] + 1.0).astype(int)]


WEIGHTS = np.array([0.2, 1.0, -0.4])


def step_and_return(
    data: Any, params: Any, position: jax.Array, step: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Step, and turn the step round: an involution."""
    return position + step, -step


@dataclass(frozen=True, slots=True)
class Affine:
    """``z = a + b u``, with parameters ``(a, b)``."""

    def push(self, theta: Any, position: jax.Array) -> tuple[jax.Array, jax.Array]:
        return theta[0] + theta[1] * position, jnp.sum(jnp.log(theta[1]) + 0.0 * position)

    def pull(self, theta: Any, position: jax.Array) -> tuple[jax.Array, jax.Array]:
        return (position - theta[0]) / theta[1], -jnp.sum(jnp.log(theta[1]) + 0.0 * position)


def walk_on_ring(kernel: Any, data: Any, params: Any, state: State, momentum: Any, count: Any):
    """Return where ``count`` steps of ``momentum`` lead round the five points of a ring."""
    turned = jnp.mod(state.position + momentum * count + 2.0, 5.0) - 2.0
    return state_at(kernel.target, data, turned), momentum


@dataclass(frozen=True, slots=True)
class RingHmc(Hmc):
    """HMC of which the trajectory is a rotation of a ring, so volume and time are kept."""

    trajectory = walk_on_ring


@dataclass(frozen=True, slots=True)
class RingChees(Chees):
    """ChEES-HMC of which the trajectory is a rotation of a ring."""

    trajectory = walk_on_ring


class Case(NamedTuple):
    """A kernel with all that its transition matrix depends on."""

    kernel: Kernel[Any, Any]
    params: Any
    states: np.ndarray
    data: Any = None


def _ring_density(data: Any, position: jax.Array) -> jax.Array:
    return 0.4 * position[0] + jnp.cos(2.0 * position[0])


RING = Target(_ring_density, _nothing, 1)
RING_POINTS = np.arange(-2.0, 3.0)[:, None]
LADDER = (1.0, 0.6, 0.2)
LENGTH = CheesParams(np.float64(1.0), np.ones(1), np.float64(3.0))
WALK = on(JOINT, ["x"], RandomWalk)
LEAN = on(JOINT, ["x"], Barker)
DRAW = on(JOINT, ["k"], Gibbs)
MOVED = ((UNIT,), ((),))

CASES: dict[str, Callable[[], Case]] = {
    "random walk": lambda: Case(RandomWalk(PLAIN), Params(np.float64(1.0), np.ones(2)), GRID),
    "barker": lambda: Case(Barker(PLAIN), Params(np.float64(1.0), np.ones(2)), GRID),
    "hmc": lambda: Case(RingHmc(RING, 3), UNIT, RING_POINTS),
    "chees": lambda: Case(RingChees(RING), LENGTH, RING_POINTS),
    "gibbs": lambda: Case(Gibbs(JOINT), (), GRID),
    "gibbs of two": lambda: Case(Gibbs(COUNTS), (), COUNTED),
    "gibbs at random": lambda: Case(Gibbs(COUNTS, is_random=True), (), COUNTED),
    "on": lambda: Case(WALK, (UNIT,), GRID),
    "seq": lambda: Case(seq(WALK, DRAW), MOVED, GRID),
    "palindrome": lambda: Case(palindrome(WALK, DRAW), MOVED, GRID),
    "mix": lambda: Case(mix([1, 3], LEAN, DRAW), MOVED, GRID),
    "repeat": lambda: Case(repeat(RandomWalk(LINE), 3), (UNIT,), POINTS),
    "correct": lambda: Case(correct(LINE, Leaning()), (), POINTS),
    "independence": lambda: Case(independence(LINE, Table()), WEIGHTS, POINTS),
    "involutive": lambda: Case(involutive(LINE, Leaning(), step_and_return), (), POINTS),
    "temper": lambda: Case(temper(LINE, RandomWalk), UNIT, POINTS, (np.float64(0.3), None)),
    "through": lambda: Case(
        through(LINE, Affine(), RandomWalk, ()),
        ((np.float64(0.3), np.float64(2.0)), Params(np.float64(0.5), np.ones(1))),
        POINTS,
    ),
    "varied": lambda: Case(Varied(RandomWalk(LINE), (1.0, 2.0)), UNIT, POINTS),
    "replicas": lambda: Case(
        Replicas(replicated(LINE, LADDER[:2]), LADDER[:2], RandomWalk(LINE.temper())),
        (UNIT, UNIT),
        replicas(2),
    ),
    "swaps": lambda: Case(Swaps(replicated(LINE, LADDER), LINE, LADDER), (), replicas(3)),
    "swaps of two": lambda: Case(
        Swaps(replicated(LINE, LADDER[:2]), LINE, LADDER[:2]), (), replicas(2)
    ),
}


class Scripted(NamedTuple):
    """A handle that plays back: one momentum, and the bits [leaf, 2] of a tree."""

    momentum: jax.Array
    table: jax.Array

    def parts(self, count: int) -> tuple["Scripted", ...]:
        return (self,) * count

    def normals(self, size: int, dtype: Any) -> jax.Array:
        return self.momentum

    def bits(self, index: jax.Array) -> jax.Array:
        return self.table[index]


def turn_on_ring(kernel: Any, data: Any, params: Any, edge: Any) -> Any:
    """Return the edge one place further round the ring of as many places as there are data."""
    position = jnp.mod(edge.position + edge.momentum, len(data))
    return edge._replace(position=position), kernel.target.log_density(data, position)


def _looked_up(data: Any, position: jax.Array) -> jax.Array:
    return data[position[-1].astype(int)]


TREES = Target(_nothing, _looked_up, 1)


@dataclass(frozen=True, slots=True)
class RingNuts(Nuts):
    """NUTS of which a leapfrog step is a rotation of a ring; a stretch turns at one place of it."""

    leapfrog = turn_on_ring

    @staticmethod
    def starts(count: int) -> np.ndarray:
        """The positions [place, dim] of a ring of so many places; the last number is the place."""
        return np.arange(count, dtype=float)[:, None]


_KNOT = np.random.default_rng(179)
_POINTS, _HEADINGS = _KNOT.standard_normal((11, 2)), _KNOT.standard_normal((11, 2))
_HEADINGS /= np.linalg.norm(_HEADINGS, axis=1)[:, None]


def _heading(place: jax.Array, sense: jax.Array) -> jax.Array:
    return jnp.append(sense * jnp.asarray(_HEADINGS)[place], 0.0)


def _along_knot(kernel: Any, data: Any, params: Any, edge: Any) -> Any:
    place = edge.position[-1].astype(int)
    sense = jnp.sign(jnp.sum(edge.momentum * _heading(place, jnp.ones(()))))
    place = jnp.mod(place + sense.astype(int), len(data))
    position = jnp.append(jnp.asarray(_POINTS)[place], place.astype(float))
    after = edge._replace(position=position, momentum=_heading(place, sense))
    return after, kernel.target.log_density(data, position)


KNOTS = Target(_nothing, _looked_up, 3)


@dataclass(frozen=True, slots=True)
class KnotNuts(RingNuts):
    """NUTS on a ring of eleven places that lies about in the plane, headings and all.

    Among its stretches of four places is one that looks straight from end to end and in each half,
    and turns from one half to the first place of the other, but not from the other half; the four
    places beside it look straight in every way.
    """

    leapfrog = _along_knot

    def begin(self, params: Any, stream: Any, state: Any, momentum: jax.Array) -> Any:
        """Open a tree in the sense that the sign of the momentum gives."""
        place = state.position[-1].astype(int)
        return RingNuts.begin(self, params, stream, state, _heading(place, momentum[0]))

    @staticmethod
    def starts(count: int) -> np.ndarray:
        """The positions [place, dim]; the last number is the place."""
        return np.concatenate([_POINTS, np.arange(count, dtype=float)[:, None]], axis=1)


class Grid(NamedTuple):
    """In how many parts the uniforms of each leaf of a tree are cut, so that no threshold lies
    within one: to be taken, to be moved to, and the coin of the next direction."""

    taken: int = 1
    moved: int = 1
    coin: int = 1


SHALLOW = (Grid(moved=2, coin=2), Grid(), Grid(taken=6, moved=12))
"""For weights of 1 and 2 in trees of up to 3 leaves."""
DEEP = (Grid(coin=2), Grid(), Grid(2, 1, 2), Grid(), Grid(2), Grid(3), Grid(4))
"""For equal weights in trees of up to 7 leaves."""


def tables(grids: tuple[Grid, ...]) -> np.ndarray:
    """Return all equally likely tables of bits [table, leaf, 2]; one more leaf is never read."""
    cells = [list(product(range(g.taken), range(g.moved), range(g.coin))) for g in grids]

    def bits(cell: tuple[int, int, int], grid: Grid) -> tuple[int, int]:
        taken = int((cell[0] + 0.5) / grid.taken * 2**32)
        moved = int((cell[1] + 0.5) / grid.moved * 2**32)
        return taken, (moved & ~1) | cell[2]

    rows = [
        [bits(cell, grid) for cell, grid in zip(row, grids, strict=True)] + [(0, 0)]
        for row in product(*cells)
    ]
    return np.array(rows, np.uint32)
