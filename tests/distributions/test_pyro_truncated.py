"""Truncation in torch: tails, masses between bounds, slopes and draws, as NumPyro's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import pyro
import pyro.distributions as dist
import pytest
import torch
from distribution_cases.judging import agrees, follows
from distribution_cases.pairs import Pair, load_tails
from distribution_cases.random_pairs import PAIRS
from scipy import stats

from gendsl.backends.numpyro.distributions import log_tails as numpyro_tails
from gendsl.backends.numpyro.distributions.truncated import Truncated as NumPyroTruncated
from gendsl.backends.pyro.distributions import log_tails as pyro_tails
from gendsl.backends.pyro.distributions.truncated import Truncated
from gendsl.distributions.table import FAMILIES

WITH_TAILS = [pair for pair in PAIRS if pair.row.has_cdf]

for _row in FAMILIES.values():
    for _backend in ("numpyro", "pyro"):
        load_tails(_row, _backend)


@pytest.fixture(autouse=True)
def _doubles_in_torch() -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    with pyro.validation_enabled(False), numpyro.validation_enabled(False):
        yield
    torch.set_default_dtype(before)


@pytest.mark.sweep(4)
@pytest.mark.parametrize("pair", WITH_TAILS, ids=lambda pair: pair.label)
def test_truncated_densities_and_slopes_are_numpyros(pair: Pair) -> None:
    """Inside, at the bounds and outside; slopes by parameters, of real numbers by all the rest."""
    rng, at = np.random.default_rng(1), pair.reals()
    x = np.array(pair.numpyro().sample(jax.random.key(4))).astype(float)
    width = 1.0 if pair.row.is_discrete else 0.3 * np.abs(x) + 1e-3
    low = x - width * rng.integers(0, 3, x.shape)
    high = x + width * rng.integers(1, 3, x.shape)
    x[::10] = high[::10] + 1.0

    def theirs(at: Any, low: Any, high: Any, x: Any) -> Any:
        base = pair.moved(dict(zip(pair.reals(), at, strict=True))).numpyro()
        value = NumPyroTruncated(base, low, high).log_prob(x)
        return jnp.where(jnp.isfinite(value), value, 0.0).sum(), value

    given = [[jnp.asarray(v) for v in at.values()], *map(jnp.asarray, (low, high, x))]
    slope = jax.jit(jax.grad(theirs, (0, 1, 2, 3), has_aux=True))
    (by, *by_ends), value = slope(*given)

    tensors = {path: torch.tensor(v, requires_grad=True) for path, v in at.items()}
    ends = [torch.tensor(v, requires_grad=True) for v in (low, high, x)]
    found = Truncated(pair.moved(tensors).pyro(), ends[0], ends[1]).log_prob(ends[2])
    is_inside = torch.isfinite(found)
    np.testing.assert_array_equal(is_inside, np.isfinite(value))
    assert not is_inside[::10].any()
    assert agrees(found.detach()[is_inside], np.asarray(value)[is_inside.numpy()], 1e-9)
    slopes = torch.autograd.grad(
        torch.where(is_inside, found, 0.0).sum(), [*tensors.values(), *ends], materialize_grads=True
    )
    references = [*by, *by_ends][: len(by) if pair.row.is_discrete else None]
    for ours, reference in zip(slopes, references, strict=False):
        assert agrees(ours, reference, 1e-9)


FAR: dict[str, tuple[str, tuple[float, ...], float, float]] = {
    "normal": ("Normal", (0.0, 1.0), 40.0, np.inf),
    "normal, left": ("Normal", (1.0, 2.0), -np.inf, -25.0),
    "normal between": ("Normal", (0.0, 1.0), 30.0, 31.0),
    "log-normal": ("LogNormal", (0.0, 1.0), 3e6, np.inf),
    "half normal": ("HalfNormal", (1.0,), 25.0, np.inf),
    "t": ("StudentT", (2.0, 0.0, 1.0), 1e6, np.inf),
    "t, left": ("StudentT", (2.0, 0.0, 1.0), -np.inf, -1e6),
    "half t": ("HalfStudentT", (2.0, 1.0), 1e6, np.inf),
    "cauchy": ("Cauchy", (0.0, 1.0), 1e8, np.inf),
    "exponential": ("Exponential", (2.0,), 700.0, np.inf),
    "exponential near 0": ("Exponential", (2.0,), 0.0, 1e-12),
    "weibull": ("Weibull", (2.0, 3.0), 40.0, np.inf),
    "pareto": ("Pareto", (1.0, 3.0), 1e90, np.inf),
    "gumbel": ("Gumbel", (0.0, 1.0), 60.0, np.inf),
    "logistic": ("Logistic", (0.0, 1.0), 800.0, np.inf),
    "laplace": ("Laplace", (0.0, 1.0), 800.0, 801.0),
    "gamma": ("Gamma", (5.0, 1.0), 1500.0, np.inf),
    "gamma, left": ("Gamma", (50.0, 1.0), 0.0, 1e-8),
    "inverse gamma": ("InverseGamma", (5.0, 1.0), 0.0, 1 / 1500),
    "beta": ("Beta", (60.0, 3.0), 0.0, 1e-7),
    "beta, right": ("Beta", (3.0, 60.0), 1 - 2.0**-23, 1.0),
    "ex-gaussian": ("ExGaussian", (0.0, 1.0, 0.5), 300.0, np.inf),
    "poisson": ("Poisson", (3.0,), 400.0, np.inf),
    "binomial": ("Binomial", (500, 0.01), 300.0, np.inf),
    "negative binomial": ("NegativeBinomial", (3.0, 1e12), 200.0, np.inf),
}


@pytest.mark.parametrize("name", FAR)
def test_far_tails_keep_their_precision(name: str) -> None:
    family, given, low, high = FAR[name]
    names = [p.name for p in FAMILIES[family].forms[0].parameters]
    pair = Pair(family, {n: np.asarray(v) for n, v in zip(names, given, strict=True)})
    wanted = float(numpyro_tails.log_interval(pair.numpyro(), low, high))
    base = pair.pyro()
    assert float(pyro_tails.log_interval(base, low, high)) == pytest.approx(wanted, rel=1e-10)
    assert -1e5 < wanted < -10.0
    at = [torch.tensor(end, requires_grad=True) for end in (low, high)]
    slopes = torch.autograd.grad(pyro_tails.log_interval(base, *at), at, materialize_grads=True)
    assert all(bool(torch.isfinite(slope)) for slope in slopes)


@pytest.mark.statistical
@pytest.mark.parametrize("name", ["normal", "normal between", "t, left", "gamma", "beta, right"])
def test_draws_of_a_far_tail_follow_it(name: str) -> None:
    family, given, low, high = FAR[name]
    names = [p.name for p in FAMILIES[family].forms[0].parameters]
    base = Pair(family, dict(zip(names, given, strict=True))).pyro()
    built = Truncated(base, low if np.isfinite(low) else None, high if np.isfinite(high) else None)
    torch.manual_seed(1)
    draws = built.sample(torch.Size((2000,)))
    assert bool(((draws >= low) & (draws <= high)).all())
    uniform = built.cdf(draws).numpy()
    assert follows(uniform, stats.uniform(), is_discrete=False)
    assert not follows(0.9 * uniform, stats.uniform(), is_discrete=False)


@pytest.mark.statistical
def test_discrete_draws_follow_the_law() -> None:
    base = Pair("NegativeBinomial", {"mean": 2.0, "dispersion": 0.7}).pyro()
    built = Truncated(base, low=1, high=30)
    torch.manual_seed(5)
    draws = built.sample(torch.Size((20_000,)))
    assert draws.dtype == torch.int64
    values = torch.arange(1, 31)
    masses = torch.exp(built.log_prob(values)).numpy()
    assert masses.sum() == pytest.approx(1.0, rel=1e-10)
    reference = stats.rv_discrete(values=(values.numpy(), masses / masses.sum()))
    assert follows(draws.numpy(), reference, is_discrete=True)
    assert not follows(draws.clamp(min=2).numpy(), reference, is_discrete=True)


def test_supports_follow_the_narrower_of_the_bounds() -> None:
    support = Truncated(dist.Gamma(2.0, 1.0), high=3.0).support
    assert (float(support.lower_bound), float(support.upper_bound)) == (0.0, 3.0)
    assert float(Truncated(dist.Normal(0.0, 1.0), low=1.5).support.lower_bound) == 1.5
    counts = Truncated(Pair("Poisson", {"rate": 2.0}).pyro(), low=0.5).support
    assert counts.is_discrete
    assert counts.check(torch.tensor([0, 1, 2])).tolist() == [False, True, True]
