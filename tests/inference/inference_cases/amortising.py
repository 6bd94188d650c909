"""A conjugate prior of tasks: y ~ Normal(mu, 1) with mu ~ Normal(0, 1), and an input of no use."""

import jax
import jax.numpy as jnp

from gendsl.inference.amortised import Design, Joint, Mixture, Settings, Tasks

ROWS, TASKS = 12, 32

DESIGN = Design(
    layers=2, width=16, attention_heads=2, expansion=2, frequencies=0, head=Mixture(1),
    joint=Joint(1, num_layers=1, hidden=8, num_bins=4),
)  # fmt: skip
SETTINGS = Settings(steps=1500, rate=4e-3, warm_up=0.1, average=0.99)


def sampler(key: jax.Array) -> Tasks:
    """Draw tasks; the latent quantity is mu."""
    key_mu, key_y, key_x = jax.random.split(key, 3)
    mu = jax.random.normal(key_mu, (TASKS,), jnp.float32)
    y = mu[:, None] + jax.random.normal(key_y, (TASKS, ROWS), jnp.float32)
    x = jax.random.normal(key_x, (TASKS, ROWS, 1), jnp.float32)
    return Tasks(x, y, jnp.ones(TASKS, jnp.int32), mu[:, None], jnp.ones(TASKS, bool))
