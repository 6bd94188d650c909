"""Gaussian chains x_t = A_t x_{t-1} + q_t, y_t = h_t' x_t + e_t, filtered chunk by chunk."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import math

import jax
import jax.numpy as jnp

# About sqrt(n) chunks of the chain are worked on side by side, on the last axis of an array; what
# a chunk does to the state before it is a Gaussian map, and these maps are joined in order. So
# there are about 2 sqrt(n) steps in all, each of arrays, and the work is linear in n. The maps
# are those of Sarkka & Garcia-Fernandez (2021), Temporal parallelization of Bayesian smoothers.


def chain_product(a, b):
    """Matrices times matrices or vectors, one for each position of the last axis."""
    # Written as a sum of outer products, it is one loop over the last axis, of long vectors.
    parts = range(a.shape[1])
    return sum(a[:, k, None] * b[k] if b.ndim == 3 else a[:, k] * b[k] for k in parts)


def in_chunks(x, fill=0.0):
    """From (n, ...) to (length, ..., chunks), filled up at the end."""
    n = x.shape[0]
    count = max(1, math.isqrt(n))
    length = -(-n // count)
    filler = jnp.full((length * count - n, *x.shape[1:]), fill, x.dtype)
    return jnp.moveaxis(jnp.concatenate([x, filler]).reshape(count, length, *x.shape[1:]), 0, -1)


def out_of_chunks(x, n):
    """From (length, ..., chunks) to (n, ...)."""
    x = jnp.moveaxis(x, -1, 0)
    return x.reshape(-1, *x.shape[2:])[:n]


def chain_parts(noise, observed, transition, covariance):
    """A, h, the variance of e and the states' covariance in chunks, and that before each chunk."""
    p = in_chunks(covariance)
    before = jnp.concatenate([jnp.zeros_like(p[-1, :, :, :1]), p[-1, :, :, :-1]], -1)
    return (in_chunks(transition), in_chunks(observed), in_chunks(noise, 1.0), p), before


def predicted(spread, before, a, p):
    """A spread A' + Q with Q = P_t - A P_{t-1} A', the noise that keeps the states' covariance."""
    return p + chain_product(chain_product(a, spread - before), jnp.swapaxes(a, 0, 1))


def updated(mean, spread, h, noise, y):
    """Mean and covariance of a state after y = h' x + e; the error of y and its variance."""
    gain = chain_product(spread, h)
    variance = noise + chain_product(h[None], gain)[0]
    error = y - chain_product(h[None], mean)[0]
    scaled = gain / variance
    mean, spread = mean + scaled * error, spread - gain[:, None] * scaled[None]
    return mean, spread, error, variance, scaled


def chunk_maps(y, parts, before):
    """What each chunk makes of the state before it, which is x.

    Its last state is Normal(slope x + shift, spread), and log p(y | x) = score + info' x - x'
    precision x / 2; the last axis of all is that of chunks.
    """
    m, chunks = before.shape[1:]

    def step(carry, row):
        slope, shift, spread, precision, info, score, before = carry
        (a, h, noise, p), y = row
        spread = predicted(spread, before, a, p)
        shift, slope = chain_product(a, shift), chain_product(a, slope)
        shift, spread, error, variance, scaled = updated(shift, spread, h, noise, y)
        seen = chain_product(h[None], slope)[0]
        slope = slope - scaled[:, None] * seen[None]
        precision = precision + seen[:, None] * (seen / variance)[None]
        info = info + seen * (error / variance)
        score = score - 0.5 * (error**2 / variance + jnp.log(variance))
        return (slope, shift, spread, precision, info, score, p), None

    matrix, vector = jnp.zeros((m, m, chunks)), jnp.zeros((m, chunks))
    slope = jnp.broadcast_to(jnp.eye(m)[..., None], matrix.shape)
    first = (slope, vector, matrix, matrix, vector, jnp.zeros(chunks), before)
    return jax.lax.scan(jax.checkpoint(step), first, (parts, y))[0][:-1]


