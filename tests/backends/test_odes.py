"""Differential equations in programs for NumPyro: adjoints, failures, the programs themselves."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from backend_cases.compiled import bound, compiled, resolved
from backend_cases.equations import DECAY, EXACT, EXPLODING, EXPLODING_DATA, close

from gendsl.backends.numpyro import source_of


def density_of(text, data, sizes, **options):
    return compiled(f"model m {{\n{text}\n}}").bind(bound(data, sizes, **options))


def values_at(density, **latents):
    position = density.unconstrain(density.data, latents)
    return {k: np.asarray(v) for k, v in density.constrain(density.data, position).items()}


@pytest.mark.parametrize(
    "adjoint",
    [
        pytest.param("checkpointed", marks=pytest.mark.slow),
        "forward",
        pytest.param("direct", marks=pytest.mark.slow),
        pytest.param("backsolve", marks=pytest.mark.slow),
    ],
)
def test_adjoints_give_the_same_slope(adjoint):
    plain = DECAY.replace("x(start)", "x(0)")
    text = plain.replace(EXACT, f"{EXACT}, adjoint = {adjoint}, max_steps = 300")
    slopes = []
    for program in (plain, text):
        density = density_of(program, {"ts": np.array([1.0, 2.0])}, {"time": 2})
        position = density.unconstrain(density.data, {"k": 0.7, "a": 2.0, "start": 0.0})
        fixed = np.array([s.name == "start" for s in density.sites])

        def total(at, density=density):
            return jnp.sum(density.constrain(density.data, at)["r"])

        slopes.append(np.where(fixed, 0.0, jax.jit(jax.grad(total))(position)))
    assert close(slopes[1], slopes[0], 1e-7)


# --- failures --------------------------------------------------------------------------------


def test_where_the_solver_fails_the_density_says_so_and_its_slope_is_zero():
    """The solution x = 1 / (1 - k t) leaves every bound at t = 1/k."""
    density = density_of(EXPLODING, EXPLODING_DATA, {"time": 2})
    likelihood = jax.jit(jax.value_and_grad(lambda at: density.log_likelihood(density.data, at)))
    value, slope = likelihood(jnp.array([3.0]))
    assert value == jnp.finfo(value.dtype).min
    assert slope == 0.0
    whole, slope = jax.jit(jax.value_and_grad(lambda at: density.log_density(density.data, at)))(
        jnp.array([3.0])
    )
    assert (whole, slope) == (-jnp.inf, 0.0)
    value, slope = likelihood(jnp.array([0.4]))
    x = 1 / (1 - 0.4 * EXPLODING_DATA["ts"])
    wanted = -0.5 * np.sum((EXPLODING_DATA["y"] - x) ** 2) - np.log(2 * np.pi)
    assert close(value, wanted, 1e-5)
    assert close(slope[0], np.sum((EXPLODING_DATA["y"] - x) * EXPLODING_DATA["ts"] * x**2), 1e-4)


def test_draws_of_the_prior_are_missing_where_the_solver_fails():
    density = density_of(EXPLODING, EXPLODING_DATA, {"time": 2}, absent=("y",))
    draw = jax.jit(jax.vmap(lambda key: density.simulate(key, density.data)))
    found = draw(jax.random.split(jax.random.key(0), 200))
    fails = np.asarray(found["k"]) > 1.0
    assert fails.any() and not fails.all()
    assert np.isnan(np.asarray(found["y"])[fails]).all()
    assert np.isfinite(np.asarray(found["y"])[~fails]).all()


# --- programs --------------------------------------------------------------------------------


def test_only_programs_with_equations_need_diffrax():
    assert "diffrax" not in source_of(resolved("model m {\nk ~ Normal(0, 1)\n}"))
    code = "import gendsl, sys; gendsl.compile('model m {\\nk ~ Normal(0, 1)\\n}');"
    code += "assert 'diffrax' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.slow
def test_names_of_data_do_not_hide_the_solver():
    """`t`, `state`, `args`, `diffrax` and `solve_ode` may be the user's own."""
    text = """
    dim time
    data t[time] : real
    data state : real
    data solve_ode : real
    args ~ LogNormal(0, 1)
    diffrax ~ LogNormal(0, 1)
    ode decay {
      d/dt(x) = -args * x * state * solve_ode
      x(0) = diffrax
    }
    r[time] = x(t)
    """
    ts = np.array([0.0, 1.0])
    density = density_of(text, {"t": ts, "state": 1.0, "solve_ode": 2.0}, {"time": 2})
    assert close(values_at(density, args=0.5, diffrax=3.0)["r"], 3.0 * np.exp(-ts), 1e-5)
