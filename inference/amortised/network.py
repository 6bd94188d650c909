"""A set transformer that reads a context and answers queries.

A task is rows of inputs and targets. The first ``n`` rows are the context: all rows attend to them
and to nothing else, so a query sees the context and itself alone, and the order of the context does
not matter. A query has a learned mark in the place of its target.

Blocks add to tokens what attention over rows finds and then a network of each token; normalised
first. The last matrices of both start at 0, as does that of the outputs.

Where columns are exchangeable, each cell of a row is a token, and one more is its target's. Rows
attend within a column, and before that cells within their row. All columns share their weights, so
a new order of columns moves their tokens and leaves the target's as it is.

Sources: Müller, Hollmann, Pineda Arango, Grabocka & Hutter (2022), "Transformers can do Bayesian
inference" (the masks); Xiong et al. (2020), "On layer normalization in the transformer
architecture" (normalised first); Tancik et al. (2020), "Fourier features let networks learn high
frequency functions" (waves); Hollmann et al. (2025), "Accurate predictions on small data with a
tabular foundation model" (cells as tokens).
"""

import dataclasses
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike

from gendsl.inference.amortised.attention import Attention, Norm, product
from gendsl.inference.amortised.design import Design
from gendsl.inference.amortised.heads import FlowWeights, Normals
from gendsl.inference.amortised.heads.continuous import tamed
from gendsl.inference.amortised.reference import Reference

_LOWEST, _HIGHEST = 0.5, 12.0
"""Of the first angular frequencies, in radians to a unit of an input."""

_UNROLLED = 4
"""Layers of a turn of the loop over layers, which a processor ends sooner than one by one."""


class Block(eqx.Module):
    """One layer's weights; ``cells`` attends within a row."""

    cells: Attention | None
    rows: Attention
    norm: Norm
    first: jax.Array
    first_bias: jax.Array
    second: jax.Array
    second_bias: jax.Array

    def __call__(self, tokens: jax.Array, is_context: jax.Array, is_cell: jax.Array) -> jax.Array:
        """Return the tokens [task, cell, row, width] after the layer."""
        if self.cells is not None:
            by_row = jnp.swapaxes(tokens, 1, 2)
            tokens = tokens + jnp.swapaxes(self.cells(by_row, is_cell[:, None, :]), 1, 2)
        tokens = tokens + self.rows(tokens, is_context[:, None, :])
        hidden = jax.nn.gelu(product(self.norm(tokens), self.first) + self.first_bias)
        return tokens + product(hidden, self.second) + self.second_bias


class Network(eqx.Module):
    """All that is trained; ``blocks`` are stacked over [layer].

    ``known`` [input, width] reads a target, ``unknown`` [width] stands for one. ``summary`` [width]
    is the row that the latent quantities are predicted from.
    """

    frequencies: jax.Array
    inputs: jax.Array
    inputs_bias: jax.Array
    known: jax.Array
    known_bias: jax.Array
    unknown: jax.Array
    blocks: Block
    norm: Norm
    outputs: jax.Array
    outputs_bias: jax.Array
    summary: jax.Array | None
    joint: FlowWeights | None


class Answers(NamedTuple):
    """What a network says: ``outputs`` [task, row, output]; ``summary`` [task, width] or None."""

    outputs: jax.Array
    summary: jax.Array | None


def start(design: Design, normals: Normals) -> Network:
    """Return a network that has learnt nothing, of what ``normals`` draws."""
    width, head = design.width, design.head
    per_input = _num_features(design)
    num_inputs = per_input * (1 if design.is_exchangeable else design.columns)
    waves = np.geomspace(_LOWEST, _HIGHEST, design.frequencies, dtype=np.float32)
    joint = design.joint
    return Network(
        frequencies=jnp.asarray(waves),
        inputs=_matrix(normals, num_inputs, width),
        inputs_bias=_zeros(width),
        known=_matrix(normals, head.num_inputs, width),
        known_bias=_zeros(width),
        unknown=normals((width,)),
        blocks=_blocks(design, normals),
        norm=_norm(width),
        outputs=_zeros(width, head.num_outputs),
        outputs_bias=_zeros(head.num_outputs),
        summary=None if joint is None else normals((width,)),
        joint=None if joint is None else joint.start(normals, width),
    )


