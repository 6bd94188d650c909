"""Finite mixtures, of one family or of several."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch

from gendsl.backends.pyro.distributions.broadcast_reals import broadcast_reals
from gendsl.backends.pyro.distributions.within_support import log_prob_within


class Mixture(dist.TorchDistribution):
    """Draws from component k with probability `weights[..., k]`.

    `component` is one distribution whose last batch axis is k, or a list of distributions, of which
    the first has the widest support.
    """

    arg_constraints = {}

    def __init__(self, weights, component, *, validate_args=None):
        (self.weights,), self.component = broadcast_reals(weights), component
        parts = component if self.is_list else [component]
        shapes = [p.batch_shape for p in parts] if self.is_list else [component.batch_shape[:-1]]
        batch_shape = torch.broadcast_shapes(self.weights.shape[:-1], *shapes)
        super().__init__(batch_shape, parts[0].event_shape, validate_args=validate_args)

    @property
    def is_list(self):
        return isinstance(self.component, list | tuple)

    @property
    def support(self):
        return self.component[0].support if self.is_list else self.component.support

    def component_log_probs(self, value):
        """The log density of each component, on the last axis."""
        if self.is_list:
            shape = torch.broadcast_shapes(value.shape, self.batch_shape + self.event_shape)
            value = value.expand(shape)
            return torch.stack([log_prob_within(c, value) for c in self.component], -1)
        return log_prob_within(self.component, value.unsqueeze(-1 - self.event_dim))

    def log_prob(self, value):
        logs = torch.where(self.weights > 0, self.component_log_probs(value), -torch.inf)
        top = logs.detach().amax(-1, keepdim=True)
        top = torch.where(torch.isfinite(top), top, 0.0)
        total = (self.weights * torch.exp(logs - top)).sum(-1)
        is_nothing = total == 0
        some = torch.log(torch.where(is_nothing, 1.0, total)) + top[..., 0]
        return torch.where(is_nothing, -torch.inf, some)

    def component_stack(self, evaluate):
        """evaluate(component), each component on the axis before the event."""
        axis = -1 - self.event_dim
        if self.is_list:
            return torch.stack([evaluate(c.expand(self.batch_shape)) for c in self.component], axis)
        return evaluate(self.component.expand(self.batch_shape + self.weights.shape[-1:]))

    def sample(self, sample_shape=()):
        with torch.no_grad():
            weights = self.weights.expand(self.batch_shape + self.weights.shape[-1:])
            chosen = torch.distributions.Categorical(weights).sample(sample_shape)
            draws = self.component_stack(lambda c: c.sample(sample_shape))
            axis = -1 - self.event_dim
            index = chosen.reshape(chosen.shape + (1,) * -axis)
            return torch.take_along_dim(draws, index, axis).squeeze(axis)

    @property
    def mean(self):
        weights = self.weights[(..., *[None] * self.event_dim)]
        return (weights * self.component_stack(lambda c: c.mean)).sum(-1 - self.event_dim)

    @property
    def variance(self):
        weights = self.weights[(..., *[None] * self.event_dim)]
        second = self.component_stack(lambda c: c.variance + c.mean**2)
        return (weights * second).sum(-1 - self.event_dim) - self.mean**2
