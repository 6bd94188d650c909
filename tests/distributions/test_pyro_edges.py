"""Edges of supports and of parameters in torch: the values of NumPyro's, and no slope is NaN."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jax
import numpy as np
import numpyro
import pyro
import pyro.distributions as dist
import pytest
import torch
from distribution_cases.judging import agrees
from distribution_cases.pairs import Pair, event_size
from numpy.typing import NDArray
from test_pyro_density import both

from gendsl.backends.pyro.distributions.at_edges import AtEdges
from gendsl.backends.pyro.distributions.bernoulli import Bernoulli
from gendsl.backends.pyro.distributions.binomial import Binomial
from gendsl.backends.pyro.distributions.geometric import Geometric
from gendsl.backends.pyro.distributions.mixture import Mixture
from gendsl.backends.pyro.distributions.ordered_logistic import OrderedLogistic
from gendsl.backends.pyro.distributions.uniform import Uniform
from gendsl.backends.pyro.distributions.within_support import WithinSupport
from gendsl.distributions.table import FAMILIES

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
FAR_VECTORS = [[0.0, 0.0, 0.0], [30.0, -300.0, 1e8], [1e-9, 1e-20, 1e-300]]
SKEWED = np.array([[1e-4, 0.0, 0.0], [1.0, 1.0, 0.0], [-1e3, 3.0, 1e4]])
TIED = np.array([[1.0, 0.0, 0.0], [1.0 - 1e-9, np.sqrt(2e-9 - 1e-18), 0.0], [0.0, 0.6, 0.8]])
"""A root of a covariance whose entries are far apart, and one of a correlation of nearly 1."""
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
    "Gumbel": ("Gumbel", {"loc": 0.3, "scale": 1.2}, [-300.0, -30.0, 30.0, 300.0, 1e8]),
    "ChiSquared": ("ChiSquared", {"df": 3.0}, POSITIVE),
    "BetaProportion": (
        "BetaProportion",
        {"mean": 0.3, "concentration": 2.0},
        [1e-300, 1e-12, 0.5, 1 - 1e-15],
    ),
    "Multinomial": (
        "Multinomial",
        {"n": 9.0, "p": np.array([0.0, 1e-30, 1.0])},
        [[0, 0, 9], [0, 1, 8], [1, 0, 8]],
    ),
    "Multinomial, logit": (
        "Multinomial",
        {"n": 9.0, "logit": np.array([-INF, 0.0, 800.0])},
        [[0, 0, 9], [0, 1, 8], [1, 0, 8]],
    ),
    "DirichletMultinomial": (
        "DirichletMultinomial",
        {"n": 9.0, "concentration": np.array([1e-5, 1.0, 1e9])},
        [[0, 0, 9], [0, 1, 8], [1, 0, 8]],
    ),
    "Dirichlet": (
        "Dirichlet",
        {"concentration": np.array([0.4, 1.0, 2.5])},
        [[1e-300, 0.5, 0.5], [1e-12, 1e-12, 1 - 2e-12], [1 - 2e-12, 1e-12, 1e-12]],
    ),
    "MultiNormal": ("MultiNormal", {"loc": np.zeros(3), "cholesky": SKEWED}, FAR_VECTORS),
    "MultiNormal, covariance": (
        "MultiNormal",
        {"loc": np.zeros(3), "covariance": SKEWED @ SKEWED.T},
        FAR_VECTORS,
    ),
    "MultiStudentT": (
        "MultiStudentT",
        {"df": 3.0, "loc": np.zeros(3), "cholesky": SKEWED},
        FAR_VECTORS,
    ),
    "GaussianRandomWalk": ("GaussianRandomWalk", {"scale": 1e-6}, FAR_VECTORS),
    "LKJ": ("LKJ", {"concentration": 0.4}, [TIED @ TIED.T, np.eye(3)]),
    "LKJCholesky": ("LKJCholesky", {"concentration": 0.4}, [TIED, np.eye(3)]),
    "Wishart": (
        "Wishart",
        {"df": 3.5, "scale": np.diag([1e-6, 1.0, 1e6])},
        [np.diag([1e-9, 1.0, 1e9]), SKEWED @ SKEWED.T],
    ),
    "InverseWishart": (
        "InverseWishart",
        {"df": 3.5, "scale": np.diag([1e-6, 1.0, 1e6])},
        [np.diag([1e-9, 1.0, 1e9]), SKEWED @ SKEWED.T],
    ),
    "Mixture": (
        "Mixture",
        {
            "weights": np.array([0.0, 1e-30, 1.0]),
            "component": Pair(
                "Normal", {"loc": np.array([0.0, 1.0, 2.0]), "scale": np.array([1.0, 0.1, 3.0])}
            ),
        },
        REALS[1:-1],
    ),
    "Censored": (
        "Censored",
        {"base": Pair("Normal", {"loc": 0.3, "scale": 1.2}), "lower": 40.0, "upper": 50.0},
        [40.0, 45.0, 50.0],
    ),
}


def edge(name: str) -> tuple[Pair, NDArray[Any]]:
    """The values at which a row is looked at, and the distribution, once for each of them."""
    family, given, points = EDGES[name]
    return Pair(family, _repeated(given, len(points))), np.array(points)


def _repeated(given: Mapping[str, Any], count: int) -> dict[str, Any]:
    return {
        key: Pair(value.family, _repeated(value.arguments, count))
        if isinstance(value, Pair)
        else np.array(np.broadcast_to(value, (count, *np.shape(value))))
        for key, value in given.items()
    }


def possible(pair: Pair, points: NDArray[Any]) -> NDArray[Any]:
    """Which of the points have a density."""
    found = pair.pyro(event_size(pair, points)).log_prob(torch.tensor(points))
    return torch.isfinite(found).numpy()


def at_possible(name: str) -> tuple[Pair, NDArray[Any]]:
    """The same without the points that have no density."""
    pair, points = edge(name)
    is_possible = possible(pair, points)
    return pair.moved({path: v[is_possible] for path, v in pair.reals().items()}), points[
        is_possible
    ]


def test_every_row_has_an_edge() -> None:
    assert FAMILIES.keys() - {family for family, _, _ in EDGES.values()} == {"Flat"}


@pytest.mark.parametrize("name", EDGES)
def test_values_are_numpyros(name: str) -> None:
    pair, points = edge(name)
    size = event_size(pair, points)
    ours = pair.pyro(size).log_prob(torch.tensor(points)).numpy()
    theirs = np.asarray(jax.jit(lambda x: pair.numpyro(size).log_prob(x))(points))
    assert not np.isnan(ours).any()
    is_finite = np.isfinite(theirs)
    np.testing.assert_array_equal(ours[~is_finite], theirs[~is_finite])
    assert agrees(ours[is_finite], theirs[is_finite], 1e-9)


@pytest.mark.parametrize("name", EDGES)
def test_no_slope_is_nan(name: str) -> None:
    pair, points = at_possible(name)
    tensors = {path: torch.tensor(v, requires_grad=True) for path, v in pair.reals().items()}
    log_density = pair.moved(tensors).pyro(event_size(pair, points)).log_prob(torch.tensor(points))
    by = torch.autograd.grad(log_density.sum(), list(tensors.values()), materialize_grads=True)
    assert not any(torch.isnan(slope).any() for slope in by)


@pytest.mark.slow
@pytest.mark.parametrize("name", EDGES)
def test_slopes_are_numpyros(name: str) -> None:
    """By each parameter and by the value, at each point; infinite ones too."""
    pair, points = at_possible(name)
    for theirs, ours in zip(*both(pair, points, event_size(pair, points)), strict=True):
        theirs, ours = np.asarray(theirs), np.asarray(ours)
        is_same = theirs == ours
        assert agrees(np.where(is_same, 0.0, ours), np.where(is_same, 0.0, theirs), 1e-9)


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
