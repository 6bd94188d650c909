"""Priors of the tests of trained networks, and data of them drawn without a compiled sampler."""

from __future__ import annotations

import numpy as np

from gendsl.inference.amortised import Tasks

NETWORK = "transformer(layers = 1, width = 8, heads = 1, expansion = 1, features = raw"
LINES = f"""\
model lines {{
  dim row, col = 1..2
  data X[row, col] : real
  data y[row] : real
  tau ~ HalfNormal(1)
  sigma ~ HalfNormal(1)
  beta[col] ~ Normal(0, tau)
  y[row] ~ Normal(X @ beta, sigma)
}}
pfn line {{
  prior   = lines
  predict   y given X, tau
  rows    = 2..8
  inputs  = X ~ Uniform(-1, 1), tau ~ Uniform(0.1, 2)
  network = {NETWORK}, head = mixture(2))
  train   = adam(steps = 20, batch = 16, rate = 1e-3)
}}
"""
SPECIES = f"""\
model species {{
  dim row
  data length[row] : real > 0
  data kind[row] : bool
  cut ~ LogNormal(0, 1)
  kind[row] ~ Bernoulli(logit = 3 * (length - cut))
}}
pfn two_kinds {{
  prior   = species
  predict   kind given length
  rows    = 2..8
  inputs  = length ~ Gamma(2, 2)
  network = {NETWORK})
  train   = adam(steps = 20, batch = 16)
}}
"""


def lines_of(count: int, seed: int) -> Tasks:
    """Data of `line`."""
    rng = np.random.default_rng(seed)
    tau, sigma = rng.uniform(0.1, 2, (count, 1, 1)), np.abs(rng.standard_normal((count, 1)))
    columns = rng.integers(1, 3, count)
    is_there = np.arange(2) < columns[:, None, None]
    x = rng.uniform(-1, 1, (count, 8, 2)) * is_there
    beta = rng.standard_normal((count, 1, 2)) * tau
    y = (x * beta).sum(axis=-1) + sigma * rng.standard_normal((count, 8))
    whole = np.concatenate([np.broadcast_to(tau, (count, 8, 1)), x], axis=-1)
    return _tasks(whole, y, columns + 1)


def species_of(count: int, seed: int) -> Tasks:
    """Data of `two_kinds`."""
    rng = np.random.default_rng(seed)
    cut, length = np.exp(rng.standard_normal((count, 1))), rng.gamma(2, 0.5, (count, 8))
    kind = rng.random((count, 8)) < 1 / (1 + np.exp(-3 * (length - cut)))
    return _tasks(length[..., None], kind, np.ones(count))


def _tasks(x: np.ndarray, y: np.ndarray, columns: np.ndarray) -> Tasks:
    none, is_valid = np.zeros((len(y), 0), np.float32), np.ones(len(y), bool)
    arrays = x.astype(np.float32), y.astype(np.float32), columns.astype(np.int32)
    return Tasks(*arrays, none, is_valid)  # type: ignore[arg-type]
