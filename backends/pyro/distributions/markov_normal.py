"""Functions with Markovian kernels: observed with noise, and drawn given what is known of them."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist
import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.distributions.markov_chain import (
    chain_log_density,
    chain_smoother,
    chain_times_white,
)


class MarkovNormal(dist.TorchDistribution):
    """loc + coefficient * f + noise, the function f being observed' x of a chain of states x.

    `order` puts the points in order; `transition` and `covariance` are those of the states at the
    ordered points. All is linear in the number of points.
    """

    arg_constraints = {}
    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self, loc, scale, coefficient, order, observed, transition, covariance, *,
        validate_args=None,
    ):  # fmt: skip
        n = order.shape[0]
        self.loc, self.scale, self.coefficient = (
            torch.as_tensor(x, dtype=transition.dtype).expand((n,))
            for x in (loc, scale, coefficient)
        )
        self.order, self.observed = order.long(), torch.as_tensor(observed)
        self.transition, self.covariance = transition, covariance
        super().__init__(torch.Size(), torch.Size((n,)), validate_args=validate_args)

    def chain(self):
        """What the functions of chains take after the values."""
        observed = self.coefficient[self.order][:, None] * self.observed
        return self.scale[self.order] ** 2, observed, self.transition, self.covariance

    def log_prob(self, value):
        chain, residual = self.chain(), (value - self.loc)[..., self.order]
        if residual.dim() == 1:
            return chain_log_density(residual, *chain)
        rows = residual.reshape(-1, residual.shape[-1])
        return torch.stack([chain_log_density(y, *chain) for y in rows]).reshape(value.shape[:-1])

    def rsample(self, sample_shape=()):
        chain = self.chain()
        white = self.transition.new_empty((*sample_shape, *self.event_shape)).normal_()
        rows = white.reshape(-1, white.shape[-1])
        drawn = torch.stack([chain_times_white(w, *chain) for w in rows])
        places = self.order.expand(drawn.shape)
        drawn = torch.zeros_like(drawn).scatter(-1, places, drawn)
        return self.loc + drawn.reshape(white.shape)


class MarkovConditional(dist.TorchDistribution):
    """loc + f at the last points of a chain, given residual = coefficient * f + noise at the first.

    Where there are as many residuals as points, the function is drawn at those. A draw of all is
    corrected by the mean of its error (Durbin & Koopman 2002). `jitter` is a standard deviation.
    """

    arg_constraints = {}
    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self, loc, residual, scale, coefficient, jitter, order, observed, transition, covariance, *,
        validate_args=None,
    ):  # fmt: skip
        self.loc, self.residual, known = loc, residual, residual.shape[0]
        self.scale, self.coefficient = (
            torch.as_tensor(x, dtype=transition.dtype).expand((known,))
            for x in (scale, coefficient)
        )
        self.jitter, self.order, self.observed = jitter, order.long(), torch.as_tensor(observed)
        self.transition, self.covariance = transition, covariance
        super().__init__(torch.Size(), loc.shape, validate_args=validate_args)

    def values(self, white, noise):
        """What standard normal values come to: one for each point, one for each residual."""
        n, known = self.order.shape[0], self.residual.shape[0]
        one = self.observed.expand((n, len(self.observed)))
        model = (self.transition, self.covariance)
        prior = chain_times_white(white[self.order], self.jitter**2, one, *model)
        drawn = torch.zeros_like(prior).scatter(0, self.order, prior)
        # What is drawn has the jitter in it, which is a part of the noise then.
        left = self.scale**2 - (self.coefficient * self.jitter) ** 2
        noise = torch.sqrt(left.clamp(min=0.0)) * noise
        error = self.residual - self.coefficient * drawn[:known] - noise
        # A point where nothing is known is one with the coefficient 0.
        none = drawn.new_zeros(n - known)
        error = torch.cat([error, none])[self.order]
        scale = torch.cat([self.scale, none + 1.0])[self.order]
        seen = torch.cat([self.coefficient, none])[self.order][:, None] * one
        moved = chain_smoother(error, scale**2, seen, *model) @ self.observed
        drawn = drawn + torch.zeros_like(moved).scatter(0, self.order, moved)
        return self.loc + drawn[n - self.event_shape[0] :]

    def rsample(self, sample_shape=()):
        n, known = self.order.shape[0], self.residual.shape[0]
        white = self.transition.new_empty((*sample_shape, n)).normal_().reshape(-1, n)
        noise = self.transition.new_empty((*sample_shape, known)).normal_().reshape(-1, known)
        drawn = torch.stack([self.values(w, e) for w, e in zip(white, noise, strict=True)])
        return drawn.reshape(*sample_shape, *self.event_shape)

    @property
    def mean(self):
        """The mean given what is known."""
        zeros = self.transition.new_zeros
        return self.values(zeros(self.order.shape[0]), zeros(self.residual.shape[0]))
