"""An amortised guide around a module: a network reads a row and says where its factors are.

The decoder is the model's own: probabilistic principal components (Tipping and Bishop, 1999), of
which the evidence is known, and the highest evidence that any loadings have.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pyro
import pyro.distributions as dist
import torch
from pyro.infer import SVI, Trace_ELBO
from pyro.nn import PyroModule
from torch import Tensor, nn

import gendsl

ROWS, COLUMNS, COMPONENTS, BATCH = 2_000, 6, 2, 200
STEPS = 800


def simulate(seed: int = 1) -> np.ndarray:
    """Return rows with two factors and noise."""
    rng = np.random.default_rng(seed)
    loading = rng.normal(size=(COMPONENTS, COLUMNS))
    z = rng.normal(size=(ROWS, COMPONENTS))
    return z @ loading + 0.5 * rng.normal(size=(ROWS, COLUMNS))


class Encoder(PyroModule):
    """q(z | x): a normal distribution for each factor of a row."""

    def __init__(self, x: Tensor) -> None:
        super().__init__()
        self.register_buffer("x", x)
        self.hidden = nn.Sequential(nn.Linear(COLUMNS, 32), nn.Tanh())
        self.location = nn.Linear(32, COMPONENTS)
        self.skip = nn.Linear(COLUMNS, COMPONENTS)
        self.log_scale = nn.Linear(32, COMPONENTS)

    def encoded(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return where the factors of some rows are, and how far from there."""
        hidden = self.hidden(x)
        return self.skip(x) + self.location(hidden), torch.exp(self.log_scale(hidden))

    def forward(self) -> None:
        """Draw the factors of the rows of a minibatch: of those that the model then reads."""
        rows = pyro.plate("row", len(self.x), subsample_size=BATCH, dim=-2)
        with rows as row, pyro.plate("component", COMPONENTS, dim=-1):
            pyro.sample("z", dist.Normal(*self.encoded(self.x[row])))


def train(x: np.ndarray, seed: int = 1) -> tuple[nn.Module, Encoder]:
    """Return the model as a module, its loadings trained, and its guide."""
    pyro.clear_param_store()
    pyro.set_rng_seed(seed)
    model = gendsl.compile(Path(__file__).with_name("factors.gen"))
    start = 0.1 * torch.randn(COMPONENTS, COLUMNS)
    module = model.as_module(
        {"x": x},
        sizes={"component": COMPONENTS},
        minibatch={"row": BATCH},
        parameters={"loading": start, "sigma": 1.0},
    )
    encoder = Encoder(module.x).double()
    rate = {"lr": 0.03, "lrd": 0.02 ** (1 / STEPS)}
    svi = SVI(module, encoder, pyro.optim.ClippedAdam(rate), Trace_ELBO())
    for _ in range(STEPS):
        svi.step()
    return module, encoder


def log_evidence(x: np.ndarray, loading: np.ndarray, sigma: float) -> float:
    """Return log p(x): each row is normal, with covariance loading' loading + sigma^2 I."""
    covariance = loading.T @ loading + sigma**2 * np.eye(COLUMNS)
    _, log_volume = np.linalg.slogdet(covariance)
    squares = np.sum(x * np.linalg.solve(covariance, x.T).T)
    return float(-0.5 * (squares + ROWS * (log_volume + COLUMNS * math.log(2 * math.pi))))


def highest_log_evidence(x: np.ndarray) -> float:
    """Return the log evidence at the best loadings: those along the longest principal axes."""
    lengths, axes = np.linalg.eigh(x.T @ x / ROWS)
    rest = lengths[:-COMPONENTS].mean()
    loading = axes[:, -COMPONENTS:] * np.sqrt(lengths[-COMPONENTS:] - rest)
    return log_evidence(x, loading.T, math.sqrt(rest))


def main() -> None:
    """Print the bound that was trained, and what it is a bound of."""
    x = simulate()
    module, encoder = train(x)
    elbo = Trace_ELBO(num_particles=50)
    with torch.no_grad():
        bound = -elbo.loss(module, encoder)
    found = log_evidence(x, module.loading.detach().numpy(), module.sigma.item())
    print(f"bound {bound:.1f}, evidence {found:.1f}, highest {highest_log_evidence(x):.1f}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
