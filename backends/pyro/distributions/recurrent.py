"""A series that refers to its own past."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import math

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints


class Recurrent(dist.TorchDistribution):
    """A series along `axis`: `starts` draw its first positions, `step` each later one.

    `step(x[t - 1], ..., x[t - lags], *inputs[t])` is the distribution of x[t]. The starts have the
    positions on their first batch axis, and so do the inputs, from the first step on. Where the
    first positions are numbers, `before`, not draws, the series begins after them. The density of
    all steps is evaluated at once; only drawing runs one after the other.
    """

    arg_constraints = {}

    def __init__(
        self, starts, step, length, *, lags=1, inputs=(), before=None, axis=0, validate_args=None
    ):
        self.starts, self.step, self.inputs = tuple(starts), step, tuple(inputs)
        self.before, self.lags, self.axis = before, lags, axis
        first = [start.batch_shape for start in self.starts] or [before.shape]
        self.head = sum(shape[0] for shape in first)
        self.rest = first[0][1:]
        count = length if before is None else length - self.head
        shape = (*self.rest[:axis], count, *self.rest[axis:])
        super().__init__((), shape, validate_args=validate_args)

    @property
    def support(self):
        if self.starts:
            return constraints.independent(self.starts[0].support, len(self.event_shape))
        past = [self.before[-k] for k in range(1, self.lags + 1)]
        step = self.step(*past, *(rows[0] for rows in self.inputs))
        return constraints.independent(step.support, len(self.event_shape))

    def log_prob_by_position(self, value):
        """The log density of each entry given its past."""
        value = value.movedim(self.axis, 0)
        parts, place = [], 0
        for start in self.starts:
            stop = place + start.batch_shape[0]
            parts.append(start.log_prob(value[place:stop]))
            place = stop
        whole = value if self.before is None else torch.cat([self.before, value])
        past = [whole[self.head - k : len(whole) - k] for k in range(1, self.lags + 1)]

        def log_density(now, past, inputs):
            return self.step(*past, *inputs).log_prob(now).expand(self.rest)

        if len(whole) > self.head:
            # values are not checked here: what a check finds could not be read off all steps
            with pyro.validation_enabled(False):
                log_densities = torch.vmap(log_density)
                parts.append(log_densities(whole[self.head :], past, self.inputs))
        return torch.cat(parts).movedim(0, self.axis)

    def log_prob(self, value):
        return self.log_prob_by_position(value).sum()

    def sample_unknown(self, value, is_known):
        """A draw of the entries that are not known, each given its past."""
        value = value.movedim(self.axis, 0)
        is_known = torch.as_tensor(is_known).expand(self.event_shape).movedim(self.axis, 0)
        if self.starts:
            drawn = torch.cat([start.sample() for start in self.starts])
            first = torch.where(is_known[: self.head], value[: self.head].to(drawn.dtype), drawn)
            value, is_known = value[self.head :], is_known[self.head :]
        else:
            first = self.before
        series = list(first)
        for t in range(len(value)):
            past = [series[-k] for k in range(1, self.lags + 1)]
            new = self.step(*past, *(rows[t] for rows in self.inputs)).expand(self.rest).sample()
            series.append(torch.where(is_known[t], value[t].to(first.dtype), new.to(first.dtype)))
        drawn = series if self.starts else series[self.head :]
        return torch.stack(drawn).movedim(0, self.axis)

    def sample(self, sample_shape=()):
        with torch.no_grad():
            nothing = torch.zeros(self.event_shape)
            draws = [self.sample_unknown(nothing, False) for _ in range(math.prod(sample_shape))]
            return torch.stack(draws).reshape(*sample_shape, *self.event_shape)
