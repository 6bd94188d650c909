"""Models that a network proposes for, and the closed form of their evidence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from pfn_cases import NETWORK
from scipy.special import gammaln

from gendsl.api.inference_posterior import Posterior, posterior_of
from gendsl.api.lowering import lower, transform
from gendsl.api.model import Model
from gendsl.api.runtime import computing
from gendsl.inference.amortised import Tasks

CONJUGATE = f"""\
model lines {{
  dim row
  dim k = 2
  data x[row] : real
  data y[row] : real
  v ~ InverseGamma(3, 2e4)
  beta[k] ~ Normal(0, sqrt(v))
  y[row] ~ Normal(beta[0] + beta[1] * x, sqrt(v))
}}
pfn robust {{
  prior   = lines
  predict   y, v, beta given x
  rows    = 2..8
  inputs  = x ~ Uniform(-1, 1)
  network = {NETWORK}, head = mixture(2), joint = flow(layers = 1, width = 4, bins = 4))
}}
infer exact = importance(proposal = robust, draws = 1000) >> resample(300)
infer begun = nuts(init = robust, chains = 6, warmup = 100, draws = 50, superchains = 3)
"""
WIDER = CONJUGATE.replace("  y[row] ~", "  shift ~ Normal(0, 1)\n  y[row] ~").replace(
    "* x", "* x + shift"
)
"""A model that has a latent more than the network's prior."""
X = np.array([-0.8, -0.3, 0.0, 0.4, 0.9])
Y = 100 * np.array([0.1, 0.4, 0.2, 1.0, 0.7])
DATA = {"x": X, "y": Y}


def conjugate_tasks(count: int, seed: int) -> Tasks:
    """Data of `robust`, with its latents in the coordinates of its prior: log v and beta."""
    rng = np.random.default_rng(seed)
    v = 2e4 / rng.gamma(3.0, 1.0, (count, 1))
    beta = rng.standard_normal((count, 2)) * np.sqrt(v)
    x = rng.uniform(-1, 1, (count, 8))
    y = beta[:, :1] + beta[:, 1:] * x + np.sqrt(v) * rng.standard_normal((count, 8))
    parts = x[..., None], y, np.ones(count), np.hstack([np.log(v), beta])
    types = np.float32, np.float32, np.int32, np.float32
    arrays = (part.astype(kind) for part, kind in zip(parts, types, strict=True))
    return Tasks(*arrays, np.ones(count, bool))  # type: ignore[arg-type]


def conjugate_evidence(x: np.ndarray, y: np.ndarray) -> float:
    """log p(y | x) of `lines`: v ~ InverseGamma(a, b), beta ~ Normal(0, v), y ~ Normal(X beta, v).

    With L = I + X'X and m = L^-1 X'y it is log b^a G(a + n/2) / (G(a) (2 pi)^(n/2) |L|^(1/2))
    - (a + n/2) log(b + (y'y - m'L m) / 2).
    """
    a, b, n = 3.0, 2e4, len(y)
    design = np.column_stack([np.ones(n), x])
    precision = np.eye(2) + design.T @ design
    mean = np.linalg.solve(precision, design.T @ y)
    rest = b + 0.5 * (y @ y - mean @ precision @ mean)
    constant = a * np.log(b) - gammaln(a) + gammaln(a + n / 2) - 0.5 * n * np.log(2 * np.pi)
    return float(constant - 0.5 * np.linalg.slogdet(precision)[1] - (a + n / 2) * np.log(rest))


@contextmanager
def posterior(model: Model, data: dict[str, Any]) -> Iterator[Posterior]:
    """What draws are made of, in the precision of fits."""
    bound = model.bind(data)
    program = transform(model.program, sizes=bound.sizes)
    with computing("double", None):
        yield posterior_of(program, lower(program).bind(bound), bound)
