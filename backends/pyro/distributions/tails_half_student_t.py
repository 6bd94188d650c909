"""The tails of the half Student t."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import math

from gendsl.backends.pyro.distributions.half_student_t import HalfStudentT
from gendsl.backends.pyro.distributions.log1mexp import log1mexp
from gendsl.backends.pyro.distributions.log_tails import log_tails
from gendsl.backends.pyro.distributions.tails_student_t import log_student_t_tails


@log_tails.register(HalfStudentT)
def log_tails_half_student_t(base, x):
    _, log_upper = log_student_t_tails(base.df, x / base.scale)
    log_survival = math.log(2.0) + log_upper
    return log1mexp(log_survival.clamp(max=-1e-30)), log_survival
