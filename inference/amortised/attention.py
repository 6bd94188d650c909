"""Attention along one axis of tokens, with keys that are there and keys that are not.

    o_i = Σ_j w_ij v_j,  w_ij = exp(s_ij) / (exp(a) + Σ_k exp(s_ik)),  s_ij = q_i · k_j / √d

over the keys j that are there. The learned ``a`` of each head is the score of a key whose value is
0: without any key the answer is 0, and the weights tell how many keys there are, which a mean does
not and a posterior needs.

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
        num_heads, num_keys = self.sink.shape[0], is_key.shape[-1]
        width = tokens.shape[-1]
        normed = self.norm(tokens)
        queries = _apart(normed @ self.read[:, :width], num_heads)
        both = normed[..., :num_keys, :] @ self.read[:, width:]
        keys, values = (_apart(part, num_heads) for part in jnp.split(both, 2, axis=-1))
        scores = jnp.einsum("...qhd,...khd->...hqk", queries, keys)
        scores = scores.astype(jnp.float32) * np.float32((width // num_heads) ** -0.5)
        weights = _shares(scores, is_key[..., None, None, :], self.sink[:, None, None])
        answer = jnp.einsum("...hqk,...khd->...qhd", weights.astype(tokens.dtype), values)
        return answer.reshape(tokens.shape) @ self.write


def _apart(tokens: jax.Array, num_heads: int) -> jax.Array:
    return tokens.reshape(*tokens.shape[:-1], num_heads, -1)


def _shares(scores: jax.Array, is_key: jax.Array, sink: jax.Array) -> jax.Array:
    """Return the weights [..., query, key], which with the sink's sum to 1."""
    sink = sink.astype(jnp.float32)
    scores = jnp.where(is_key, scores, -jnp.inf)
    top = jnp.maximum(jnp.max(scores, axis=-1, keepdims=True, initial=-jnp.inf), sink)
    top = jax.lax.stop_gradient(top)
    heights = jnp.exp(scores - top)
    total = jnp.sum(heights, axis=-1, keepdims=True) + jnp.exp(sink - top)
    return heights / total
