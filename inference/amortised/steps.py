"""One step of training and many, as one compiled program.

A step draws a batch of tasks, takes the gradient of their loss, clips its norm, moves by Adam and
averages the weights. Its random numbers depend on the key and the number of the step alone, and its
length on the share of the training that is done, so that training goes on after a pause as if there
had been none.

Sources: Kingma & Ba (2015), "Adam"; Loshchilov & Hutter (2019), "Decoupled weight decay
regularization"; Polyak & Juditsky (1992), "Acceleration of stochastic approximation by averaging".
"""

from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.flatten_util import ravel_pytree
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from gendsl.inference.amortised.design import Design
from gendsl.inference.amortised.network import Network, lowered
from gendsl.inference.amortised.objective import Loss, context_sizes, loss_of
from gendsl.inference.amortised.reference import Reference
from gendsl.inference.amortised.settings import Settings
from gendsl.inference.amortised.tasks import Sampler, Tasks

Devices = tuple[Any, ...]
_TASK = "task"


class State(NamedTuple):
    """Where training is: all that the next step depends on.

    Attributes:
        network: the weights.
        average: their running average, which is what predicts.
        moments: Adam's, of all weights in one row.
        words: the key's data, uint32.
        step: how many steps were made, int32.
    """

    network: Network
    average: Network
    moments: Any
    words: jax.Array
    step: jax.Array


class Pace(NamedTuple):
    """What share of the training is done: ``share + per_step (step - from_step)``, at most 1."""

    share: np.float32
    from_step: np.int32
    per_step: np.float32


def first_state(settings: Settings, network: Network, words: jax.Array) -> State:
    """Return the state before the first step; ``words`` are a key's data, uint32 [2]."""
    count = sum(leaf.size for leaf in jax.tree.leaves(network))
    moments = optimiser(settings).init(jnp.zeros(count, jnp.float32))
    return State(network, network, moments, words, jnp.zeros((), jnp.int32))


def optimiser(settings: Settings) -> Any:
    """Return the direction of steps, as optax has it; their length is :func:`rate_at`'s."""
    return optax.chain(optax.clip_by_global_norm(settings.clip), optax.scale_by_adam(b2=0.98))


def rate_at(settings: Settings, share: jax.Array) -> jax.Array:
    """Return the length of a step when ``share`` of the training is done."""
    warm_up = np.float32(settings.warm_up)
    risen = share / max(settings.warm_up, 1e-9)
    fallen = 0.5 * (1.0 + jnp.cos(np.float32(np.pi) * (share - warm_up) / (1.0 - warm_up)))
    return np.float32(settings.rate) * jnp.where(share < warm_up, risen, fallen)


def advance(
    design: Design,
    settings: Settings,
    sampler: Sampler,
    devices: Devices,
    state: State,
    reference: Reference,
    pace: Pace,
    count: int,
) -> tuple[State, jax.Array]:
    """Make ``count`` steps; return the state and the mean loss of those that moved.

    A step whose loss or gradient is not finite moves nothing; the mean is NaN where all are such.
    ``state`` is used up.
    """
    # How long training is does not change the program.
    of_a_step = replace(settings, steps=1, minutes=None)
    advanced: tuple[State, jax.Array] = _advance(
        design, of_a_step, sampler, devices, state, reference, pace, np.int32(count)
    )
    return advanced


@partial(jax.jit, static_argnums=(0, 1, 2, 3), donate_argnums=4)
def _advance(
    design: Design,
    settings: Settings,
    sampler: Sampler,
    devices: Devices,
    state: State,
    reference: Reference,
    pace: Pace,
    count: jax.Array,
) -> tuple[State, jax.Array]:

    row, tree_of = ravel_pytree(state.network)
    average, _ = ravel_pytree(state.average)
    decay = _decay(settings, state.network)

    def turn(
        _: jax.Array, carried: tuple[_Rows, jax.Array, jax.Array]
    ) -> tuple[_Rows, jax.Array, jax.Array]:
        rows, total, number = carried
        key = jax.random.fold_in(jax.random.wrap_key_data(state.words), rows.step)
        gradient, loss = _gradient(
            design, settings, sampler, devices, tree_of(rows.network), reference, key
        )
        flat = ravel_pytree(gradient)[0]
        is_finite = jnp.isfinite(loss) & jnp.all(jnp.isfinite(flat))
        total += jnp.where(is_finite, loss, 0.0)
        number += is_finite.astype(jnp.float32)
        return _moved(settings, decay, rows, pace, flat, is_finite), total, number

    nothing = jnp.zeros((), jnp.float32)
    start = (_Rows(row, average, state.moments, state.step), nothing, nothing)
    rows, total, number = jax.lax.fori_loop(0, count, turn, start)
    after = State(
        tree_of(rows.network), tree_of(rows.average), rows.moments, state.words, rows.step
    )
    return after, total / number


