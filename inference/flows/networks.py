"""The networks that bend the splines of a layer by other coordinates.

Two hidden layers of hyperbolic tangents: smooth, as gradient kernels want it. The last layer starts
near zero, so that an untrained flow is nearly the identity, but not at zero.

Source: Germain, Gregor, Murray & Larochelle (2015), "MADE: masked autoencoder for distribution
estimation", eqs. 12 and 13 (the masks).
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference.randomness import Draws

_LAST = 0.01
"""Standard deviation of what a new network returns."""


class Network(NamedTuple):
    """Weights: ``first`` [input, width], ``second`` [width, width], ``last`` [width, output * row].

    The biases are ``first_bias`` and ``second_bias`` [width] and ``last_bias`` [output, row]. The
    last matrix is flat since products of two dimensions are those that CPUs are fast at.
    """

    first: jax.Array
    first_bias: jax.Array
    second: jax.Array
    second_bias: jax.Array
    last: jax.Array
    last_bias: jax.Array


class Masks(NamedTuple):
    """Which weights are there, by matrix: [input, width], [width, width], [width, output]."""

    first: np.ndarray
    second: np.ndarray
    last: np.ndarray


def start(
    draws: Draws, like: jax.Array, num_inputs: int, width: int, num_outputs: int, row: int
) -> Network:
    """Return a new network, which has not learnt anything, of the dtype of ``like``."""
    for_first, for_second, for_last = draws.parts(3)

    def normals(draws: Draws, shape: tuple[int, ...], fan_in: int) -> jax.Array:
        count = int(np.prod(shape))
        noise = draws.normals(count, like.dtype) if count else jnp.zeros(0, like.dtype)
        spread: jax.Array = noise.reshape(shape) / np.sqrt(max(fan_in, 1))
        return spread

    return Network(
        normals(for_first, (num_inputs, width), num_inputs),
        jnp.zeros(width, like.dtype),
        normals(for_second, (width, width), width),
        jnp.zeros(width, like.dtype),
        _LAST * normals(for_last, (width, num_outputs * row), width),
        jnp.zeros((num_outputs, row), like.dtype),
    )


def product(left: jax.Array, right: jax.Array) -> jax.Array:
    """Return the matrix product in full precision, also where a device has a faster one."""
    return jnp.dot(left, right, precision=jax.lax.Precision.HIGHEST)


def hidden(network: Network, inputs: jax.Array) -> jax.Array:
    """Return the second hidden layer [width] at ``inputs`` [input]."""
    first = jnp.tanh(product(inputs, network.first) + network.first_bias)
    return jnp.tanh(product(first, network.second) + network.second_bias)


def apply(network: Network, inputs: jax.Array) -> jax.Array:
    """Return the outputs [output, row] at ``inputs`` [input]."""
    outputs = product(hidden(network, inputs), network.last)
    return outputs.reshape(network.last_bias.shape) + network.last_bias


def rows_of_last(network: Network) -> jax.Array:
    """Return the weights of the last layer by output [output, width, row]."""
    count, row = network.last_bias.shape
    return jnp.moveaxis(network.last.reshape(-1, count, row), 1, 0)


def autoregressive_masks(size: int, width: int) -> Masks:
    """Return masks with which output ``i`` of ``size`` reads only inputs before ``i``."""
    inputs = np.arange(1, size + 1)
    between = np.round(np.linspace(1, max(size - 1, 1), width)).astype(int)
    return Masks(
        between[None, :] >= inputs[:, None],
        between[None, :] >= between[:, None],
        inputs[None, :] > between[:, None],
    )


def masked(network: Network, masks: Masks) -> Network:
    """Return ``network`` with the weights gone that ``masks`` leaves out."""
    row = network.last_bias.shape[1]
    return network._replace(
        first=jnp.where(masks.first, network.first, 0.0),
        second=jnp.where(masks.second, network.second, 0.0),
        last=jnp.where(np.repeat(masks.last, row, axis=1), network.last, 0.0),
    )
