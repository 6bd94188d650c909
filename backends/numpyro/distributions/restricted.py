"""A density on a joint support, up to a constant."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import numpyro.distributions as dist


class Restricted(dist.Distribution):
    """The density of `base` on the points of `support`, not normalised.

    Only where the constant does not depend on what is inferred. It cannot be drawn from.
    """

    pytree_data_fields = ("base", "_support")
    can_sample = False

    def __init__(self, base, support, *, validate_args=None):
        self.base, self._support = base, support
        super().__init__(base.batch_shape, base.event_shape, validate_args=validate_args)

    @property
    def support(self):
        return self._support

    def log_prob(self, value):
        return self.base.log_prob(value)
