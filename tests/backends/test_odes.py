"""Solutions of differential equations against closed forms and other solvers, and their slopes."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from backend_cases.compiled import bound, compiled, resolved
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from gendsl.backends.numpyro import source_of

EXACT = "rtol = 1e-10, atol = 1e-12"


def density_of(text, data, sizes, **options):
    return compiled(f"model m {{\n{text}\n}}").bind(bound(data, sizes, **options))


def values_at(density, **latents):
    position = density.unconstrain(density.data, latents)
    return {k: np.asarray(v) for k, v in density.constrain(density.data, position).items()}


def close(found, wanted, tolerance):
    """Whether two arrays agree, relative to the largest entry; what every exact test judges by."""
    scale = np.max(np.abs(wanted))
    return bool(np.all(np.abs(np.asarray(found) - wanted) <= tolerance * scale))


DECAY = f"""
dim time
data ts[time] : real
k ~ LogNormal(0, 1)
a ~ Normal(0, 1)
start ~ Normal(0, 1)
ode decay {{
  d/dt(x) = -k * x
  x(start) = a
  solver = nonstiff({EXACT})
}}
r[time] = x(ts)
"""
TIMES = np.array([3.0, 0.5, 1.0, 1.0, 2.5])
"""Neither sorted nor different from each other; the second is where the equations start."""


def decay(k, a, start, ts=TIMES):
    return a * np.exp(-k * (np.maximum(ts, start) - start))


def test_times_in_any_order_repeated_and_at_the_start():
    density = density_of(DECAY, {"ts": TIMES}, {"time": 5})
    assert close(values_at(density, k=0.7, a=2.0, start=0.5)["r"], decay(0.7, 2.0, 0.5), 1e-9)


def test_before_a_start_that_is_inferred_a_state_stands_still():
    density = density_of(DECAY, {"ts": TIMES}, {"time": 5})
    assert close(values_at(density, k=0.7, a=2.0, start=0.9)["r"], decay(0.7, 2.0, 0.9), 1e-9)


def test_all_times_at_the_start():
    density = density_of(DECAY, {"ts": np.zeros(2)}, {"time": 2})
    assert close(values_at(density, k=0.7, a=2.0, start=0.0)["r"], np.full(2, 2.0), 1e-15)


def test_slopes_by_parameters_start_and_start_time():
    density = density_of(DECAY, {"ts": TIMES}, {"time": 5})
    position = density.unconstrain(density.data, {"k": 0.7, "a": 2.0, "start": 0.4})

    def total(position):
        return jnp.sum(density.constrain(density.data, position)["r"])

    x = decay(0.7, 2.0, 0.4)
    elapsed = TIMES - 0.4
    wanted = {"k": -0.7 * np.sum(elapsed * x), "a": np.sum(x) / 2, "start": 0.7 * np.sum(x)}
    slope = np.asarray(jax.jit(jax.grad(total))(position))
    for site in density.sites:
        assert close(slope[site.start], wanted[site.name], 1e-8), site.name


def test_a_wrong_equation_is_caught():
    """The twin of the exact tests: a rate that is off by one in a million fails them."""
    density = density_of(DECAY.replace("-k * x", "-1.000001 * k * x"), {"ts": TIMES}, {"time": 5})
    found = values_at(density, k=0.7, a=2.0, start=0.5)["r"]
    assert not close(found, decay(0.7, 2.0, 0.5), 1e-9)


def test_oscillation_with_a_name_for_a_part_and_the_time_itself():
    text = f"""
    dim time
    data t[time] : real
    w ~ LogNormal(0, 1)
    ode swing {{
      let pull = -w^2 * x
      d/dt(x) = v
      d/dt(v) = pull
      d/dt(clock) = 2 * t
      x(0) = 1
      v(0) = 0
      clock(0) = 0
      solver = nonstiff({EXACT})
    }}
    r[time] = x(t)
    c[time] = clock(t)
    """
    ts = np.linspace(0.0, 12.0, 7)
    found = values_at(density_of(text, {"t": ts}, {"time": 7}), w=1.3)
    assert close(found["r"], np.cos(1.3 * ts), 1e-7)
    assert close(found["c"], ts**2, 1e-9)


DOSES = f"""
dim subject, obs, dose
data t[obs] : real
data subject_of[obs] : subject
data dose_time[dose] : real
data dose_of[dose] : subject
data amount[dose] : real
ka[subject] ~ LogNormal(0, 1)
ke ~ LogNormal(0, 1)
share ~ Beta(1, 1)
ode body {{
  d/dt(gut[subject]) = -ka * gut
  d/dt(blood[subject]) = ka * gut - ke * blood
  gut(0) = 0
  blood(0) = 1
  gut[dose_of](dose_time) += share * amount
  blood(4) += 0.5
  solver = nonstiff({EXACT})
}}
r[obs] = blood[subject_of](t)
predict late[subject] = gut(9)
"""
DOSE_DATA = {
    "t": np.array([5.0, 1.0, 0.0, 2.0, 7.5, 4.0, 3.0]),
    "subject_of": np.array([0, 0, 1, 1, 1, 0, 1]),
    "dose_time": np.array([0.0, 2.0, 2.0, 0.0, 6.0, 2.0]),
    "dose_of": np.array([0, 0, 1, 1, 1, 1]),
    "amount": np.array([10.0, 5.0, 7.0, 3.0, 4.0, 1.0]),
}
DOSE_SIZES = {"subject": 2, "obs": 7, "dose": 6}
RATES = {"ka": np.array([1.1, 0.6]), "ke": 0.3, "share": 0.8}


def amounts(t, subject, ka, ke, share):
    """Both compartments by the matrix exponential, each dose on its own."""
    matrix = np.array([[-ka[subject], 0.0], [ka[subject], -ke]])
    state = expm(matrix * t) @ [0.0, 1.0]
    if t >= 4.0:
        state = state + expm(matrix * (t - 4.0)) @ [0.0, 0.5]
    doses = zip(*(DOSE_DATA[n] for n in ("dose_time", "dose_of", "amount")), strict=True)
    for at, whose, amount in doses:
        if whose == subject and t >= at:
            state = state + expm(matrix * (t - at)) @ [share * amount, 0.0]
    return state


def blood(**rates):
    pairs = zip(DOSE_DATA["t"], DOSE_DATA["subject_of"], strict=True)
    return np.array([amounts(t, s, **rates)[1] for t, s in pairs])


@pytest.mark.slow
def test_doses_by_subject_against_the_matrix_exponential():
    density = density_of(DOSES, DOSE_DATA, DOSE_SIZES)
    assert close(values_at(density, **RATES)["r"], blood(**RATES), 1e-8)
    position = density.unconstrain(density.data, RATES)
    generate = jax.jit(lambda at: density.generate(jax.random.key(0), density.data, at))
    late = [amounts(9.0, s, **RATES)[0] for s in (0, 1)]
    assert close(generate(position)["late"], np.array(late), 1e-8)


def test_slopes_across_doses_against_finite_differences():
    density = density_of(DOSES, DOSE_DATA, DOSE_SIZES)
    position = density.unconstrain(density.data, RATES)
    weights = np.arange(1.0, 8.0)

    def total(position):
        return jnp.sum(weights * density.constrain(density.data, position)["r"])

    slope = np.asarray(jax.jit(jax.grad(total))(position))
    step = 1e-5
    compute = jax.jit(total)
    for i in range(density.size):
        moved = [compute(position.at[i].add(sign * step)) for sign in (1, -1)]
        assert close(slope[i], (moved[0] - moved[1]) / (2 * step), 1e-6)


def test_a_dose_that_counts_twice_is_caught():
    """The twin: the same check of a model that gives one dose in a thousand too much."""
    density = density_of(DOSES.replace("share * amount", "1.001 * share * amount"),
                         DOSE_DATA, DOSE_SIZES)  # fmt: skip
    assert not close(values_at(density, **RATES)["r"], blood(**RATES), 1e-8)


def test_doses_at_times_that_are_negative_or_zero():
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
    found = values_at(density_of(text, data, {"time": 5, "dose": 4}), k=0.5)["r"]
    since = t[:, None] - at
    doses = np.where(since >= 0, amount * np.exp(-0.5 * since), 0.0).sum(axis=1)
    assert close(found, np.exp(-0.5 * (t + 10)) + doses, 1e-8)


def test_times_of_each_member():
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
    density = density_of(text, {"when": when}, {"subject": 2, "visit": 3})
    k = np.array([0.4, 1.2])
    assert close(values_at(density, k=k)["r"], np.exp(-k * when), 1e-8)


ROBERTSON = """
dim time
data t[time] : real
k ~ LogNormal(0, 1)
ode reaction {
  d/dt(a) = -k * a + 1e4 * b * c
  d/dt(b) = k * a - 1e4 * b * c - 3e7 * b^2
  d/dt(c) = 3e7 * b^2
  a(0) = 1
  b(0) = 0
  c(0) = 0
  solver = stiff(rtol = 1e-8, atol = 1e-10)
}
ra[time] = a(t)
rb[time] = b(t)
"""


def test_a_stiff_reaction_against_radau():
    """Robertson (1966): rates that differ by nine orders of magnitude."""
    ts = np.array([0.4, 4.0, 40.0, 400.0])

    def field(_, y):
        first, second, third = 0.04 * y[0], 1e4 * y[1] * y[2], 3e7 * y[1] ** 2
        return [-first + second, first - second - third, third]

    span = (0.0, 400.0)
    wanted = solve_ivp(field, span, [1, 0, 0], "Radau", ts, rtol=1e-10, atol=1e-13).y
    found = values_at(density_of(ROBERTSON, {"t": ts}, {"time": 4}), k=0.04)
    assert close(found["ra"], wanted[0], 1e-6)
    assert close(found["rb"], wanted[1], 1e-5)


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

EXPLODING = """
dim time
data ts[time] : real
data y[time] : real
k ~ Normal(0, 1)
ode growth {
  d/dt(x) = k * x^2
  x(0) = 1
  solver = nonstiff(max_steps = 200)
}
y[time] ~ Normal(x(ts), 1)
"""
EXPLODING_DATA = {"ts": np.array([0.5, 1.0]), "y": np.array([1.0, 2.0])}


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
