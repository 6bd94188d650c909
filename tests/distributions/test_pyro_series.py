"""Series, joint supports and summed-out states in torch: NumPyro's densities, slopes and draws."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as theirs
import pyro
import pyro.distributions as ours
import pytest
import torch
from distribution_cases.judging import agrees, follows
from scipy import stats

from gendsl.backends.numpyro.distributions import convolve as numpyro_convolve
from gendsl.backends.numpyro.distributions import lagged as numpyro_lagged
from gendsl.backends.numpyro.distributions import latest as numpyro_latest
from gendsl.backends.numpyro.distributions import ordered as numpyro_ordered
from gendsl.backends.numpyro.distributions import recurrent as numpyro_recurrent
from gendsl.backends.numpyro.distributions import sum_to_zero as numpyro_sum_to_zero
from gendsl.backends.numpyro.distributions import summed_out_chains as numpyro_chains
from gendsl.backends.numpyro.distributions.summed_out import Hidden as NumPyroHidden
from gendsl.backends.numpyro.distributions.summed_out import Table as NumPyroTable
from gendsl.backends.pyro.distributions import convolve as pyro_convolve
from gendsl.backends.pyro.distributions import lagged as pyro_lagged
from gendsl.backends.pyro.distributions import latest as pyro_latest
from gendsl.backends.pyro.distributions import ordered as pyro_ordered
from gendsl.backends.pyro.distributions import recurrent as pyro_recurrent
from gendsl.backends.pyro.distributions import sum_to_zero as pyro_sum_to_zero
from gendsl.backends.pyro.distributions import summed_out_chains as pyro_chains
from gendsl.backends.pyro.distributions.log_sums import log_sum
from gendsl.backends.pyro.distributions.restricted import Restricted
from gendsl.backends.pyro.distributions.summed_out import Hidden, Table

RNG = np.random.default_rng(6)


@pytest.fixture(autouse=True)
def _doubles_in_torch() -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    with pyro.validation_enabled(False), numpyro.validation_enabled(False):
        yield
    torch.set_default_dtype(before)


def numpys(value: Any) -> Any:
    return np.asarray(value.detach() if isinstance(value, torch.Tensor) else value)


def check(theirs_of: Any, ours_of: Any, *arrays: Any) -> None:
    """Values, and slopes of a weighted sum along each array."""

    def weights(value: Any) -> Any:
        return np.cos(np.arange(np.prod(value.shape))).reshape(value.shape)

    wanted = theirs_of(*map(jnp.asarray, arrays))
    slope = jax.grad(lambda *a: (weights(wanted) * theirs_of(*a)).sum(), tuple(range(len(arrays))))(
        *map(jnp.asarray, arrays)
    )
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    found = ours_of(*tensors)
    assert tuple(found.shape) == tuple(wanted.shape)
    assert agrees(numpys(found), wanted, 1e-9)
    total = (torch.tensor(weights(found)) * found).sum()
    slopes = torch.autograd.grad(total, tensors, materialize_grads=True)
    for our_slope, their_slope in zip(slopes, slope, strict=True):
        assert agrees(our_slope, their_slope, 1e-9)


# --- series -----------------------------------------------------------------------------------

T, J = 9, 2


def test_convolutions_and_windows_of_the_past() -> None:
    x, w = RNG.normal(size=(T, J)), RNG.normal(size=4)
    check(numpyro_convolve.convolve, pyro_convolve.convolve, x, w)
    check(numpyro_convolve.convolve, pyro_convolve.convolve, x[:, 0], np.concatenate([w] * 4))
    long = RNG.normal(size=(600, J))
    check(numpyro_convolve.convolve, pyro_convolve.convolve, long, RNG.normal(size=700))
    for first, last, start in ((1, 3, 0), (2, 2, 4), (1, 12, 0), (0, 2, 2)):
        check(
            lambda x, a=(first, last, start): numpyro_lagged.lagged(x, *a),
            lambda x, a=(first, last, start): pyro_lagged.lagged(x, *a),
            x,
        )
    for count in (0, 3, 12):
        check(
            lambda x, n=count: numpyro_latest.latest(x, n),
            lambda x, n=count: pyro_latest.latest(x, n),
            x,
        )


def series(module: Any, dist: Any, lags: int, before: Any, axis: int) -> Any:
    """The log density of an autoregression, as a function of it, its coefficient and inputs."""

    def at(x: Any, phi: Any, inputs: Any) -> Any:
        def step(*past: Any) -> Any:
            *past, row, scale = past
            return dist.StudentT(4.0, phi * past[0] - 0.2 * past[-1] + row, scale)

        scale = inputs[:, 0] ** 2 + 0.5
        start = dist.Normal(inputs[:2, :1], 1.0).expand([2, J])
        starts = [start] if before is None else []
        rest = inputs[2:], scale[2:]
        built = module.Recurrent(starts, step, T, lags=lags, inputs=rest, before=before, axis=axis)
        return built.log_prob_by_position(x)

    return at


@pytest.mark.parametrize(
    ("lags", "has_before", "axis"), [(1, False, 0), (2, False, 1), (2, True, 0)]
)
def test_a_series_scores_as_numpyros(lags: int, has_before: bool, axis: int) -> None:
    count = T - 2 if has_before else T
    x = RNG.normal(size=(count, J) if axis == 0 else (J, count))
    before = RNG.normal(size=(2, J)) if has_before else None
    check(
        series(
            numpyro_recurrent, theirs, lags, None if before is None else jnp.asarray(before), axis
        ),
        series(pyro_recurrent, ours, lags, None if before is None else torch.tensor(before), axis),
        x,
        np.array([0.4, -0.3]),
        RNG.normal(size=(T, J)),
    )


def walk(length: int = 30) -> Any:
    start = ours.Normal(torch.zeros(1), 1.0)
    return pyro_recurrent.Recurrent([start], lambda x: ours.Normal(0.8 * x, 0.6), length)


@pytest.mark.statistical
def test_draws_of_a_series_are_stationary() -> None:
    torch.manual_seed(2)
    draws = walk().sample(torch.Size((3000,)))
    assert tuple(draws.shape) == (3000, 30)
    assert follows(draws[:, -1].numpy(), stats.norm(0, 1), is_discrete=False)
    assert not follows(draws[:, -1].numpy(), stats.norm(0, 1.3), is_discrete=False)
    both = (draws[:, 20] - 0.8 * draws[:, 19]).numpy()
    assert follows(both, stats.norm(0, 0.6), is_discrete=False)


def test_known_entries_of_a_series_stay() -> None:
    value = torch.tensor(RNG.normal(size=30))
    is_known = torch.arange(30) < 12
    torch.manual_seed(1)
    drawn = walk().sample_unknown(value, is_known)
    assert torch.equal(drawn[:12], value[:12])
    assert not (drawn[12:] == value[12:]).any()


def test_a_series_of_its_start_alone_and_its_support() -> None:
    built = pyro_recurrent.Recurrent([ours.Gamma(2.0, 1.0).expand([3])], lambda x: None, 3)
    x = torch.tensor([0.4, 2.0, 1.0])
    assert built.log_prob(x).item() == pytest.approx(ours.Gamma(2.0, 1.0).log_prob(x).sum().item())
    assert built.support.check(x)
    assert not built.support.check(-x)


# --- joint supports ---------------------------------------------------------------------------


def test_order_statistics_and_sums_to_zero_score_as_numpyros() -> None:
    x = np.sort(RNG.normal(size=(4, 3)))
    loc, scale = RNG.normal(size=3), np.exp(RNG.normal(size=3))

    def in_order(module: Any, dist: Any) -> Any:
        def at(x: Any, loc: Any, scale: Any) -> Any:
            base = dist.Normal(loc[0], scale[0]).expand([4, 3]).to_event(1)
            return module.Ordered(base).log_prob(x)

        return at

    check(in_order(numpyro_ordered, theirs), in_order(pyro_ordered, ours), x, loc, scale)
    check(
        lambda x, a, b: numpyro_sum_to_zero.SumToZero(theirs.Normal(a, b).to_event(1)).log_prob(x),
        lambda x, a, b: pyro_sum_to_zero.SumToZero(ours.Normal(a, b).to_event(1)).log_prob(x),
        x - x.mean(-1, keepdims=True), loc, scale,
    )  # fmt: skip


@pytest.mark.statistical
def test_draws_on_joint_supports() -> None:
    torch.manual_seed(4)
    base = ours.Normal(0.3, 1.5).expand([2]).to_event(1)
    draws = pyro_ordered.Ordered(base).sample(torch.Size((20_000,)))
    assert (draws.diff(dim=-1) >= 0).all()
    greatest = stats.norm(0.3, 1.5).cdf(draws[:, 1].numpy()) ** 2
    assert follows(greatest, stats.uniform(), is_discrete=False)
    built = pyro_sum_to_zero.SumToZero(ours.Normal(0.0, torch.tensor([1.0, 2.0])).to_event(1))
    draws = built.sample(torch.Size((20_000,)))
    assert draws.sum(-1).abs().max() < 1e-12
    spread = np.sqrt(1.0 - 1.0 / 5.0)  # of x given x + y = 0
    assert follows(draws[:, 0].numpy(), stats.norm(0, spread), is_discrete=False)
    assert not follows(1.1 * draws[:, 0].numpy(), stats.norm(0, spread), is_discrete=False)


def test_restricted_says_that_it_cannot_be_drawn() -> None:
    base = ours.Normal(0.0, 1.0).expand([3]).to_event(1)
    built = Restricted(base, ours.constraints.simplex)
    assert not built.can_sample
    assert built.support is ours.constraints.simplex
    x = torch.tensor([0.2, 0.3, 0.5])
    assert torch.equal(built.log_prob(x), base.log_prob(x))


# --- states that are summed out ---------------------------------------------------------------


def summed(chains: Any, hidden: Any, table: Any, length: int, lags: int) -> Any:
    """Log probability of chains of 3 states in 2 groups, as a function of its tables' arrays."""

    def build(*logs: Any) -> Any:
        sites = [hidden("z", 3, "g t", [2, length], least=1, along="t")]
        tables = [
            table(logs[0], "g t z"),
            table(logs[1], "t z-1 z", since=1),
            *([table(logs[2], "z-2 z-1 z", since=2)] if lags == 2 else []),
        ]
        return chains.SummedOutChains(sites, tables, plates="g")

    return build


