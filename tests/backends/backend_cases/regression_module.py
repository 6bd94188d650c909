"""A regression as a module of torch: its text, its data, and how its density is asked for."""

import numpy as np
import pyro
import torch

TEXT = """\
model regression {
  dim row
  dim group
  dim feature
  data X[row, feature] : real
  data group_of[row] : group
  data exposure[row] : real > 0
  data y[row] : real
  alpha[group] ~ Normal(0, 5) as centred
  beta[feature] ~ Normal(0, 2)
  sigma : real > 0 ~ Exponential(1)
  mu[row] = alpha[group_of] + X @ beta + log(exposure)
  y[row] ~ Normal(mu, sigma)
  predict y_new[row] ~ Normal(mu, sigma)
}
"""

ROWS, GROUPS = 12, 3


def data(rows: int = ROWS, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {
        "X": rng.normal(size=(rows, 2)),
        "group_of": np.arange(rows) % GROUPS,
        "exposure": rng.uniform(1, 2, rows),
        "y": rng.normal(size=rows),
    }


VALUES = {
    "alpha": torch.tensor([0.1, -0.2, 0.3], dtype=torch.float64),
    "beta": torch.tensor([1.0, -0.5], dtype=torch.float64),
    "sigma": torch.tensor(0.8, dtype=torch.float64),
}


def log_density(module, values=VALUES, **given) -> float:
    conditioned = pyro.condition(module, data=values)
    return pyro.poutine.trace(conditioned).get_trace(**given).log_prob_sum().item()


def tensors(values):
    return {name: torch.as_tensor(value) for name, value in values.items()}
