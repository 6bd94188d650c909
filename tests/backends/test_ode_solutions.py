"""Solutions of differential equations by both backends against closed forms and other solvers."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from backend_cases.compiled import bound, resolved
from backend_cases.equations import (
    DECAY,
    DOSE_DATA,
    DOSE_SIZES,
    DOSES,
    EXACT,
    RATES,
    ROBERTSON,
    STIFF_TIMES,
    TIMES,
    amounts,
    blood,
    close,
    decay,
)
from scipy.integrate import solve_ivp

from gendsl.backends import numpyro, pyro

pytestmark = pytest.mark.sweep(3)


@dataclass(frozen=True)
class Solved:
    """How one backend is asked."""

    backend: Any

    def density_of(self, text, data, sizes):
        return self.backend.lower(resolved(f"model m {{\n{text}\n}}")).bind(bound(data, sizes))

    def values_at(self, density, **latents):
        position = density.unconstrain(density.data, latents)
        return {n: np.asarray(v) for n, v in density.constrain(density.data, position).items()}


class InJax(Solved):
    """By NumPyro's program."""

    def total(self, density, position, weights=1.0):
        return float(self._total(density)(jnp.asarray(position), jnp.asarray(weights)))

    def slope(self, density, position, weights=1.0):
        return np.asarray(jax.jit(jax.grad(self._total(density)))(position, jnp.asarray(weights)))

    def generated(self, density, position):
        key = jax.random.key(0)
        return jax.jit(lambda at: density.generate(key, density.data, at))(position)

    @staticmethod
    @cache
    def _total(density):
        return jax.jit(lambda at, w: jnp.sum(w * density.constrain(density.data, at)["r"]))


class InTorch(Solved):
    """By Pyro's program."""

    def total(self, density, position, weights=1.0):
        at = torch.as_tensor(position)
        return (torch.as_tensor(weights) * density.constrain(density.data, at)["r"]).sum()

    def slope(self, density, position, weights=1.0):
        at = position.clone().requires_grad_()
        return torch.autograd.grad(self.total(density, at, weights), at)[0].numpy()

    def generated(self, density, position):
        return density.generate(0, density.data, position)


BACKENDS = {"numpyro": InJax(numpyro), "pyro": InTorch(pyro)}


@pytest.fixture(params=BACKENDS)
def either(request):
    return BACKENDS[request.param]


@pytest.mark.parametrize("start", [0.5, 0.9])
def test_times_in_any_order_repeated_at_the_start_and_before(either, start):
    density = either.density_of(DECAY, {"ts": TIMES}, {"time": 5})
    assert close(
        either.values_at(density, k=0.7, a=2.0, start=start)["r"], decay(0.7, 2.0, start), 1e-9
    )


def test_all_times_at_the_start(either):
    density = either.density_of(DECAY, {"ts": np.zeros(2)}, {"time": 2})
    assert close(either.values_at(density, k=0.7, a=2.0, start=0.0)["r"], np.full(2, 2.0), 1e-15)


def test_slopes_by_parameters_start_and_start_time(either):
    density = either.density_of(DECAY, {"ts": TIMES}, {"time": 5})
    position = density.unconstrain(density.data, {"k": 0.7, "a": 2.0, "start": 0.4})
    x, elapsed = decay(0.7, 2.0, 0.4), TIMES - 0.4
    wanted = {"k": -0.7 * np.sum(elapsed * x), "a": np.sum(x) / 2, "start": 0.7 * np.sum(x)}
    slope = either.slope(density, position)
    for site in density.sites:
        assert close(slope[site.start], wanted[site.name], 1e-8), site.name


def test_a_wrong_equation_is_caught(either):
    """The twin of the exact tests: a rate that is off by one in a million fails them."""
    density = either.density_of(
        DECAY.replace("-k * x", "-1.000001 * k * x"), {"ts": TIMES}, {"time": 5}
    )
    found = either.values_at(density, k=0.7, a=2.0, start=0.5)["r"]
    assert not close(found, decay(0.7, 2.0, 0.5), 1e-9)


