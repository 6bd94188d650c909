"""A Gaussian vector by its covariance and the factor of that."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import pyro.distributions as dist


class CovarianceNormal(dist.MultivariateNormal):
    """`MultivariateNormal(loc, scale_tril=...)`, beside the covariance that has this factor."""

    def __init__(self, loc, covariance, scale_tril, *, validate_args=None):
        self.covariance = covariance
        loc = loc + scale_tril.new_zeros(scale_tril.shape[-1])
        super().__init__(loc, scale_tril=scale_tril, validate_args=validate_args)

    def expand(self, batch_shape, _instance=None):
        new = self._get_checked_instance(CovarianceNormal, _instance)
        new.covariance = self.covariance
        return super().expand(batch_shape, _instance=new)
