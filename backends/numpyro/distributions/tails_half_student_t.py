"""The tails of the half Student t."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp

from gendsl.backends.numpyro.distributions.half_student_t import HalfStudentT
from gendsl.backends.numpyro.distributions.log1mexp import log1mexp
from gendsl.backends.numpyro.distributions.log_tails import log_tails
from gendsl.backends.numpyro.distributions.tails_student_t import log_student_t_tails


@log_tails.register(HalfStudentT)
def log_tails_half_student_t(base, x):
    _, log_upper = log_student_t_tails(1.0 * base.df, x / base.scale)
    log_survival = jnp.log(2.0) + log_upper
    return log1mexp(jnp.minimum(log_survival, -1e-30)), log_survival
