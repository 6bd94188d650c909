"""The model accel_splines, from accel_splines.gen."""

import math

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints


def model(
    *,
    n_row: int,
    n_linear: int,
    n_knot: int,
    n_linear_sigma: int,
    n_knot_sigma: int,
    Xs,
    Zs_1_1,
    Xs_sigma,
    Zs_sigma_1_1,
    Y=None,
):
    # Intercept ~ StudentT(3, -13, 36)   accel_splines.gen:11
    Intercept = pyro.sample("Intercept", dist.StudentT(3.0, -13.0, 36.0))
    with pyro.plate("linear", n_linear):
        # bs[linear] ~ Flat()   accel_splines.gen:12
        bs = pyro.sample("bs", dist.ImproperUniform(constraints.real, (), ()))
    # sds_1_1 ~ HalfStudentT(3, 36)   accel_splines.gen:13
    sds_1_1 = pyro.sample("sds_1_1", HalfStudentT(3.0, 36.0))
    with pyro.plate("knot", n_knot):
        # s_1_1[knot] ~ Normal(0, sds_1_1)   accel_splines.gen:14
        s_1_1_raw = pyro.sample("s_1_1.raw", dist.Normal(0.0, 1.0))
    # s_1_1[knot] ~ Normal(0, sds_1_1)   accel_splines.gen:14
    s_1_1 = pyro.deterministic("s_1_1", sds_1_1 * s_1_1_raw)
    # Intercept_sigma ~ StudentT(3, 0, 10)   accel_splines.gen:15
    Intercept_sigma = pyro.sample("Intercept_sigma", dist.StudentT(3.0, 0.0, 10.0))
    with pyro.plate("linear_sigma", n_linear_sigma):
        # bs_sigma[linear_sigma] ~ Flat()   accel_splines.gen:16
        bs_sigma = pyro.sample("bs_sigma", dist.ImproperUniform(constraints.real, (), ()))
    # sds_sigma_1_1 ~ HalfStudentT(3, 36)   accel_splines.gen:17
    sds_sigma_1_1 = pyro.sample("sds_sigma_1_1", HalfStudentT(3.0, 36.0))
    with pyro.plate("knot_sigma", n_knot_sigma):
        # s_sigma_1_1[knot_sigma] ~ Normal(0, sds_sigma_1_1)   accel_splines.gen:18
        s_sigma_1_1_raw = pyro.sample("s_sigma_1_1.raw", dist.Normal(0.0, 1.0))
    # s_sigma_1_1[knot_sigma] ~ Normal(0, sds_sigma_1_1)   accel_splines.gen:18
    s_sigma_1_1 = pyro.deterministic("s_sigma_1_1", sds_sigma_1_1 * s_sigma_1_1_raw)
    # mu[row] = Intercept + Xs @ bs + Zs_1_1 @ s_1_1   accel_splines.gen:20
    mu = pyro.deterministic("mu", Intercept + Xs @ bs + Zs_1_1 @ s_1_1)
    # sigma[row] = exp(Intercept_sigma + Xs_sigma @ bs_sigma + Zs_sigma_1_1 …   accel_splines.gen:21
    sigma = pyro.deterministic(
        "sigma",
        torch.exp(Intercept_sigma + Xs_sigma @ bs_sigma + Zs_sigma_1_1 @ s_sigma_1_1),
    )
    with pyro.plate("row", n_row):
        # Y[row] ~ Normal(mu, sigma)   accel_splines.gen:22
        pyro.sample("Y", dist.Normal(mu, sigma), obs=Y)