def chunk_starts(maps):
    """Mean and covariance of the state before each chunk, and log p(y) but for a constant."""

    def step(carry, row):
        mean, spread = carry
        slope, shift, own, precision, info, score = row
        left = jnp.eye(len(mean)) + precision @ spread
        error = info - precision @ mean
        move = spread @ jnp.linalg.solve(left, error)
        score = score + (info + error) @ mean / 2 + error @ move / 2
        score = score - 0.5 * jnp.linalg.slogdet(left)[1]
        after = slope @ spread @ jnp.linalg.solve(left, slope.T) + own
        return (slope @ (mean + move) + shift, (after + after.T) / 2), (mean, spread, score)

    m = maps[0].shape[0]
    first = (jnp.zeros(m), jnp.zeros((m, m)))
    rows = tuple(jnp.moveaxis(x, -1, 0) for x in maps)
    means, spreads, scores = jax.lax.scan(step, first, rows)[1]
    return jnp.moveaxis(means, 0, -1), jnp.moveaxis(spreads, 0, -1), scores.sum()


def chain_log_density(y, noise, observed, transition, covariance):
    """The log density of y, in linear time.

    `covariance` are those of the states, `noise` the variances of e.
    """
    parts, before = chain_parts(noise, observed, transition, covariance)
    score = chunk_starts(chunk_maps(in_chunks(y), parts, before))[2]
    return score - 0.5 * len(y) * math.log(2 * math.pi)


def chain_filter(y, noise, observed, transition, covariance):
    """At each point, given those before: mean and covariance of the state, error of y, variance."""
    parts, before = chain_parts(noise, observed, transition, covariance)
    y_parts = in_chunks(y)
    means, spreads, _ = chunk_starts(chunk_maps(y_parts, parts, before))

    def step(carry, row):
        mean, spread, before = carry
        (a, h, noise, p), y = row
        spread = predicted(spread, before, a, p)
        mean = chain_product(a, mean)
        after, rest, error, variance, _ = updated(mean, spread, h, noise, y)
        return (after, rest, p), (mean, spread, error, variance)

    found = jax.lax.scan(jax.checkpoint(step), (means, spreads, before), (parts, y_parts))[1]
    return tuple(out_of_chunks(x, len(y)) for x in found)


def chain_recursion(matrix, shift):
    """x_t = M_t x_{t-1} + s_t at every t, from x = 0."""
    a, s = in_chunks(matrix), in_chunks(shift)

    def step(carry, row):
        slope, x = carry
        a, s = row
        x = chain_product(a, x) + s
        return (chain_product(a, slope), x), x

    def join(x, row):
        slope, end = row
        return slope @ x + end, x

    m, chunks = a.shape[1], a.shape[-1]
    slope = jnp.broadcast_to(jnp.eye(m)[..., None], (m, m, chunks))
    (slope, end), _ = jax.lax.scan(step, (slope, jnp.zeros((m, chunks))), (a, s))
    rows = (jnp.moveaxis(slope, -1, 0), jnp.moveaxis(end, -1, 0))
    starts = jnp.moveaxis(jax.lax.scan(join, jnp.zeros(m), rows)[1], 0, -1)
    values = jax.lax.scan(step, (slope, starts), (a, s))[1]
    return out_of_chunks(values, len(matrix))


def chain_times_white(white, noise, observed, transition, covariance):
    """L w, with L the Cholesky factor of the covariance of y, in linear time."""
    noise = jnp.broadcast_to(noise, white.shape)
    _, spread, _, variance = chain_filter(
        jnp.zeros_like(white), noise, observed, transition, covariance
    )
    gain = (spread * observed[:, None, :]).sum(-1)
    moved = gain * (white / jnp.sqrt(variance))[:, None]
    moved = jnp.concatenate([jnp.zeros_like(moved[:1]), moved[:-1]])
    states = chain_recursion(transition, (transition * moved[:, None, :]).sum(-1))
    return (observed * states).sum(-1) + jnp.sqrt(variance) * white


def chain_smoother(y, noise, observed, transition, covariance):
    """The mean of each state given all of y (de Jong 1989, eq. 2.6-2.8), in linear time."""
    mean, spread, error, variance = chain_filter(y, noise, observed, transition, covariance)
    gain = (spread * observed[:, None, :]).sum(-1)
    left = jnp.eye(gain.shape[-1]) - (gain / variance[:, None])[:, :, None] * observed[:, None, :]
    after = jnp.concatenate([transition[1:], jnp.zeros_like(transition[:1])])
    back = (after[:, :, :, None] * left[:, None]).sum(2)
    pull = observed * (error / variance)[:, None]
    pull = chain_recursion(jnp.swapaxes(back, 1, 2)[::-1], pull[::-1])[::-1]
    return mean + (spread * pull[:, None, :]).sum(-1)
