"""Differential equations in torch: second slopes, adjoints, failures, and the other backend."""

import numpy as np
import pytest
import torch
from backend_cases.agreement import check_agreement
from backend_cases.compiled import bound, resolved
from backend_cases.equations import (
    DECAY,
    DOSE_DATA,
    DOSE_SIZES,
    DOSES,
    EXACT,
    EXPLODING,
    EXPLODING_DATA,
    ROBERTSON,
    STIFF_TIMES,
    TIMES,
    close,
)
from test_pyro_golden import compared

from gendsl.backends import numpyro, pyro
from gendsl.models import library

STIFF_DECAY = DECAY.replace("nonstiff", "stiff")


def written(text):
    return resolved(f"model m {{\n{text}\n}}")


def density_of(text, data, sizes, **options):
    return pyro.lower(written(text)).bind(bound(data, sizes, **options))


def values_at(density, **latents):
    position = density.unconstrain(density.data, latents)
    return {k: v.numpy() for k, v in density.constrain(density.data, position).items()}


def total_of(density, weights=1.0):
    """The weighted sum of `r`, as a function of the position."""
    return lambda at: (torch.as_tensor(weights) * density.constrain(density.data, at)["r"]).sum()


def slope_at(function, position):
    position = position.clone().requires_grad_()
    return torch.autograd.grad(function(position), position)[0].numpy()


def differences(function, position, step=1e-5):
    """The slope of a function of numbers, of one or of many, by differences."""
    moves = step * torch.eye(len(position), dtype=torch.float64)
    rows = [function(position + move) - function(position - move) for move in moves]
    return np.array([np.asarray(row) for row in rows]) / (2 * step)


# --- slopes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("solver", "tolerance"), [("nonstiff", 1e-6), ("stiff", 1e-4)])
def test_slopes_and_slopes_of_slopes(solver, tolerance):
    """x' = -k x^2 is solved by x(s) / (1 + k x(s) (t - s)).

    Along a time the polynomial between two steps is differentiated, which loses digits each time;
    it is of order 4, for the stiff solver of order 3.
    """
    text = DECAY.replace("-k * x", "-k * x^2").replace("nonstiff", solver)
    text = text.replace(EXACT, "rtol = 1e-8, atol = 1e-10")
    density = density_of(text, {"ts": TIMES}, {"time": 5})
    position = density.unconstrain(density.data, {"k": 0.7, "a": 2.0, "start": 0.4})

    def exact(at):
        a, k, start = (at[density.read(torch.arange(3), name)] for name in ("a", "k", "start"))
        return (a / (1 + k.exp() * a * (torch.as_tensor(TIMES) - start))).sum()

    total = total_of(density)
    assert close(slope_at(total, position), slope_at(exact, position), tolerance)
    curve = torch.autograd.functional.hessian(total, position).numpy()
    wanted = torch.autograd.functional.hessian(exact, position).numpy()
    is_time = np.array([site.name == "start" for site in density.sites])
    assert close(curve, wanted, 1000 * tolerance)
    assert close(curve[~is_time][:, ~is_time], wanted[~is_time][:, ~is_time], tolerance)


@pytest.mark.parametrize("solver", ["nonstiff", "stiff"])
@pytest.mark.parametrize("adjoint", ["checkpointed", "forward", "direct", "backsolve"])
def test_adjoints_give_the_same_slope(adjoint, solver):
    plain = DECAY.replace("nonstiff", solver).replace(EXACT, "max_steps = 300")
    text = plain.replace("max_steps", f"adjoint = {adjoint}, max_steps")
    source = pyro.source_of(written(text))
    assert ("is_checkpointed=True," in source) == (adjoint in ("checkpointed", "backsolve"))
    slopes = []
    for program in (plain, text):
        density = density_of(program, {"ts": np.array([1.0, 2.0])}, {"time": 2})
        position = density.unconstrain(density.data, {"k": 0.7, "a": 2.0, "start": 0.1})
        slopes.append(slope_at(total_of(density), position))
    assert close(slopes[1], slopes[0], 1e-14)


# --- the other backend -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "data", "sizes"),
    [
        pytest.param(DECAY, {"ts": TIMES}, {"time": 5}, id="decay", marks=pytest.mark.slow),
        pytest.param(DOSES, DOSE_DATA, DOSE_SIZES, id="doses"),
        pytest.param(STIFF_DECAY, {"ts": TIMES}, {"time": 5}, id="stiff", marks=pytest.mark.slow),
    ],
)
def test_both_backends_take_the_same_steps(text, data, sizes):
    """At the solver's own tolerance, which is far above that of the comparison."""
    loose = text.replace(EXACT, "rtol = 1e-5")
    assert loose != text
    check_agreement(written(f"{loose}\nfactor r"), bound(data, sizes), 5)


