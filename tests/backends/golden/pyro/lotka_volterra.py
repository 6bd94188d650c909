"""The model lotka_volterra, from lotka_volterra.gen."""

import bisect
import contextlib
import functools
import math

import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints
from torch.utils.checkpoint import checkpoint


def model(*, n_time: int, ts, y_init=None, y=None, n_species: int = 2):
    species_plate = pyro.plate("species", n_species, dim=-1)
    # alpha : real > 0 ~ Normal(1, 0.5)   lotka_volterra.gen:9
    alpha = pyro.sample("alpha", Truncated(dist.Normal(1.0, 0.5), low=0.0))
    # beta : real > 0 ~ Normal(0.05, 0.05)   lotka_volterra.gen:10
    beta = pyro.sample("beta", Truncated(dist.Normal(0.05, 0.05), low=0.0))
    # gamma : real > 0 ~ Normal(1, 0.5)   lotka_volterra.gen:11
    gamma = pyro.sample("gamma", Truncated(dist.Normal(1.0, 0.5), low=0.0))
    # delta : real > 0 ~ Normal(0.05, 0.05)   lotka_volterra.gen:12
    delta = pyro.sample("delta", Truncated(dist.Normal(0.05, 0.05), low=0.0))
    with species_plate:
        # z_init[species] ~ LogNormal(log(10), 1)   lotka_volterra.gen:13
        z_init = pyro.sample("z_init", dist.LogNormal(math.log(10.0), 1.0))
        # sigma[species] ~ LogNormal(-1, 1)   lotka_volterra.gen:14
        sigma = pyro.sample("sigma", dist.LogNormal(-1.0, 1.0))
        # y_init[species] ~ LogNormal(log(z_init), sigma)   lotka_volterra.gen:25
        pyro.sample("y_init", dist.LogNormal(torch.log(z_init), sigma), obs=y_init)

    def population(t, state, args):
        prey, predator = state
        alpha, beta, delta, gamma = args
        # d/dt(prey) = (alpha - beta * predator) * prey   lotka_volterra.gen:17
        d_prey = (alpha - beta * predator) * prey
        # d/dt(predator) = (delta * prey - gamma) * predator   lotka_volterra.gen:18
        d_predator = (delta * prey - gamma) * predator
        return d_prey, d_predator

    population_states, population_is_solved = solve_ode(
        population,
        start=(z_init[0], z_init[1]),
        args=(alpha, beta, delta, gamma),
        t0=0,
        times=ts,
        solver=Tsit5(),
        rtol=1e-06,
        atol=1e-08,
        max_steps=1000,
    )
    pyro.factor("population.unsolved", torch.where(population_is_solved, 0.0, -torch.inf))
    prey_ts = population_states[0]
    predator_ts = population_states[1]
    # z[time, species] = if(pos(species) == 0, prey(ts), predator(ts))   lotka_volterra.gen:24
    z = pyro.deterministic(
        "z",
        torch.where(torch.arange(n_species) == 0, prey_ts[:, None], predator_ts[:, None]),
    )
    with pyro.plate("time", n_time, dim=-2), species_plate:
        # y[time, species] ~ LogNormal(log(z), sigma)   lotka_volterra.gen:26
        pyro.sample("y", dist.LogNormal(torch.log(z), sigma), obs=y)