def chain_logs(length: int, lags: int) -> list[Any]:
    shapes = [(2, length, 3), (length - 1, 3, 3), *([(3, 3, 3)] if lags == 2 else [])]
    return [RNG.normal(size=shape) for shape in shapes]


@pytest.mark.parametrize(("length", "lags"), [(2, 1), (7, 1), (40, 1), (6, 2)])
def test_summed_chains_are_numpyros(length: int, lags: int) -> None:
    logs = chain_logs(length, lags)
    theirs_of = summed(numpyro_chains, NumPyroHidden, NumPyroTable, length, lags)
    ours_of = summed(pyro_chains, Hidden, Table, length, lags)
    check(lambda *a: theirs_of(*a).log_prob(), lambda *a: ours_of(*a).log_prob(), *logs)
    built, other = ours_of(*map(torch.tensor, logs)), theirs_of(*map(jnp.asarray, logs))
    assert agrees(built.probabilities()["z"], other.probabilities()["z"], 1e-9)
    np.testing.assert_array_equal(built.most_probable()["z"], other.most_probable()["z"])
    assert built.most_probable()["z"].min() >= 1


def test_pairs_and_single_steps_give_the_same_sum() -> None:
    logs = [torch.tensor(x) for x in chain_logs(11, 1)]
    built = summed(pyro_chains, Hidden, Table, 11, 1)(*logs)
    inside = [built._product(table, ("g", "t")) for table in built.tables]
    chain = pyro_chains.Chain(built, ("z",), inside, log_sum)
    assert chain.can_be_paired
    assert agrees(chain.paired(), chain.forward(), 1e-12)


