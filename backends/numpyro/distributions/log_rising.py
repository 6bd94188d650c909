"""The logarithms of a rising factorial and of the beta function, without cancellation."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp
from jax.scipy import special


def log_rising(a, n):
    """log(Gamma(a + n) / Gamma(a)), a > 0, n >= 0 (Stirling's series, A&S 6.1.41, from a = 10)."""
    is_large = a > 10.0
    large, small = jnp.where(is_large, a, 20.0), jnp.where(is_large, 1.0, a)

    def correction(z):
        w = 1.0 / z**2
        series = w * (1 / 1680 - w * (1 / 1188 - w * (691 / 360360 - w / 156)))
        return (1 / 12 - w * (1 / 360 - w * (1 / 1260 - series))) / z

    total = large + n
    stirling = (large - 0.5) * jnp.log1p(n / large) + n * (jnp.log(total) - 1.0)
    stirling = stirling + (correction(total) - correction(large))
    direct = special.gammaln(small + n) - special.gammaln(small)
    return jnp.where(is_large, stirling, direct)


def log_beta(a, b):
    """log B(a, b); `special.betaln` is off by 1e-7 at (12, 1) in double precision (jax 0.10.2)."""
    large, small = jnp.maximum(a, b), jnp.minimum(a, b)
    return special.gammaln(small) - log_rising(large, small)
