"""What training makes small: minus the log density of queries, given contexts of many sizes.

The number ``n`` of context rows is any from the smallest to N - 1 alike, where N are all rows of a
task, since how good a network is shall not depend on how many rows it is given. A task's loss is
the mean over its queries, and with latent quantities minus their log density on top,

    L = - mean_i log q(y_i | x_i, D_n) - log q(latents | D_n),

whose least value is that of the posterior predictive under the prior.

Source: Müller, Hollmann, Pineda Arango, Grabocka & Hutter (2022), "Transformers can do Bayesian
inference", eq. 2 and corollary 1.1. Their weights of sizes are 1 / (N - n): of 50
rows, 2 tasks in 9 have a single query then, and 1 in 225 no context.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference.amortised.design import Design
from gendsl.inference.amortised.network import Network, answer
from gendsl.inference.amortised.reference import Reference
from gendsl.inference.amortised.tasks import Tasks


class Loss(NamedTuple):
    """Sums over tasks that count, and their number: what parts of a batch are joined by."""

    total: jax.Array
    number: jax.Array


def context_sizes(key: jax.Array, count: int, smallest: int, num_rows: int) -> jax.Array:
    """Return ``count`` numbers of context rows, int32, from ``smallest`` to ``num_rows - 1``.

    All have the same probability; together they are spread evenly over the sizes.
    """
    edges = np.linspace(0.0, 1.0, num_rows - smallest + 1)[1:].astype(np.float32)
    key_shift, key_order = jax.random.split(key)
    shift = jax.random.uniform(key_shift, (), jnp.float32)
    points = (jnp.arange(count, dtype=jnp.float32) + shift) / np.float32(count)
    numbers = jnp.sum(points[:, None] >= edges[:-1], axis=-1, dtype=jnp.int32) + smallest
    shuffled: jax.Array = jax.random.permutation(key_order, numbers)
    return shuffled


def loss_of(
    design: Design, network: Network, reference: Reference, tasks: Tasks, num_context: jax.Array
) -> Loss:
    """Return the loss over ``tasks`` with the first ``num_context`` [task] rows as contexts."""
    num_rows = tasks.x.shape[1]
    # Zeros in draws that do not count: a NaN there would still spoil gradients.
    told: Tasks = jax.tree.map(lambda leaf: _or_zero(tasks.valid, leaf), tasks)
    answers = answer(
        design, network, reference, told.x, told.y, num_context, told.columns, num_rows - 1
    )
    y = (told.y - reference.y_centre) / reference.y_unit
    log_density = design.head.log_density(reference.head, answers.outputs, y)
    is_query = jnp.arange(num_rows, dtype=jnp.int32) >= num_context[:, None]
    num_queries = (num_rows - num_context).astype(jnp.float32)
    each = -jnp.sum(jnp.where(is_query, log_density, 0.0), axis=1) / num_queries
    each = each + jnp.log(reference.y_unit)
    if design.joint is not None and network.joint is not None and answers.summary is not None:
        latents = (told.latents - reference.latent_centre) / reference.latent_unit
        heights = jax.vmap(design.joint.log_density, (None, 0, 0))(
            network.joint, answers.summary, latents
        )
        each = each - heights + jnp.sum(jnp.log(reference.latent_unit))
    counts = tasks.valid.astype(jnp.float32)
    return Loss(jnp.sum(jnp.where(tasks.valid, each, 0.0)), jnp.sum(counts))


def _or_zero(is_valid: jax.Array, leaf: jax.Array) -> jax.Array:
    shape = (-1, *(1,) * (leaf.ndim - 1))
    return jnp.where(is_valid.reshape(shape), leaf, jnp.zeros((), leaf.dtype))
