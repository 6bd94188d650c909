"""Gaussian chains x_t = A_t x_{t-1} + q_t, y_t = h_t' x_t + e_t, filtered chunk by chunk."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import math

import torch

# About sqrt(n) chunks of the chain are worked on side by side, on the last axis of an array; what
# a chunk does to the state before it is a Gaussian map, and these maps are joined in order. So
# there are about 2 sqrt(n) steps in all, each of arrays, and the work is linear in n. The maps
# are those of Sarkka & Garcia-Fernandez (2021), Temporal parallelization of Bayesian smoothers.


def chain_product(a, b):
    """Matrices times matrices or vectors, one for each position of the last axis."""
    return (a[:, :, None] * b[None]).sum(1) if b.dim() == 3 else (a * b[None]).sum(1)


def in_chunks(x, fill=0.0):
    """From (n, ...) to (length, ..., chunks), filled up at the end."""
    n = x.shape[0]
    count = max(1, math.isqrt(n))
    length = -(-n // count)
    filler = x.new_full((length * count - n, *x.shape[1:]), fill)
    return torch.cat([x, filler]).reshape(count, length, *x.shape[1:]).movedim(0, -1)


def out_of_chunks(x, n):
    """From (length, ..., chunks) to (n, ...)."""
    x = x.movedim(-1, 0)
    return x.reshape(-1, *x.shape[2:])[:n]


def chain_parts(noise, observed, transition, covariance):
    """A, h, the variance of e and the states' covariance in chunks, and that before each chunk."""
    p = in_chunks(covariance)
    before = torch.cat([torch.zeros_like(p[-1, :, :, :1]), p[-1, :, :, :-1]], -1)
    return (in_chunks(transition), in_chunks(observed), in_chunks(noise, 1.0), p), before


def predicted(spread, before, a, p):
    """A spread A' + Q with Q = P_t - A P_{t-1} A', the noise that keeps the states' covariance."""
    return p + chain_product(chain_product(a, spread - before), a.transpose(0, 1))


def updated(mean, spread, h, noise, y):
    """Mean and covariance of a state after y = h' x + e; the error of y and its variance."""
    gain = (spread * h[None]).sum(1)
    variance = noise + (h * gain).sum(0)
    error = y - (h * mean).sum(0)
    scaled = gain / variance
    mean, spread = mean + scaled * error, spread - gain[:, None] * scaled[None]
    return mean, spread, error, variance, scaled


def chunk_maps(y, parts, before):
    """What each chunk makes of the state before it, which is x.

    Its last state is Normal(slope x + shift, spread), and log p(y | x) = score + info' x - x'
    precision x / 2; the last axis of all is that of chunks.
    """
    m, chunks = before.shape[1:]
    spread = precision = before.new_zeros((m, m, chunks))
    shift = info = before.new_zeros((m, chunks))
    slope, score = torch.eye(m, dtype=before.dtype)[..., None].expand(m, m, chunks), 0.0
    for a, h, noise, p, value in zip(*parts, y, strict=True):
        spread, before = predicted(spread, before, a, p), p
        shift, slope = chain_product(a, shift), chain_product(a, slope)
        shift, spread, error, variance, scaled = updated(shift, spread, h, noise, value)
        seen = (h[:, None] * slope).sum(0)
        slope = slope - scaled[:, None] * seen[None]
        precision = precision + seen[:, None] * (seen / variance)[None]
        info = info + seen * (error / variance)
        score = score - 0.5 * (error**2 / variance + torch.log(variance))
    return slope, shift, spread, precision, info, score


def chunk_starts(maps):
    """Mean and covariance of the state before each chunk, and log p(y) but for a constant."""
    m = maps[0].shape[0]
    mean, spread, total = maps[0].new_zeros(m), maps[0].new_zeros((m, m)), 0.0
    means, spreads = [], []
    for slope, shift, own, precision, info, score in zip(
        *(x.movedim(-1, 0) for x in maps), strict=True
    ):
        means.append(mean)
        spreads.append(spread)
        left = torch.eye(m, dtype=slope.dtype) + precision @ spread
        error = info - precision @ mean
        move = spread @ torch.linalg.solve(left, error)
        total = total + score + (info + error) @ mean / 2 + error @ move / 2
        total = total - 0.5 * torch.linalg.slogdet(left)[1]
        after = slope @ spread @ torch.linalg.solve(left, slope.mT) + own
        mean, spread = slope @ (mean + move) + shift, (after + after.mT) / 2
    return torch.stack(means, -1), torch.stack(spreads, -1), total


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
    mean, spread, _ = chunk_starts(chunk_maps(y_parts, parts, before))
    found = []
    for a, h, left, p, value in zip(*parts, y_parts, strict=True):
        spread, before = predicted(spread, before, a, p), p
        mean = chain_product(a, mean)
        after, rest, error, variance, _ = updated(mean, spread, h, left, value)
        found.append((mean, spread, error, variance))
        mean, spread = after, rest
    return tuple(out_of_chunks(torch.stack(x), len(y)) for x in zip(*found, strict=True))


def chain_recursion(matrix, shift):
    """x_t = M_t x_{t-1} + s_t at every t, from x = 0."""
    a, s = in_chunks(matrix), in_chunks(shift)
    m, chunks = a.shape[1], a.shape[-1]
    slope, end = torch.eye(m, dtype=a.dtype)[..., None].expand(m, m, chunks), a.new_zeros(m, chunks)
    for now, added in zip(a, s, strict=True):
        slope, end = chain_product(now, slope), chain_product(now, end) + added
    x, starts = a.new_zeros(m), []
    for one, last in zip(slope.movedim(-1, 0), end.movedim(-1, 0), strict=True):
        starts.append(x)
        x = one @ x + last
    x, values = torch.stack(starts, -1), []
    for now, added in zip(a, s, strict=True):
        x = chain_product(now, x) + added
        values.append(x)
    return out_of_chunks(torch.stack(values), len(matrix))


def chain_times_white(white, noise, observed, transition, covariance):
    """L w, with L the Cholesky factor of the covariance of y, in linear time."""
    noise = torch.as_tensor(noise).expand(white.shape)
    _, spread, _, variance = chain_filter(
        torch.zeros_like(white), noise, observed, transition, covariance
    )
    gain = (spread * observed[:, None, :]).sum(-1)
    moved = gain * (white / torch.sqrt(variance))[:, None]
    moved = torch.cat([torch.zeros_like(moved[:1]), moved[:-1]])
    states = chain_recursion(transition, (transition * moved[:, None, :]).sum(-1))
    return (observed * states).sum(-1) + torch.sqrt(variance) * white


def chain_smoother(y, noise, observed, transition, covariance):
    """The mean of each state given all of y (de Jong 1989, eq. 2.6-2.8), in linear time."""
    mean, spread, error, variance = chain_filter(y, noise, observed, transition, covariance)
    gain = (spread * observed[:, None, :]).sum(-1)
    own = torch.eye(gain.shape[-1], dtype=gain.dtype)
    left = own - (gain / variance[:, None])[:, :, None] * observed[:, None, :]
    after = torch.cat([transition[1:], torch.zeros_like(transition[:1])])
    pull = observed * (error / variance)[:, None]
    pull = chain_recursion((after @ left).mT.flip(0), pull.flip(0)).flip(0)
    return mean + (spread * pull[:, None, :]).sum(-1)