@pytest.mark.slow
def test_both_backends_agree_on_a_stiff_reaction_to_its_tolerance():
    """Their steps differ: the other backend drops those whose stages take more than two chords."""
    text = f"{ROBERTSON}\nfactor ra + 1e4 * rb"
    given = bound({"t": STIFF_TIMES}, {"time": 4})
    ours, theirs = (backend.lower(written(text)).bind(given) for backend in (pyro, numpyro))
    for point in (np.array([-0.5]), np.array([0.3])):
        found = ours.log_density(ours.data, torch.as_tensor(point))
        assert close(found.item(), float(theirs.log_density(theirs.data, point)), 1e-5)


# --- failures --------------------------------------------------------------------------------


def test_where_the_solver_fails_the_density_says_so_and_its_slope_is_zero():
    """The solution x = 1 / (1 - k t) leaves every bound at t = 1/k."""
    density = density_of(EXPLODING, EXPLODING_DATA, {"time": 2})
    at = torch.tensor([3.0], dtype=torch.float64, requires_grad=True)
    value = density.log_likelihood(density.data, at)
    assert value.item() == torch.finfo(torch.float64).min
    assert torch.autograd.grad(value, at)[0] == 0.0
    whole = density.log_density(density.data, at)
    assert whole.item() == -torch.inf
    assert torch.autograd.grad(whole, at)[0] == 0.0
    at = torch.tensor([0.4], dtype=torch.float64, requires_grad=True)
    value = density.log_likelihood(density.data, at)
    x = 1 / (1 - 0.4 * EXPLODING_DATA["ts"])
    wanted = -0.5 * np.sum((EXPLODING_DATA["y"] - x) ** 2) - np.log(2 * np.pi)
    assert close(value.item(), wanted, 1e-5)
    slope = torch.autograd.grad(value, at)[0].item()
    assert close(slope, np.sum((EXPLODING_DATA["y"] - x) * EXPLODING_DATA["ts"] * x**2), 1e-4)


def test_steps_that_lead_nowhere_are_a_failure():
    """A rate that is no number beyond a wall that the state reaches."""
    text = EXPLODING.replace("k * x^2", "sqrt(0.5 - t) * k").replace("max_steps = 200", "")
    density = density_of(text, EXPLODING_DATA, {"time": 2})
    at = torch.tensor([0.4], dtype=torch.float64)
    assert density.log_likelihood(density.data, at).item() == torch.finfo(torch.float64).min


def test_draws_of_the_prior_are_missing_where_the_solver_fails():
    density = density_of(EXPLODING, EXPLODING_DATA, {"time": 2}, absent=("y",))
    draws = [density.simulate(key, density.data) for key in range(40)]
    fails = np.array([draw["k"].item() > 1.0 for draw in draws])
    found = np.array([draw["y"].numpy() for draw in draws])
    assert fails.any() and not fails.all()
    assert np.isnan(found[fails]).all()
    assert np.isfinite(found[~fails]).all()


# --- programs --------------------------------------------------------------------------------


def test_only_programs_with_equations_carry_a_solver():
    assert "solve_ode" not in pyro.source_of(written("k ~ Normal(0, 1)"))
    source = pyro.source_of(written(DECAY))
    assert "class Tsit5" in source
    assert "Kvaerno5" not in source
    assert "Jumps" not in source


@pytest.mark.parametrize("name", ["lotka_volterra", "doses"])
def test_source_is_the_golden_one(name, update_golden):
    texts = {model.name: model.path.read_text() for model in library() if model.name == name}
    program = resolved(texts[name], f"{name}.gen") if name in texts else written(DOSES)
    compared(name, pyro.source_of(program), update_golden)


def test_names_of_data_do_not_hide_the_solver():
    """`t`, `state`, `args`, `bisect` and `solve_ode` may be the user's own."""
    text = """
    dim time
    data t[time] : real
    data state : real
    data solve_ode : real
    args ~ LogNormal(0, 1)
    bisect ~ LogNormal(0, 1)
    ode decay {
      d/dt(x) = -args * x * state * solve_ode
      x(0) = bisect
    }
    r[time] = x(t)
    """
    ts = np.array([0.0, 1.0])
    density = density_of(text, {"t": ts, "state": 1.0, "solve_ode": 2.0}, {"time": 2})
    assert close(values_at(density, args=0.5, bisect=3.0)["r"], 3.0 * np.exp(-ts), 1e-5)
