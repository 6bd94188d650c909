"""Attention along one axis of tokens, with keys that are there and keys that are not.

    o_i = Σ_j w_ij v_j,  w_ij = exp(s_ij) / (exp(a) + Σ_k exp(s_ik)),  s_ij = q_i · k_j / √d

over the keys j that are there. The learned ``a`` of each head is the score of a key whose value is
0: without any key the answer is 0, and the weights tell how many keys there are, which a mean does
not and a posterior needs.

The slope of the weights is written out, which keeps a compiler from finding it out of their parts:

    ∂L/∂s_ij = w_ij (∂L/∂w_ij - Σ_k w_ik ∂L/∂w_ik).

Source: Vaswani et al. (2017), "Attention is all you need", section 3.2; Xiao et al. (2024),
"Efficient streaming language models with attention sinks", section 3.3 (a learned sink).
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np


class Norm(eqx.Module):
    """Centres and scales tokens: ``gain (t - mean) / sd + shift``; both [..., width]."""

    gain: jax.Array
    shift: jax.Array

    def __call__(self, tokens: jax.Array) -> jax.Array:
        """Return the tokens [..., width], computed in single precision."""
        wide = tokens.astype(jnp.float32)
        gaps = wide - jnp.mean(wide, axis=-1, keepdims=True)
        variance = jnp.mean(gaps**2, axis=-1, keepdims=True)
        normed = gaps * jax.lax.rsqrt(variance + 1e-6)
        return normed.astype(tokens.dtype) * self.gain + self.shift


class Attention(eqx.Module):
    """Weights: ``read`` [width, 3 * width] makes queries, keys and values, ``write`` the answer.

    ``write`` [width, width] starts at 0. ``sink`` [head].
    """

    norm: Norm
    read: jax.Array
    write: jax.Array
    sink: jax.Array

    def __call__(self, tokens: jax.Array, is_key: jax.Array) -> jax.Array:
        """Return what is added to ``tokens`` [..., place, width].

        Args:
            is_key: of the first places [..., key], which are there as keys; those behind are none.
        """
        # One axis for all that does not attend: products of few axes are the fast ones.
        flat = tokens.reshape(-1, *tokens.shape[-2:])
        is_key = jnp.broadcast_to(is_key, (*tokens.shape[:-2], is_key.shape[-1]))
        is_key = is_key.reshape(-1, 1, 1, is_key.shape[-1])
        num_heads, num_keys, width = self.sink.shape[0], is_key.shape[-1], tokens.shape[-1]
        normed = self.norm(flat)
        queries = _apart(product(normed, self.read[:, :width]), num_heads)
        both = product(normed[:, :num_keys], self.read[:, width:])
        keys, values = (_apart(part, num_heads) for part in jnp.split(both, 2, axis=-1))
        scores = jnp.einsum("thqd,thkd->thqk", queries, keys)
        scores = scores.astype(jnp.float32) * np.float32((width // num_heads) ** -0.5)
        scores = jnp.where(is_key, scores, -jnp.inf)
        weights = _shares(scores, self.sink.astype(jnp.float32)[:, None, None])
        answer = jnp.einsum("thqk,thkd->thqd", weights.astype(tokens.dtype), values)
        return product(jnp.swapaxes(answer, 1, 2).reshape(tokens.shape), self.write)


def product(tokens: jax.Array, matrix: jax.Array) -> jax.Array:
    """Return tokens [..., width] times a matrix [width, other], as one product of matrices."""
    flat = tokens.reshape(-1, tokens.shape[-1]) @ matrix
    return flat.reshape(*tokens.shape[:-1], matrix.shape[-1])


def _apart(tokens: jax.Array, num_heads: int) -> jax.Array:
    """Return tokens [task, place, width] as [task, head, place, width / heads]."""
    return jnp.swapaxes(tokens.reshape(*tokens.shape[:-1], num_heads, -1), 1, 2)


@jax.custom_vjp
def _shares(scores: jax.Array, sink: jax.Array) -> jax.Array:
    """Return the weights [task, head, query, key], which with the sink's [head, 1, 1] sum to 1."""
    top = jnp.maximum(jnp.max(scores, axis=-1, keepdims=True, initial=-jnp.inf), sink)
    heights = jnp.exp(scores - top)
    total = jnp.sum(heights, axis=-1, keepdims=True) + jnp.exp(sink - top)
    return heights / total


def _shares_and_rest(scores: jax.Array, sink: jax.Array) -> tuple[jax.Array, jax.Array]:
    weights = _shares(scores, sink)
    return weights, weights


def _slopes(weights: jax.Array, slope: jax.Array) -> tuple[jax.Array, jax.Array]:
    mean = jnp.sum(slope * weights, axis=-1, keepdims=True)
    of_sink = -mean * (1.0 - jnp.sum(weights, axis=-1, keepdims=True))
    return weights * (slope - mean), jnp.sum(of_sink, axis=(0, 2))[..., None]


_shares.defvjp(_shares_and_rest, _slopes)
