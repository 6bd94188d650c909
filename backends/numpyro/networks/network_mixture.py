"""The predictive distribution of a trained network whose head is a mixture of normals."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp
import numpyro.distributions as dist
from jax.scipy import special

from gendsl.backends.numpyro.networks.network_outputs import network_outputs


def network_mixture(network, x, y, new):
    """The mixture of normals that a trained network predicts at new inputs, given x and y."""
    logits, shifts, logs = jnp.split(network_outputs(network, x, y, new), 3, axis=-1)
    count = logits.shape[-1]
    centres = special.ndtri((jnp.arange(count) + 0.5) / count)
    between = jnp.sqrt(1.0 - jnp.mean(centres**2))
    scales = between * jnp.exp(jnp.clip(logs, -12.0, 12.0)) + 1e-4
    centre, unit = network["y_centre"].astype(float), network["y_unit"].astype(float)
    normals = dist.Normal(centre + unit * (shifts + centres), unit * scales)
    return dist.MixtureSameFamily(dist.Categorical(logits=logits), normals)
