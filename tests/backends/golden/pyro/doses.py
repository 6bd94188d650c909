"""The model m, from model.gen."""

import bisect
import contextlib
import math

import pyro
import pyro.distributions as dist
import torch
from torch.utils.checkpoint import checkpoint


def model(
    *,
    n_subject: int,
    n_obs: int,
    n_dose: int,
    t,
    subject_of,
    dose_time,
    dose_of,
    amount,
    predict: bool = False,
):
    with pyro.plate("subject", n_subject):
        # ka[subject] ~ LogNormal(0, 1)   model.gen:9
        ka = pyro.sample("ka", dist.LogNormal(0.0, 1.0))
    ke = pyro.sample("ke", dist.LogNormal(0.0, 1.0))  # ke ~ LogNormal(0, 1)   model.gen:10
    share = pyro.sample("share", dist.Beta(1.0, 1.0))  # share ~ Beta(1, 1)   model.gen:11

    def body(t_, state, args):
        gut, blood = state
        ka, ke = args
        d_gut = -ka * gut  # d/dt(gut[subject]) = -ka * gut   model.gen:13
        # d/dt(blood[subject]) = ka * gut - ke * blood   model.gen:14
        d_blood = ka * gut - ke * blood
        return d_gut, d_blood

    body_states, body_is_solved = solve_ode(
        body,
        start=(torch.full((n_subject,), 0), torch.full((n_subject,), 1)),
        args=(ka, ke),
        t0=0,
        times=t,
        solver=Tsit5(),
        rtol=1e-10,
        atol=1e-12,
        max_steps=10000,
        jumps=Jumps(
            (
                dose_time,
                0,
                put_added(
                    torch.zeros((n_dose, n_subject)),
                    (torch.arange(n_dose), dose_of),
                    share * amount,
                ),
            ),
            (torch.atleast_1d(torch.tensor(4)), 1, torch.full((n_subject,), 0.5)[None, Ellipsis]),
        ),
    )
    pyro.factor("body.unsolved", torch.where(body_is_solved, 0.0, -torch.inf))
    blood_t = body_states[1]
    # r[obs] = blood[subject_of](t)   model.gen:21
    pyro.deterministic("r", blood_t[torch.arange(n_obs), subject_of])
    if predict:
        def body_(t_, state, args):
            gut, blood = state
            ka, ke = args
            d_gut = -ka * gut  # d/dt(gut[subject]) = -ka * gut   model.gen:13
            # d/dt(blood[subject]) = ka * gut - ke * blood   model.gen:14
            d_blood = ka * gut - ke * blood
            return d_gut, d_blood

        body_states_, body_is_solved_ = solve_ode(
            body_,
            start=(torch.full((n_subject,), 0), torch.full((n_subject,), 1)),
            args=(ka, ke),
            t0=0,
            times=9,
            solver=Tsit5(),
            rtol=1e-10,
            atol=1e-12,
            max_steps=10000,
            jumps=Jumps(
                (
                    dose_time,
                    0,
                    put_added(
                        torch.zeros((n_dose, n_subject)),
                        (torch.arange(n_dose), dose_of),
                        share * amount,
                    ),
                ),
                (
                    torch.atleast_1d(torch.tensor(4)),
                    1,
                    torch.full((n_subject,), 0.5)[None, Ellipsis],
                ),
            ),
        )
        gut_at = body_states_[0]
        pyro.deterministic("late", gut_at)  # predict late[subject] = gut(9)   model.gen:22