def test_sites_in_plates_are_numpyros_and_by_hand() -> None:
    arrays = RNG.normal(size=(4, 3)), RNG.normal(size=(4, 3, 2)), RNG.normal(size=2)

    def build(chains: Any, hidden: Any, table: Any, index: Any) -> Any:
        def of(a: Any, b: Any, c: Any) -> Any:
            sites = [hidden("z", 3, "row", [4]), hidden("w", 2, "g", [2])]
            tables = [table(a, "row z"), table(b, "row z w"), table(c, "w")]
            return chains.SummedOutChains(sites, tables, within=[("row", "g", index, 2)])

        return of

    ours_of = build(pyro_chains, Hidden, Table, torch.tensor([0, 1, 1, 0]))
    theirs_of = build(numpyro_chains, NumPyroHidden, NumPyroTable, jnp.array([0, 1, 1, 0]))
    check(lambda *x: theirs_of(*x).log_prob(), lambda *x: ours_of(*x).log_prob(), *arrays)
    a, b, c = arrays
    total = 0.0
    for w in itertools.product(range(2), repeat=2):
        of_rows = [np.log(np.exp(a[i] + b[i, :, w[g]]).sum()) for i, g in enumerate((0, 1, 1, 0))]
        total += np.exp(sum(of_rows) + sum(c[state] for state in w))
    built = ours_of(*map(torch.tensor, arrays))
    assert built.log_prob().item() == pytest.approx(np.log(total), rel=1e-12)


