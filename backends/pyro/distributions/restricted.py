"""A density on a joint support, up to a constant."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist


class Restricted(dist.TorchDistribution):
    """The density of `base` on the points of `support`, not normalised.

    Only where the constant does not depend on what is inferred. It cannot be drawn from.
    """

    arg_constraints = {}
    can_sample = False

    def __init__(self, base, support, *, validate_args=None):
        self.base, self._support = base, support
        super().__init__(base.batch_shape, base.event_shape, validate_args=validate_args)

    @property
    def support(self):
        return self._support

    def log_prob(self, value):
        return self.base.log_prob(value)
