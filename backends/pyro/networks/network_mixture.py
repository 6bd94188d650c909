"""The predictive distribution of a trained network whose head is a mixture of normals."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch

from gendsl.backends.pyro.networks.network_outputs import network_number, network_outputs


def network_mixture(network, x, y, new):
    """The mixture of normals that a trained network predicts at new inputs, given x and y."""
    logits, shifts, logs = network_outputs(network, x, y, new).chunk(3, -1)
    count = logits.shape[-1]
    centres = torch.special.ndtri((torch.arange(count, dtype=logits.dtype) + 0.5) / count)
    between = (1.0 - (centres**2).mean()).sqrt()
    scales = between * logs.clamp(-12.0, 12.0).exp() + 1e-4
    centre, unit = network_number(network["y_centre"]), network_number(network["y_unit"])
    normals = dist.Normal(centre + unit * (shifts + centres), unit * scales)
    return dist.MixtureSameFamily(dist.Categorical(logits=logits), normals)