@pytest.mark.statistical
@pytest.mark.parametrize("length", [3, 6])
def test_joint_draws_follow_the_posterior(length: int) -> None:
    logs = [torch.tensor(x) for x in chain_logs(length, 1)]
    built = summed(pyro_chains, Hidden, Table, length, 1)(*logs)
    torch.manual_seed(3)
    draws = torch.stack([built.draw()["z"] for _ in range(1500)]) - 1
    masses = built.probabilities()["z"]
    for group, t in itertools.product(range(2), (0, length - 1)):
        counts = torch.bincount(draws[:, group, t], minlength=3).numpy()
        wanted = masses[group, t].numpy()
        p = stats.chisquare(counts, 1500 * wanted / wanted.sum()).pvalue
        assert p > 1e-5
        assert stats.chisquare(np.roll(counts, 1), 1500 * wanted / wanted.sum()).pvalue < 1e-5
    pairs = 3 * draws[:, 0, 0] + draws[:, 0, 1]
    assert torch.bincount(pairs, minlength=9).count_nonzero() > 3


def test_impossible_states_leave_no_nan() -> None:
    logs = [torch.tensor(x) for x in chain_logs(5, 1)]
    logs[0][0, 2] = -torch.inf
    logs[0][1, :, 0] = -torch.inf
    logs = [log.requires_grad_() for log in logs]
    built = summed(pyro_chains, Hidden, Table, 5, 1)(*logs)
    found = built.log_prob()
    assert found[0] == -torch.inf
    assert torch.isfinite(found[1])
    for slope in torch.autograd.grad(found[1] + torch.where(found[0] > 0, found[0], 0.0), logs):
        assert not slope.isnan().any()
    nothing = torch.full((2, 3), -torch.inf, requires_grad=True)
    total = log_sum(nothing, (-1,))
    (slope,) = torch.autograd.grad(total.clamp(min=-1.0).sum(), nothing)
    assert (total == -torch.inf).all()
    assert (slope == 0.0).all()
