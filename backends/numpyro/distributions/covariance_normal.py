"""A Gaussian vector by its covariance and the factor of that."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import numpyro.distributions as dist

from gendsl.backends.numpyro.distributions.normal_density import normal_log_density


class CovarianceNormal(dist.MultivariateNormal):
    """`MultivariateNormal(loc, scale_tril=...)`, with slopes in the covariance in closed form."""

    pytree_data_fields = ("covariance",)

    def __init__(self, loc, covariance, scale_tril):
        self.covariance = covariance
        # A factor is what it is: its triangle would be checked by fifty small programs.
        super().__init__(loc, scale_tril=scale_tril, validate_args=False)

    def log_prob(self, value):
        return normal_log_density(value - self.loc, self.covariance, self.scale_tril)