@pytest.mark.slow
def test_oscillation_with_a_name_for_a_part_and_the_time_itself(either):
    text = f"""
    dim time
    data t[time] : real
    w ~ LogNormal(0, 1)
    ode swing {{
      let pull = -w^2 * x
      d/dt(x) = v
      d/dt(v) = pull
      d/dt(clock) = 2 * t
      d/dt(steady) = 3
      x(0) = 1
      v(0) = 0
      clock(0) = 0
      steady(0) = 1
      solver = nonstiff({EXACT})
    }}
    r[time] = x(t)
    c[time] = clock(t)
    s[time] = steady(t)
    """
    ts = np.linspace(0.0, 12.0, 7)
    found = either.values_at(either.density_of(text, {"t": ts}, {"time": 7}), w=1.3)
    assert close(found["r"], np.cos(1.3 * ts), 1e-7)
    assert close(found["c"], ts**2, 1e-9)
    assert close(found["s"], 1 + 3 * ts, 1e-9)


def test_doses_by_subject_against_the_matrix_exponential(either):
    density = either.density_of(DOSES, DOSE_DATA, DOSE_SIZES)
    assert close(either.values_at(density, **RATES)["r"], blood(**RATES), 1e-8)
    position = density.unconstrain(density.data, RATES)
    late = [amounts(9.0, s, **RATES)[0] for s in (0, 1)]
    assert close(either.generated(density, position)["late"], np.array(late), 1e-8)


def test_slopes_across_doses_against_differences(either):
    density = either.density_of(DOSES, DOSE_DATA, DOSE_SIZES)
    position = density.unconstrain(density.data, RATES)
    weights = np.arange(1.0, 8.0)
    slope = either.slope(density, position, weights)
    moves = 1e-5 * np.eye(density.size)
    each = [
        [either.total(density, np.asarray(position) + sign * move, weights) for sign in (1, -1)]
        for move in moves
    ]
    assert close(slope, np.array([(up - down) / 2e-5 for up, down in each]), 1e-6)


def test_a_dose_that_counts_twice_is_caught(either):
    """The twin: the same check of a model that gives one dose in a thousand too much."""
    text = DOSES.replace("share * amount", "1.001 * share * amount")
    density = either.density_of(text, DOSE_DATA, DOSE_SIZES)
    assert not close(either.values_at(density, **RATES)["r"], blood(**RATES), 1e-8)


def test_doses_at_times_that_are_negative_or_zero(either):
    text = f"""
    dim time
    dim dose
    data t[time] : real
    data at[dose] : real
    data amount[dose] : real
    k ~ LogNormal(0, 1)
    ode decay {{
      d/dt(x) = -k * x
      x(-10) = 1
      x(at) += amount
      solver = nonstiff({EXACT})
    }}
    r[time] = x(t)
    """
    t = np.array([-5.0, -4.0, 0.0, -7.0, 3.0])
    at, amount = np.array([-5.0, -4.5, 0.0, -7.0]), np.array([2.0, 3.0, 1.0, 5.0])
    data = {"t": t, "at": at, "amount": amount}
    found = either.values_at(either.density_of(text, data, {"time": 5, "dose": 4}), k=0.5)["r"]
    since = t[:, None] - at
    doses = np.where(since >= 0, amount * np.exp(-0.5 * since), 0.0).sum(axis=1)
    assert close(found, np.exp(-0.5 * (t + 10)) + doses, 1e-8)


def test_times_of_each_member(either):
    text = f"""
    dim subject, visit
    data when[visit, subject] : real
    k[subject] ~ LogNormal(0, 1)
    ode decay {{
      d/dt(x[subject]) = -k * x
      x(0) = 1
      solver = nonstiff({EXACT})
    }}
    r[visit, subject] = x(when)
    """
    when = np.array([[0.0, 1.0], [2.0, 0.5], [3.0, 3.0]])
    density = either.density_of(text, {"when": when}, {"subject": 2, "visit": 3})
    k = np.array([0.4, 1.2])
    assert close(either.values_at(density, k=k)["r"], np.exp(-k * when), 1e-8)


@pytest.mark.slow
def test_a_stiff_reaction_against_radau(either):
    """Robertson (1966): rates that differ by nine orders of magnitude."""

    def field(_, y):
        first, second, third = 0.04 * y[0], 1e4 * y[1] * y[2], 3e7 * y[1] ** 2
        return [-first + second, first - second - third, third]

    span = (0.0, 400.0)
    wanted = solve_ivp(field, span, [1, 0, 0], "Radau", STIFF_TIMES, rtol=1e-10, atol=1e-13).y
    found = either.values_at(either.density_of(ROBERTSON, {"t": STIFF_TIMES}, {"time": 4}), k=0.04)
    assert close(found["ra"], wanted[0], 1e-6)
    assert close(found["rb"], wanted[1], 1e-5)
