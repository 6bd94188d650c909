"""A set transformer, as `gendsl pfn train` trains it: rows that are known, and rows that are asked.

Sources: Müller et al. (2022), "Transformers can do Bayesian inference"; Vaswani et al. (2017),
"Attention is all you need"; Xiao et al. (2024), "Efficient streaming language models with attention
sinks", section 3.3.
"""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax
import jax.numpy as jnp


def network_outputs(network, x, y, new):
    """What a trained network says at new inputs, given inputs x and what was observed there, y.

    Inputs are lists of arrays [..., column]; rows of the context are along the axis before.
    """
    weights = {name: jnp.asarray(value, float) for name, value in network.items()}
    new = network_columns(new)
    rows = new.reshape(-1, new.shape[-1])
    known = network_tokens(weights, network_columns(x, jnp.shape(y)), y)
    asked = network_tokens(weights, rows)
    for number in range(len(weights["blocks.first"])):
        layer = {k[7:]: v[number] for k, v in weights.items() if k.startswith("blocks.")}
        if "cells.read" in layer:
            known, asked = (t + network_cells(layer, t) for t in (known, asked))
        known, asked = (t + network_attention(layer, "rows.", t, known) for t in (known, asked))
        known, asked = (t + network_units(layer, t) for t in (known, asked))
    final = network_norm(weights, "norm.", asked[0])
    outputs = final @ weights["outputs"] + weights["outputs_bias"]
    return outputs.reshape(*new.shape[:-1], outputs.shape[-1])


def network_columns(parts, shape=()):
    """The inputs beside each other [..., column]; numbers are the same in all rows."""
    parts = [jnp.atleast_1d(jnp.asarray(part, float)) for part in parts]
    shape = jnp.broadcast_shapes(shape, *(part.shape[:-1] for part in parts))
    wide = [jnp.broadcast_to(part, (*shape, part.shape[-1])) for part in parts]
    return jnp.concatenate(wide, axis=-1)


def network_tokens(weights, x, y=None):
    """Tokens [cell, row, width] of rows with inputs x, observed or not: one cell, or one each."""
    count = x.shape[-1]
    values = (x - weights["x_centre"][:count]) / weights["x_unit"][:count]
    angles = values[..., None] * weights["frequencies"]
    plain = [network_tamed(values), jnp.zeros_like(values), jnp.ones_like(values)]
    features = jnp.stack(plain, axis=-1)
    features = jnp.concatenate([features, jnp.sin(angles), jnp.cos(angles)], axis=-1)
    target = weights["unknown"] if y is None else network_target(weights, y)
    target = jnp.broadcast_to(target, (len(x), target.shape[-1]))
    if "blocks.cells.read" in weights:
        cells = jnp.swapaxes(features @ weights["inputs"] + weights["inputs_bias"], 0, 1)
        return jnp.concatenate([target[None], cells])
    flat = features.reshape(len(x), count * features.shape[-1])
    inputs = flat @ weights["inputs"][: flat.shape[-1]] + weights["inputs_bias"]
    return (target + inputs)[None]


def network_target(weights, y):
    """What a token has of a target: of classes which it is, else its size."""
    place = (y - weights["y_centre"]) / weights["y_unit"]
    classes = len(weights["known"])
    if classes == 1:
        known = network_tamed(place)[..., None]
    else:
        known = (jnp.arange(classes) == place[..., None]).astype(float)
    return known @ weights["known"] + weights["known_bias"]


def network_tamed(values):
    """Values that beyond 5 in size grow as a logarithm does."""
    size = jnp.abs(values)
    beyond = 5.0 + jnp.log1p(jnp.maximum(size - 5.0, 0.0))
    return jnp.where(size <= 5.0, values, jnp.sign(values) * beyond)


def network_cells(layer, tokens):
    """What the cells of each row find in each other."""
    by_row = jnp.swapaxes(tokens, 0, 1)
    return jnp.swapaxes(network_attention(layer, "cells.", by_row, by_row), 0, 1)


def network_attention(layer, part, tokens, known):
    """What tokens [..., row, width] find in known ones; a sink takes the rest of the weight."""
    own = {k.removeprefix(part): v for k, v in layer.items() if k.startswith(part)}
    heads, width = len(own["sink"]), tokens.shape[-1]
    queries = network_norm(own, "norm.", tokens) @ own["read"][:, :width]
    both = network_norm(own, "norm.", known) @ own["read"][:, width:]
    queries, keys, values = (
        part.reshape(*part.shape[:-1], heads, -1)
        for part in (queries, *jnp.split(both, 2, axis=-1))
    )
    scores = jnp.einsum("...qhd,...khd->...hqk", queries, keys) / (width // heads) ** 0.5
    sink = jnp.broadcast_to(own["sink"][:, None, None], (*scores.shape[:-1], 1))
    shares = jax.nn.softmax(jnp.concatenate([scores, sink], axis=-1), axis=-1)[..., :-1]
    found = jnp.einsum("...hqk,...khd->...qhd", shares, values)
    return found.reshape(tokens.shape) @ own["write"]


def network_units(layer, tokens):
    """A network of each token by itself."""
    hidden = network_norm(layer, "norm.", tokens) @ layer["first"] + layer["first_bias"]
    return jax.nn.gelu(hidden) @ layer["second"] + layer["second_bias"]


def network_norm(weights, part, tokens):
    """Tokens centred and scaled."""
    gaps = tokens - jnp.mean(tokens, axis=-1, keepdims=True)
    variance = jnp.mean(gaps**2, axis=-1, keepdims=True)
    return gaps * jax.lax.rsqrt(variance + 1e-6) * weights[part + "gain"] + weights[part + "shift"]