def answer(
    design: Design,
    network: Network,
    reference: Reference,
    x: jax.Array,
    y: jax.Array,
    num_context: jax.Array,
    columns: jax.Array,
    num_keys: int | None = None,
) -> Answers:
    """Return the answers at all rows; those of the first ``num_context`` are of no use.

    Args:
        x: [task, row, column], NaN where missing.
        y: [task, row]; what it has behind the context is not read.
        num_context: rows of the context [task], int32.
        columns: how many columns are there [task], int32.
        num_keys: at most how many rows a context has; all of them where absent.
    """
    num_tasks, num_rows, _ = x.shape
    num_keys = num_rows if num_keys is None else num_keys
    rows = jnp.arange(num_rows, dtype=jnp.int32)
    is_context = rows < num_context[:, None]
    is_column = jnp.arange(design.columns, dtype=jnp.int32) < columns[:, None]
    # Zeros in place of what is not read: a NaN there would still spoil gradients.
    known = design.head.encode(
        jnp.where(is_context, (y - reference.y_centre) / reference.y_unit, 0.0)
    )
    dtype = network.unknown.dtype
    targets = known.astype(dtype) @ network.known + network.known_bias
    targets = jnp.where(is_context[..., None], targets, network.unknown)
    features = _features(network, reference, x, is_column)
    if design.is_exchangeable:
        cells = jnp.swapaxes(features @ network.inputs + network.inputs_bias, 1, 2)
        tokens = jnp.concatenate([targets[:, None], cells], axis=1)
        is_cell = jnp.pad(is_column, ((0, 0), (1, 0)), constant_values=True)
    else:
        flat = features.reshape(num_tasks, num_rows, -1)
        tokens = (targets + flat @ network.inputs + network.inputs_bias)[:, None]
        is_cell = jnp.ones((num_tasks, 1), bool)
    if network.summary is not None:
        shape = (*tokens.shape[:2], 1, design.width)
        tokens = jnp.concatenate([tokens, jnp.broadcast_to(network.summary, shape)], axis=2)

    def layer(tokens: jax.Array, block: Block) -> tuple[jax.Array, None]:
        return block(tokens, is_context[:, :num_keys], is_cell), None

    tokens, _ = jax.lax.scan(layer, tokens, network.blocks, unroll=_UNROLLED)
    final = network.norm(tokens[:, 0]).astype(jnp.float32)
    outputs = final[:, :num_rows] @ network.outputs + network.outputs_bias
    return Answers(outputs, None if network.summary is None else final[:, num_rows])


def lowered(network: Network, dtype: DTypeLike) -> Network:
    """Return the network with the matrices of its tokens in ``dtype``, as ``bfloat16``."""
    few: Network = jax.tree.map(lambda leaf: leaf.astype(dtype), network)
    return dataclasses.replace(
        few,
        frequencies=network.frequencies,
        outputs=network.outputs,
        outputs_bias=network.outputs_bias,
        joint=network.joint,
    )


def _features(
    network: Network, reference: Reference, x: jax.Array, is_column: jax.Array
) -> jax.Array:
    """Return the features of each input [task, row, column, feature]; 0 where no column is."""
    is_missing = jnp.isnan(x)
    there = is_column[:, None, :, None]
    values = jnp.where(is_missing, 0.0, (x - reference.x_centre) / reference.x_unit)
    angles = values[..., None] * network.frequencies
    plain = jnp.stack([tamed(values), is_missing.astype(jnp.float32), jnp.ones_like(values)], -1)
    features = jnp.concatenate([plain, jnp.sin(angles), jnp.cos(angles)], axis=-1)
    return jnp.where(there, features, 0.0).astype(network.inputs.dtype)


def _num_features(design: Design) -> int:
    return 3 + 2 * design.frequencies


def _blocks(design: Design, normals: Normals) -> Block:
    """Return the blocks, stacked over [layer]."""
    width, hidden, many = design.width, design.expansion * design.width, (design.layers,)
    return Block(
        cells=_attention(design, normals) if design.is_exchangeable else None,
        rows=_attention(design, normals),
        norm=_norm(width, many),
        first=_matrix(normals, width, hidden, many),
        first_bias=_zeros(*many, hidden),
        second=_zeros(*many, hidden, width),
        second_bias=_zeros(*many, width),
    )


def _attention(design: Design, normals: Normals) -> Attention:
    width, many = design.width, (design.layers,)
    return Attention(
        norm=_norm(width, many),
        read=_matrix(normals, width, 3 * width, many),
        write=_zeros(*many, width, width),
        sink=_zeros(*many, design.attention_heads),
    )


def _norm(width: int, many: tuple[int, ...] = ()) -> Norm:
    return Norm(_zeros(*many, width) + np.float32(1.0), _zeros(*many, width))


def _matrix(
    normals: Normals, num_inputs: int, num_outputs: int, many: tuple[int, ...] = ()
) -> jax.Array:
    return normals((*many, num_inputs, num_outputs)) * np.float32(num_inputs**-0.5)


def _zeros(*shape: int) -> jax.Array:
    return jnp.zeros(shape, jnp.float32)
