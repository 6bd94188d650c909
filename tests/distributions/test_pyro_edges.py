"""Edges of supports and of parameters in torch: the values of NumPyro's, and no slope is NaN."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax.numpy as jnp
import numpy as np
import numpyro
import pyro
import pyro.distributions as dist
import pytest
import torch
from distribution_cases.judging import agrees
from distribution_cases.pairs import Pair

from gendsl.backends.pyro.distributions.at_edges import AtEdges
from gendsl.backends.pyro.distributions.bernoulli import Bernoulli
from gendsl.backends.pyro.distributions.binomial import Binomial
from gendsl.backends.pyro.distributions.geometric import Geometric
from gendsl.backends.pyro.distributions.mixture import Mixture
from gendsl.backends.pyro.distributions.ordered_logistic import OrderedLogistic
from gendsl.backends.pyro.distributions.uniform import Uniform
from gendsl.backends.pyro.distributions.within_support import WithinSupport

INF = np.inf


@pytest.fixture(autouse=True)
def _doubles_in_torch() -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    with pyro.validation_enabled(False), numpyro.validation_enabled(False):
        yield
    torch.set_default_dtype(before)


REALS = [-1e200, -1e8, -300.0, -30.0, 0.0, 30.0, 300.0, 1e8, 1e200]
POSITIVE = [1e-300, 1e-20, 1.0, 300.0, 1e8, 1e200]
COUNTS = [0, 1, 5, 1000, 10**9]
EDGES: dict[str, tuple[str, dict[str, Any], list[Any]]] = {
    "Normal": ("Normal", {"loc": 0.3, "scale": 1.2}, REALS[1:-1]),
    "StudentT": ("StudentT", {"df": 3.0, "loc": 0.3, "scale": 1.2}, REALS[1:-1]),
    "Cauchy": ("Cauchy", {"loc": 0.3, "scale": 1.2}, REALS[1:-1]),
    "Laplace": ("Laplace", {"loc": 0.3, "scale": 1.2}, REALS),
    "Logistic": ("Logistic", {"loc": 0.3, "scale": 1.2}, REALS[1:-1]),
    "SkewNormal": ("SkewNormal", {"loc": 0.3, "scale": 1.2, "shape": -3.0}, REALS[1:-1]),
    "AsymmetricLaplace": (
        "AsymmetricLaplace",
        {"loc": 0.3, "scale": 1.2, "quantile": 0.1},
        REALS[1:-1],
    ),
    "ExGaussian": ("ExGaussian", {"loc": 0.3, "scale": 1.2, "rate": 2.0}, REALS[2:-2]),
    "VonMises": ("VonMises", {"loc": 0.3, "concentration": 1e4}, [-np.pi, 0.3, np.pi]),
    "VonMises, uniform": ("VonMises", {"loc": 0.3, "concentration": 0.0}, [-np.pi, 0.3, np.pi]),
    "HalfNormal": ("HalfNormal", {"scale": 1.2}, [0.0, *POSITIVE[:-1]]),
    "HalfStudentT": ("HalfStudentT", {"df": 3.0, "scale": 1.2}, [0.0, *POSITIVE[:-1]]),
    "HalfCauchy": ("HalfCauchy", {"scale": 1.2}, [0.0, *POSITIVE[:-1]]),
    "Exponential": ("Exponential", {"rate": 1.2}, [0.0, *POSITIVE]),
    "LogNormal": ("LogNormal", {"loc": 0.3, "scale": 1.2}, POSITIVE),
    "Gamma": ("Gamma", {"shape": 0.4, "rate": 1.2}, POSITIVE),
    "InverseGamma": ("InverseGamma", {"shape": 0.4, "scale": 1.2}, POSITIVE[1:-1]),
    "Weibull": ("Weibull", {"shape": 0.4, "scale": 1.2}, POSITIVE),
    "Pareto": ("Pareto", {"scale": 0.7, "shape": 1.2}, [0.7, *POSITIVE[2:]]),
    "Uniform": ("Uniform", {"low": -1.0, "high": 2.0}, [-1.0, 0.0, 2.0]),
    "LogUniform": ("LogUniform", {"low": 0.5, "high": 2.0}, [0.5, 1.0, 2.0]),
    "Beta": ("Beta", {"a": 0.4, "b": 2.5}, [1e-300, 1e-12, 0.5, 1 - 1e-15]),
    "Kumaraswamy": ("Kumaraswamy", {"a": 0.4, "b": 2.5}, [1e-300, 1e-12, 0.5, 1 - 1e-15]),
    "Bernoulli, rare": ("Bernoulli", {"p": 1e-30}, [0, 1]),
    "Bernoulli, never": ("Bernoulli", {"p": 0.0}, [0, 1]),
    "Bernoulli, logit": ("Bernoulli", {"logit": -800.0}, [0, 1]),
    "Bernoulli, logit inf": ("Bernoulli", {"logit": INF}, [0, 1]),
    "Binomial, rare": ("Binomial", {"n": 9.0, "p": 1e-30}, [0, 1, 9]),
    "Binomial, logit": ("Binomial", {"n": 9.0, "logit": -800.0}, [0, 1, 9]),
    "Binomial, logit -inf": ("Binomial", {"n": 9.0, "logit": -INF}, [0, 1, 9]),
    "BetaBinomial": ("BetaBinomial", {"n": 9.0, "a": 1e-5, "b": 1e9}, [0, 1, 9]),
    "Poisson": ("Poisson", {"rate": 1e-300}, COUNTS),
    "Poisson of rate 0": ("Poisson", {"rate": 0.0}, [0, 1]),
    "Poisson, log": ("Poisson", {"log_rate": -800.0}, COUNTS),
    "Poisson, log 0": ("Poisson", {"log_rate": -INF}, [0, 1]),
    "NegativeBinomial": ("NegativeBinomial", {"mean": 4.0, "dispersion": 1e12}, COUNTS[:-1]),
    "NegativeBinomial of mean 0": ("NegativeBinomial", {"mean": 0.0, "dispersion": 2.0}, [0, 1]),
    "NegativeBinomial, log": (
        "NegativeBinomial",
        {"log_mean": -800.0, "dispersion": 2.0},
        COUNTS[:-1],
    ),
    "Geometric, rare": ("Geometric", {"p": 1e-30}, COUNTS),
    "Geometric, logit": ("Geometric", {"logit": 800.0}, COUNTS[:-1]),
    "DiscreteUniform": ("DiscreteUniform", {"low": -2.0, "high": 5.0}, [-2, 5]),
    "Categorical": ("Categorical", {"p": np.array([0.0, 1e-30, 1.0])}, [0, 1, 2]),
    "Categorical, logit": ("Categorical", {"logit": np.array([-INF, 0.0, 800.0])}, [0, 1, 2]),
    "OrderedLogistic": (
        "OrderedLogistic",
        {"eta": 90.0, "cutpoints": np.array([0.0, 1.0])},
        [0, 1, 2],
    ),
    "OrderedLogistic, infinite": (
        "OrderedLogistic",
        {"eta": 0.5, "cutpoints": np.array([-INF, 1.0, INF])},
        [1, 2],
    ),
    "ZeroInflated": (
        "ZeroInflated",
        {"gate": 1e-30, "base": Pair("Poisson", {"rate": 800.0})},
        COUNTS,
    ),
    "ZeroInflated, all": (
        "ZeroInflated",
        {"gate": 1.0, "base": Pair("Poisson", {"rate": 2.0})},
        [0],
    ),
    "ZeroInflated, none": (
        "ZeroInflated",
        {"gate": 0.0, "base": Pair("Poisson", {"rate": 2.0})},
        [0],
    ),
    "Hurdle": ("Hurdle", {"gate": 0.4, "base": Pair("Poisson", {"rate": 1e-300})}, [0, 1, 2]),
    "Hurdle, all": ("Hurdle", {"gate": 1.0, "base": Pair("Poisson", {"rate": 2.0})}, [0, 1]),
}


def slopes(name: str) -> list[torch.Tensor]:
    """By each parameter that is a real, of the sum of the values that are possible."""
    family, given, points = EDGES[name]
    tensors = {
        key: torch.tensor(value, requires_grad=True)
        for key, value in given.items()
        if not isinstance(value, Pair)
    }
    log_density = Pair(family, {**given, **tensors}).pyro().log_prob(torch.tensor(points))
    total = log_density[torch.isfinite(log_density)].sum()
    return list(torch.autograd.grad(total, list(tensors.values()), materialize_grads=True))


@pytest.mark.parametrize("name", EDGES)
def test_values_are_numpyros(name: str) -> None:
    family, given, points = EDGES[name]
    pair = Pair(family, {k: np.asarray(v) if isinstance(v, float) else v for k, v in given.items()})
    ours = pair.pyro().log_prob(torch.tensor(points)).numpy()
    theirs = np.asarray(pair.numpyro().log_prob(jnp.asarray(points)))
    assert not np.isnan(ours).any()
    is_finite = np.isfinite(theirs)
    np.testing.assert_array_equal(ours[~is_finite], theirs[~is_finite])
    assert agrees(ours[is_finite], theirs[is_finite], 1e-9)


@pytest.mark.parametrize("name", [name for name in EDGES if "inf" not in name])
def test_no_slope_is_nan(name: str) -> None:
    assert all(not torch.isnan(slope).any() for slope in slopes(name))


@pytest.mark.parametrize(
    ("family", "name", "ends", "others"),
    [
        (Bernoulli, "probs", (0, 1), {}),
        (Binomial, "probs", (0, 7), {"total_count": torch.tensor([7, 7, 7])}),
        (Geometric, "probs", (None, 0), {}),
    ],
)
def test_certain_draws_at_the_edges(family: Any, name: str, ends: Any, others: Any) -> None:
    p = torch.tensor([0.0, 0.3, 1.0], requires_grad=True)
    built = AtEdges(family, name, p, *ends, **others)
    values = torch.arange(9)[:, None]
    found = built.log_prob(values)
    for certain, place in zip(ends, (0, 2), strict=True):
        if certain is not None:
            wanted = torch.where(values[:, 0] == certain, 0.0, -torch.inf)
            assert torch.equal(found[:, place].detach(), wanted)
    inside = family(**{name: p[1]}, **{k: v[1] for k, v in others.items()})
    assert torch.equal(found[:, 1], inside.log_prob(values[:, 0]))
    (slope,) = torch.autograd.grad(found[torch.isfinite(found)][:2].sum(), p)
    assert slope[2] == 0.0
    assert ends[0] is None or slope[0] == 0.0


def test_a_bound_that_is_inferred_leaves_values_outside_without_mass() -> None:
    high = torch.tensor(1.0, requires_grad=True)
    found = WithinSupport(Uniform(0.0, high)).log_prob(torch.tensor([0.5, 2.0]))
    assert found.tolist() == [0.0, -INF]
    (slope,) = torch.autograd.grad(found[1], high)
    assert slope == 0.0


@pytest.mark.parametrize("value", [-1.0, 0.5, 1.5])
def test_mixture_slopes_are_finite_where_a_component_has_no_mass(value: float) -> None:
    share, shape, high = (torch.tensor(x, requires_grad=True) for x in (0.3, 2.0, 1.0))
    weights = torch.stack([1.0 - share, share, 0.0 * share])
    parts = [dist.Normal(0.0, 1.0), dist.Gamma(shape, 1.0), Uniform(0.0, high)]
    found = Mixture(weights, parts).log_prob(torch.tensor(value))
    by = torch.autograd.grad(found, (share, shape, high))
    assert all(bool(torch.isfinite(slope)) for slope in by)
    if value < 0:
        wanted = np.log(0.7) + dist.Normal(0.0, 1.0).log_prob(torch.tensor(value))
        assert found.item() == pytest.approx(wanted.item(), rel=1e-12)


def test_slopes_of_categories_far_from_their_cutpoints() -> None:
    eta = torch.tensor(90.0, requires_grad=True)
    found = OrderedLogistic(eta, torch.tensor([0.0, 1.0])).log_prob(torch.arange(3))
    by = [float(torch.autograd.grad(part, eta, retain_graph=True)[0]) for part in found]
    assert agrees(by, [-1.0, -1.0, 0.0], 1e-12)
