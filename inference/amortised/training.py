"""Training a network on draws of a prior: for a number of steps, or for minutes."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference.amortised import network
from gendsl.inference.amortised.design import Design
from gendsl.inference.amortised.reference import Reference, find_reference
from gendsl.inference.amortised.settings import Settings
from gendsl.inference.amortised.steps import (
    Devices,
    Pace,
    State,
    advance,
    everywhere,
    first_state,
)
from gendsl.inference.amortised.tasks import Sampler, Tasks, compiled
from gendsl.inference.interrupts import interruptible
from gendsl.inference.milestones import Milestone, Watch

_ROWS_OF_REFERENCE = 1 << 16
_TASKS_OF_REFERENCE = 1 << 12
_FEWEST_BATCHES, _MOST_BATCHES = 64, 256
_SECONDS_OF_CHUNK = 1.0
_MOST_STEPS = 1000
_MOST_LOST = 100
"""Steps in a row whose loss or gradient is not finite: by then it is not the batch."""
_KEPT = 0.9
"""Of the running loss, for each chunk."""


class Entry(NamedTuple):
    """A line of the log: after ``step`` steps and ``seconds``, the mean ``loss`` since the last."""

    step: int
    seconds: float
    loss: float


@dataclass(frozen=True)
class Trained:
    """A network and where its training is.

    Attributes:
        seconds: spent on it so far, by the clock.
        log: the losses on the way, in nats.
        is_stopped: whether training was asked to stop before its end.
    """

    design: Design
    settings: Settings
    reference: Reference
    state: State
    seconds: float = 0.0
    log: tuple[Entry, ...] = ()
    is_stopped: bool = False

    @property
    def num_steps(self) -> int:
        """Steps made."""
        return int(self.state.step)

    @property
    def is_done(self) -> bool:
        """Whether nothing of the training is left."""
        minutes = self.settings.minutes
        is_late = minutes is not None and self.seconds >= 60.0 * minutes
        return is_late or self.num_steps >= self.settings.steps


def begin(design: Design, settings: Settings, sampler: Sampler, seed: int) -> Trained:
    """Return a network that has learnt nothing but the units of its prior.

    Raises:
        ValueError: if ``seed`` is negative, the tasks are not those of the design, no draw is
            valid, or a context may be as large as a task.
    """
    for_weights, for_steps, for_reference = np.random.SeedSequence(seed).spawn(3)
    words = jnp.asarray(for_steps.generate_state(2), jnp.uint32)
    rows = jax.eval_shape(sampler, jax.random.key(0)).x.shape[1]
    if settings.fewest_context >= rows:
        raise ValueError(
            f"{rows} rows leave no query behind {settings.fewest_context} of a context"
        )
    key = jax.random.wrap_key_data(jnp.asarray(for_reference.generate_state(2), jnp.uint32))
    reference = find_reference(design, _draws(sampler, key))
    rng = np.random.default_rng(for_weights)

    def normals(shape: tuple[int, ...]) -> jax.Array:
        return jnp.asarray(rng.standard_normal(shape, np.float32))

    weights = network.start(design, normals)
    return Trained(design, settings, reference, first_state(settings, weights, words))


def train(
    trained: Trained,
    sampler: Sampler,
    *,
    progress: Callable[[Milestone], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    save: Callable[[Trained], None] | None = None,
    measure: Callable[[Trained], str] | None = None,
    minutes_between_saves: float = 1.0,
    devices: Devices = (),
) -> Trained:
    """Train until the steps are made or the minutes are over, or to the first interrupt.

    With a budget the length of steps falls with the time that is over, so that its end is the end
    of the schedule on any machine. The first step of a process compiles, and takes no time of it.
    Without a budget, training in parts is the same to the last bit.

    Args:
        trained: what :func:`begin`, an earlier training or a checkpoint gave; it stays as it is.
        save: called now and then, and at the end.
        measure: called as often, but if there is progress to be told; what it says is told with
            the loss. Its time is none of the budget's.
        devices: over which batches are spread; () for the first.

    Raises:
        ValueError: if the number of tasks is no multiple of the number of devices.
        FloatingPointError: if a hundred steps in a row, or the last ones, have no finite loss. A
            step that has none moves nothing.
    """
    _check_batch(sampler, devices)
    settings = trained.settings
    watch = Watch("training", _parts(settings), progress, should_stop)
    begun, earlier = time.monotonic(), trained.seconds
    trained = replace(trained, state=everywhere(trained.state, devices), is_stopped=False)
    per_step, count, last_save, running, lost, is_first = 0.0, 1, begun, math.nan, 0, True
    measured = ""
    with interruptible() as is_interrupted:
        while not trained.is_done:
            done = trained.num_steps
            count = min(count, settings.steps - done)
            pace = _pace(settings, trained, per_step)
            start = time.monotonic()
            state, loss = advance(
                trained.design, settings, sampler, devices, trained.state, trained.reference,
                pace, count,
            )  # fmt: skip
            value = float(loss)
            now = time.monotonic()
            if is_first:  # it compiles, which is no training
                begun, is_first = now, False
            entry = Entry(done + count, earlier + now - begun, value)
            lost = 0 if math.isfinite(value) else lost + count
            log = trained.log if lost else (*trained.log, entry)
            trained = replace(trained, state=state, seconds=entry.seconds, log=log)
            if lost >= _MOST_LOST or (lost and trained.is_done):
                raise FloatingPointError(f"the loss is {value} after step {entry.step}")
            if len(trained.log) > 1:  # the first chunk of a process compiles
                per_step = (now - start) / count
            count = _next_count(settings, trained, (now - start) / count)
            running = value if math.isnan(running) else _KEPT * running + (1 - _KEPT) * value
            is_asked = watch.tell(
                _part(settings, trained), _note(settings, trained, running, measured)
            )
            if is_asked or is_interrupted():
                trained = replace(trained, is_stopped=not trained.is_done)
                break
            if now - last_save >= 60.0 * minutes_between_saves:
                if save is not None:
                    save(trained)
                last_save = time.monotonic()
                if measure is not None and progress is not None:
                    measured = measure(trained)
                    begun += time.monotonic() - last_save
    if save is not None:
        save(trained)
    return trained


def _parts(settings: Settings) -> int:
    """Steps, or with a budget seconds."""
    return settings.steps if settings.minutes is None else math.ceil(60.0 * settings.minutes)


def _part(settings: Settings, trained: Trained) -> int:
    if settings.minutes is None:
        return trained.num_steps
    return _parts(settings) if trained.is_done else int(trained.seconds)


def _note(settings: Settings, trained: Trained, loss: float, measured: str) -> str:
    """The running loss, and what else was measured; and the steps, where seconds are counted."""
    steps = "" if settings.minutes is None else f"{trained.num_steps} steps, "
    return f"{steps}loss {loss:.3f}" + (f", {measured}" if measured else "")


def _pace(settings: Settings, trained: Trained, per_step: float) -> Pace:
    if settings.minutes is None:
        return Pace(np.float32(0), np.int32(0), np.float32(1.0 / settings.steps))
    # Whichever ends first, the minutes or the steps, ends the schedule.
    whole = 60.0 * settings.minutes
    return Pace(
        np.float32(max(trained.seconds / whole, trained.num_steps / settings.steps)),
        np.int32(trained.num_steps),
        np.float32(max(per_step / whole, 1.0 / settings.steps)),
    )


def _next_count(settings: Settings, trained: Trained, per_step: float) -> int:
    """Return how many steps fit into the next chunk, and into what is left of the budget."""
    left = math.inf
    if settings.minutes is not None:
        left = 60.0 * settings.minutes - trained.seconds
    fit = int(min(_SECONDS_OF_CHUNK, left) / max(per_step, 1e-6))
    return max(1, min(fit, _MOST_STEPS))


def _draws(sampler: Sampler, key: jax.Array) -> Tasks:
    """Return enough draws for quantiles: of rows, of tasks, and of batches, each of one size."""
    draw = compiled(sampler)
    num_tasks, rows, _ = jax.eval_shape(sampler, key).x.shape
    wanted = max(_ROWS_OF_REFERENCE / (num_tasks * rows), _TASKS_OF_REFERENCE / num_tasks)
    count = min(_MOST_BATCHES, max(_FEWEST_BATCHES, math.ceil(wanted)))
    drawn = [jax.device_get(draw(jax.random.fold_in(key, number))) for number in range(count)]
    joined: Tasks = jax.tree.map(lambda *parts: np.concatenate(parts), *drawn)
    return joined


def _check_batch(sampler: Sampler, devices: Devices) -> None:
    count = jax.eval_shape(sampler, jax.random.key(0)).x.shape[0]
    if devices and count % len(devices):
        raise ValueError(f"{count} tasks are no multiple of {len(devices)} devices")