class _Rows(NamedTuple):
    """The state with all weights in one row: one kernel of a compiled step instead of many."""

    network: jax.Array
    average: jax.Array
    moments: Any
    step: jax.Array


def _decay(settings: Settings, network: Network) -> jax.Array | float:
    """Return how much each weight decays, in one row: those of matrices do.

    Biases, gains and shifts don't, which have axes too where they are those of several layers.
    """
    if settings.weight_decay == 0.0:
        return 0.0

    def is_matrix(path: tuple[Any, ...], leaf: jax.Array) -> jax.Array:
        name = str(getattr(path[-1], "name", ""))
        is_one = leaf.ndim > 1 and not name.endswith(("bias", "gain", "shift", "sink"))
        return jnp.full_like(leaf, float(is_one))

    each = jax.tree_util.tree_map_with_path(is_matrix, network)
    return np.float32(settings.weight_decay) * ravel_pytree(each)[0]


def _gradient(
    design: Design,
    settings: Settings,
    sampler: Sampler,
    devices: Devices,
    network: Network,
    reference: Reference,
    key: jax.Array,
) -> tuple[Network, jax.Array]:
    """Return the gradient and the value of the mean loss over the batches of a step.

    The loss is NaN where no task counts: such a step moves nothing.
    """

    def total(network: Network, number: jax.Array) -> tuple[jax.Array, Loss]:
        key_tasks, key_sizes = jax.random.split(jax.random.fold_in(key, number))
        tasks = _spread(sampler(key_tasks), devices)
        num_tasks, num_rows, _ = tasks.x.shape
        sizes = context_sizes(key_sizes, num_tasks, settings.fewest_context, num_rows)
        if settings.precision == "bfloat16":
            network = lowered(network, jnp.bfloat16)
        loss = loss_of(design, network, reference, tasks, sizes)
        return loss.total, loss

    def add(number: jax.Array, carried: tuple[Network, Loss]) -> tuple[Network, Loss]:
        gradient, loss = jax.grad(total, has_aux=True)(network, number)
        joined: tuple[Network, Loss] = jax.tree.map(jnp.add, carried, (gradient, loss))
        return joined

    nothing = jnp.zeros((), jnp.float32)
    start = jax.tree.map(jnp.zeros_like, network), Loss(nothing, nothing)
    if settings.accumulate == 1:
        summed, loss = add(jnp.zeros((), jnp.int32), start)
    else:
        summed, loss = jax.lax.fori_loop(0, settings.accumulate, add, start)
    count = jnp.maximum(loss.number, 1.0)
    mean = jnp.where(loss.number > 0.0, loss.total / count, jnp.nan)
    return jax.tree.map(lambda leaf: leaf / count, summed), mean


def _spread(tasks: Tasks, devices: Devices) -> Tasks:
    """Return the tasks with an equal share of them on each device."""
    if not devices:
        return tasks
    spread: Tasks = jax.lax.with_sharding_constraint(
        tasks, NamedSharding(Mesh(np.array(devices), (_TASK,)), PartitionSpec(_TASK))
    )
    return spread


def everywhere(state: State, devices: Devices) -> State:
    """Return a copy of ``state``, whole on each device."""
    if not devices:
        # Bound to its device as a step's outcome may be: else a second program would be compiled.
        copy: State = jax.device_put(
            jax.tree.map(jnp.copy, state), next(iter(state.step.devices()))
        )
        return copy
    whole = NamedSharding(Mesh(np.array(devices), (_TASK,)), PartitionSpec())
    placed: State = jax.device_put(jax.tree.map(jnp.copy, state), whole)
    return placed


def _moved(
    settings: Settings,
    decay: jax.Array | float,
    rows: _Rows,
    pace: Pace,
    gradient: jax.Array,
    is_finite: jax.Array,
) -> _Rows:
    """Return the rows after a step; where it is not finite, only the count moves."""
    move, moments = optimiser(settings).update(gradient, rows.moments)
    share = pace.share + pace.per_step * (rows.step - pace.from_step).astype(jnp.float32)
    rate = rate_at(settings, jnp.clip(share, 0.0, 1.0))
    network = rows.network - rate * (move + decay * rows.network)
    seen = rows.step.astype(jnp.float32)
    kept = jnp.minimum(np.float32(settings.average), (1.0 + seen) / (10.0 + seen))
    average = kept * rows.average + (1.0 - kept) * network
    after = jax.tree.map(
        lambda new, old: jnp.where(is_finite, new, old),
        (network, average, moments),
        (rows.network, rows.average, rows.moments),
    )
    return _Rows(after[0], after[1], after[2], rows.step + jnp.int32(1))
