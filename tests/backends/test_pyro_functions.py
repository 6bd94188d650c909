"""Functions of arrays in Pyro programs against NumPy, and what torch lacks against SciPy.

That every function agrees with NumPyro's, slopes too, is a test of `test_pyro_agreement.py`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from backend_cases import array_calls
from backend_cases.compiled import bound, resolved
from scipy import special

from gendsl.backends import pyro
from gendsl.backends.pyro.distributions.log_add_exp import log_add_exp
from gendsl.backends.pyro.distributions.log_beta_tails import log_beta_tails
from gendsl.backends.pyro.distributions.log_gamma_tails import log_gamma_tails
from gendsl.backends.pyro.distributions.tails_student_t import log_student_t_tails
from gendsl.backends.pyro.special.exponential_integrals import exp1, expi
from gendsl.backends.pyro.special.gamma_function import gamma_function
from gendsl.backends.pyro.special.gamma_integrals import gammainc, gammaincc
from gendsl.ir.array_functions import ARRAY_FUNCTIONS


@cache
def of_arrays() -> Any:
    lines = [
        array_calls.statement(i, text, dims)
        for i, (text, (dims, _)) in enumerate(array_calls.CASES.items())
    ]
    program = resolved(array_calls.HEADER + "".join(lines) + "}")
    density = pyro.lower(program).bind(bound(array_calls.DATA, array_calls.SIZES))
    return density.constrain(density.data, torch.zeros(1))


@pytest.mark.parametrize("i", range(len(array_calls.CASES)), ids=list(array_calls.CASES))
def test_functions_of_arrays_are_numpys(i: int) -> None:
    wanted = list(array_calls.CASES.values())[i][1]
    found = of_arrays()[f"r{i}"]
    assert tuple(found.shape) == np.shape(wanted)
    np.testing.assert_allclose(found, wanted, rtol=1e-8, atol=1e-9)
    written = [name for name, row in ARRAY_FUNCTIONS.items() if not row.is_internal]
    assert all(f"{name}[" in "".join(array_calls.CASES) for name in written)


# --- what torch lacks, against SciPy, where it is hard ----------------------------------------

FAR = np.array([1e-300, 1e-12, 0.3, 0.999, 1.0, 1.001, 5.0, 39.9, 40.1, 300.0])


def double(x: Any) -> torch.Tensor:
    return torch.tensor(x, dtype=torch.float64, requires_grad=True)


def test_exponential_integrals() -> None:
    x = double(FAR)
    np.testing.assert_allclose(exp1(x).detach(), special.exp1(FAR), rtol=1e-12)
    np.testing.assert_allclose(expi(x).detach(), special.expi(FAR), rtol=1e-12)
    np.testing.assert_allclose(expi(-x).detach(), special.expi(-FAR), rtol=1e-12)
    for function, sign in ((exp1, -1.0), (expi, 1.0)):
        (slope,) = torch.autograd.grad(function(x).sum(), x)
        np.testing.assert_allclose(slope, sign * np.exp(sign * FAR) / FAR, rtol=1e-11)


def test_the_gamma_function_between_its_poles() -> None:
    at = np.array([-3.7, -2.2, -0.5, 0.1, 1.0, 5.0, 170.0])
    x = double(at)
    np.testing.assert_allclose(gamma_function(x).detach(), special.gamma(at), rtol=1e-11)
    (slope,) = torch.autograd.grad(gamma_function(x).sum(), x)
    np.testing.assert_allclose(slope, special.gamma(at) * special.digamma(at), rtol=1e-11)


@pytest.mark.parametrize("function", [gammainc, gammaincc])
def test_incomplete_gamma_functions_and_their_slopes_along_the_shape(function: Any) -> None:
    reference = getattr(special, function.__name__)
    shape, x = np.array([0.3, 1.0, 4.2, 50.0, 3.0]), np.array([2.0, 1e-8, 4.1, 60.0, 200.0])
    given = double(shape), double(x)
    found = function(*given)
    np.testing.assert_allclose(found.detach(), reference(shape, x), rtol=1e-11)
    by_shape, by_x = torch.autograd.grad(found.sum(), given)
    h = 1e-6
    differences = (reference(shape + h, x) - reference(shape - h, x)) / (2 * h)
    np.testing.assert_allclose(by_shape, differences, rtol=1e-5, atol=1e-9)
    sign = 1.0 if function is gammainc else -1.0
    density = np.exp((shape - 1) * np.log(x) - x - special.gammaln(shape))
    np.testing.assert_allclose(by_x, sign * density, rtol=1e-11)
    at_ends = function(double([2.0, 2.0]), double([0.0, np.inf]))
    assert at_ends.tolist() == ([0.0, 1.0] if function is gammainc else [1.0, 0.0])


def test_incomplete_beta_tails_under_vmap_keep_their_slopes() -> None:
    a, x = double([0.4, 2.0, 30.0]), torch.tensor([0.1, 0.6, 0.99], dtype=torch.float64)

    def tails(a: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        return log_beta_tails(a, torch.tensor(1.5, dtype=torch.float64), x, 1.0 - x)[0]

    whole, mapped = tails(a, x), torch.vmap(tails)(a, x)
    wanted = np.log(special.betainc(a.tolist(), 1.5, x.tolist()))
    np.testing.assert_allclose(mapped.detach(), wanted, rtol=1e-11)
    slopes = [torch.autograd.grad(found.sum(), a)[0] for found in (whole, mapped)]
    np.testing.assert_allclose(slopes[0], slopes[1], rtol=1e-13)


@pytest.mark.parametrize(
    ("tails", "at"),
    [
        (log_gamma_tails, ([2.5, 2.5, 40.0], [1.0, 6.0, 30.0])),
        (lambda a, b, x: log_beta_tails(a, b, x, 1.0 - x), ([2.0, 0.5], [3.0, 7.0], [0.8, 0.3])),
        (log_student_t_tails, ([3.0, 8.0], [1.2, -0.6])),
    ],
    ids=["gamma", "beta", "student_t"],
)
def test_tails_have_slopes_of_slopes(tails: Any, at: tuple[list[float], ...]) -> None:
    """Along the variable and the shapes, against differences of the slopes."""
    weights = [double([1.0] * len(at[0])) for _ in range(2)]
    given = tuple(double(x) for x in at)
    assert torch.autograd.gradgradcheck(tails, given, tuple(weights), rtol=1e-5)


def test_the_log_of_a_sum_of_nothing_has_a_slope() -> None:
    a, b = double([-np.inf, -np.inf, 1.0]), double([-np.inf, 0.5, 2.0])
    found = log_add_exp(a, b)
    np.testing.assert_allclose(found.detach(), np.logaddexp(a.tolist(), b.tolist()), rtol=1e-15)
    slopes = torch.autograd.grad(found.sum(), (a, b))
    share = special.expit(-1.0)
    np.testing.assert_allclose(slopes[0], [0.0, 0.0, share], rtol=1e-14)
    np.testing.assert_allclose(slopes[1], [0.0, 1.0, 1.0 - share], rtol=1e-14)
