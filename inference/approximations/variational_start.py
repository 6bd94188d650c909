"""Where a guide starts: at the best normal of Pathfinder, in whose coordinates it is fit."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.executables import stored
from gendsl.inference.approximations.guide import Guide, Placeable, Trainable
from gendsl.inference.approximations.path_mixture import Factored
from gendsl.inference.approximations.pathfinder import Pathfinder
from gendsl.inference.approximations.purposes import Purpose, words_for
from gendsl.inference.approximations.starting import starting_points
from gendsl.inference.approximations.whitened import Placed, PlacedGuide, unit
from gendsl.inference.arrays import on_host
from gendsl.inference.milestones import Milestone, Watch
from gendsl.inference.randomness import Stream
from gendsl.inference.target import Data, Target

NUM_PATHS = 4
_MEMORY = 6


class Start(NamedTuple):
    """Where a fit begins.

    Attributes:
        chart: the normal in whose coordinates it is fit.
        params: of the guide, in these coordinates.
        is_charted: whether the chart is more than the coordinates as they are.
        num_evaluations: spent to find it.
        is_stopped: whether it was asked to stop there.
    """

    chart: Factored
    params: Any
    is_charted: bool = False
    num_evaluations: int = 0
    is_stopped: bool = False

    def placed(self, guide: Trainable, params: Any) -> tuple[Guide, Any]:
        """Return ``guide`` with ``params``, which are in the chart, for the coordinates as such."""
        if not self.is_charted:
            return guide, params
        if isinstance(guide, Placeable):
            return guide, _placed(guide, self.chart, params)
        return PlacedGuide(guide), Placed(self.chart, params)


def start(
    target: Target,
    guide: Trainable,
    data: Data,
    seed: int,
    start_scale: float,
    progress: Callable[[Milestone], None] | None,
    should_stop: Callable[[], bool],
) -> Start:
    """Return the start from the best of a few paths; where none leads anywhere, a random one.

    Raises:
        NoFiniteStartError: if there is no finite start.
        ValueError: if the target has discrete sites.
    """
    pathfinder = Pathfinder(target, num_paths=NUM_PATHS, memory=_MEMORY)
    starts = starting_points(target, data, seed, NUM_PATHS)
    watch = Watch("paths", NUM_PATHS, progress, should_stop)
    found = pathfinder.follow(data, words_for(seed, Purpose.START), starts, watch)
    spent = int(found.num_evaluations.sum())
    best = int(np.argmax(found.elbos))
    normal = jax.tree.map(lambda field: on_host(field[best]), found.normals)
    is_usable = all(np.isfinite(field).all() for field in normal)
    if not (found.elbos[best] > -np.inf and is_usable):
        begun = start_at(target, guide, data, seed, starts[0], None, start_scale)
        return begun._replace(num_evaluations=spent, is_stopped=watch.is_asked)
    chart, params = _around(guide, words_for(seed, Purpose.START), normal)
    return Start(chart, params, True, spent, watch.is_asked)


def start_at(
    target: Target,
    guide: Trainable,
    data: Data,
    seed: int,
    position: np.ndarray | None,
    params: Any,
    scale: float,
) -> Start:
    """Return the start at ``params``, else at ``position`` [dim] with sd ``scale``.

    Raises:
        ValueError: if the target has discrete sites or the position's shape is wrong.
    """
    if params is None:
        place = starting_points(target, data, seed, 1, position)[0]
        words = words_for(seed, Purpose.START)
        params = _start(guide, words, on_host(place), on_host(np.asarray(scale)))
    dtype = jnp.result_type(float)
    nothing = on_host(np.zeros(target.size, dtype))
    return Start(_identity(nothing), params)


@stored()
def _identity(nothing: jax.Array) -> Factored:
    return unit(nothing, nothing + 1.0, min(len(nothing), 2 * _MEMORY))


@stored("guide")
def _start(guide: Trainable, words: jax.Array, position: jax.Array, scale: jax.Array) -> Any:
    return guide.start(Stream(words, jnp.uint32(0)), position, scale.astype(position.dtype))


@stored("guide")
def _around(guide: Trainable, words: jax.Array, normal: Factored) -> tuple[Factored, Any]:
    draws = Stream(words, jnp.uint32(1))
    if isinstance(guide, Placeable):
        return guide.around(normal, draws)
    nothing = jnp.zeros_like(normal.mean)
    return normal, guide.start(draws, nothing, jnp.ones((), nothing.dtype))


@stored("guide")
def _placed(guide: Placeable, chart: Factored, params: Any) -> Any:
    return guide.placed(chart, params)
