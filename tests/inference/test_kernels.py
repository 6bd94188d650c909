"""One contract for every kernel: exact draws stay exact, sites stay put, parameters stand still."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from inference_cases import densities, joint, lattice
from inference_cases.laws import (
    check_acceptance,
    check_chunks,
    check_exactness,
    check_involution,
    check_length,
    check_others_stay,
    check_parameters_stand,
    check_transport,
)
from inference_cases.mutants import BEND, DENSE, LONG, ONE

from gendsl.inference import Info, Nuts, Params, State
from gendsl.inference.adaptation import StepAndScale
from gendsl.inference.chain_sampler import ChainSampler
from gendsl.inference.combinators import (
    Location,
    Normal,
    Pushed,
    correct,
    independence,
    involutive,
    on,
    palindrome,
    seq,
    through,
)
from gendsl.inference.kernels import (
    Barker,
    Chees,
    EllipticalSlice,
    Gibbs,
    Hmc,
    Mala,
    RandomWalk,
    Slice,
    elliptical_slice,
    parallel_tempering,
)
from gendsl.inference.kernels.chees import van_der_corput
from gendsl.inference.low_rank_metric import LowRank
from gendsl.inference.randomness import Stream

_JOINT = joint.JOINT
_ELLIPSE_ON_B = on(_JOINT, ["b"], elliptical_slice())
_WIDE = Location(np.array([0.3, -0.1]), np.array([[1.3, 0.0], [0.5, 1.2]]))
_STRETCH = involutive(_JOINT, joint.LogFactor(), joint.stretch)
_BENT = through(_JOINT, joint.Bent(), Mala, BEND)

STRETCHED = LowRank(np.array([1.0, 0.6]), np.array([[0.6], [0.8]]), np.array([0.7]))

EXACT: dict[str, tuple[Any, ...]] = {
    "nuts": (Nuts(_JOINT, 4), DENSE),
    "nuts of low rank": (Nuts(_JOINT, 4), Params(np.float64(0.7), STRETCHED)),
    "hmc": (Hmc(_JOINT, 4), DENSE),
    "chees": (Chees(_JOINT), LONG),
    "random walk": (RandomWalk(_JOINT), DENSE),
    "mala": (Mala(_JOINT), DENSE),
    "barker": (Barker(_JOINT), DENSE),
    "slice": (Slice(_JOINT, 2, is_random=True), DENSE),
    "elliptical slice": (EllipticalSlice(_JOINT, joint.prior), ()),
    "elliptical slice of another Gaussian": (EllipticalSlice(_JOINT, joint.wide), ()),
    "palindrome": (palindrome(on(_JOINT, ["a"], RandomWalk), _ELLIPSE_ON_B), ((ONE,), ((),))),
    "correct": (correct(_JOINT, joint.Langevin()), np.float64(0.7)),
    "independence": (independence(_JOINT, Normal()), _WIDE),
    "independence of a transport": (independence(_JOINT, Pushed(joint.Bent())), BEND),
    "involutive": (_STRETCH, np.float64(0.7)),
    "parallel tempering": (
        parallel_tempering(_JOINT, (1.0, 0.0), RandomWalk),
        ((DENSE, DENSE), ()),
        2,
    ),
}


@pytest.mark.sweep(2)
@pytest.mark.statistical
@pytest.mark.parametrize("name", EXACT)
def test_exact_draws_stay_exact(name: str) -> None:
    check_exactness(*EXACT[name])


@pytest.mark.statistical
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_transport_keeps_the_target(seed: int) -> None:
    theta = joint.bends(seed)
    check_transport(joint.Bent(), theta, np.random.default_rng(seed).normal(size=(3, 2)))
    check_exactness(_BENT, (theta, DENSE))


def test_involutions_are_their_own_inverse() -> None:
    generator = np.random.default_rng(8)
    points = [(generator.normal(size=2), generator.normal(size=1)) for _ in range(5)]
    check_involution(_STRETCH, None, (), points)
    for position, factor in points:
        log_det = float(_STRETCH.log_determinant(None, (), position, factor))
        assert log_det == pytest.approx(2.0 * factor[0])


@pytest.mark.parametrize(
    ("kernel", "params"), [(on(_JOINT, ["b"], Mala), (ONE,)), (_ELLIPSE_ON_B, ((),))]
)
def test_other_sites_stay_bit_for_bit(kernel: Any, params: Any) -> None:
    check_others_stay(kernel, params, np.array([0.5, -0.3]), [1])


RUN: dict[str, Any] = {
    "hmc": Hmc(_JOINT, 3),
    "chees": Chees(_JOINT),
    "composed": seq(through(_JOINT, joint.Bent(), RandomWalk, BEND), on(_JOINT, ["b"], Slice)),
    "parallel tempering": parallel_tempering(_JOINT, (1.0, 0.3), RandomWalk),
}


@pytest.mark.parametrize("name", RUN)
def test_sampler_keeps_its_parameters_and_its_draws(name: str) -> None:
    kernel, data = RUN[name], np.array([0.5, -0.3])
    starts = np.random.default_rng(9).normal(size=(3, kernel.target.size))
    check_parameters_stand(ChainSampler(kernel, 40), data, starts)
    check_chunks(ChainSampler(kernel, 40), data, starts)


_HMC, _DENSE_WALK = partial(Hmc, num_steps=8), partial(RandomWalk, is_dense=True)


@pytest.mark.statistical
@pytest.mark.parametrize("make", [_HMC, Mala, Barker, _DENSE_WALK])
def test_warm_up_reaches_the_acceptance_rate_on_a_normal(make: Any) -> None:
    kernel = make(densities.normal(10))
    check_acceptance(kernel, kernel.adaptation.wanted, densities.UNEQUAL)


@pytest.mark.statistical
@pytest.mark.parametrize("make", [_HMC, Mala, Barker, RandomWalk])
def test_warm_up_reaches_the_acceptance_rate_on_eight_schools(make: Any) -> None:
    kernel = make(densities.SCHOOLS)
    check_acceptance(kernel, kernel.adaptation.wanted, densities.SCHOOLS_DATA)


@pytest.mark.statistical
def test_chees_finds_the_length_that_is_best_for_a_normal() -> None:
    check_length(Chees(densities.normal(10), 0.99))


def test_van_der_corput_reverses_the_digits() -> None:
    index = jnp.arange(2**10 - 1, dtype=jnp.uint32)
    for dtype in (np.float32, np.float64):
        points = np.asarray(van_der_corput(index, dtype))
        assert points.dtype == dtype
        np.testing.assert_allclose(points[:5], [0.5, 0.25, 0.75, 0.125, 0.625], atol=1e-6)
        np.testing.assert_allclose(np.sort(points), np.arange(1, 2**10) / 2**10, atol=1e-6)
        assert np.all((points > 0) & (points < 1))


@pytest.mark.parametrize("is_dense", [False, True])
def test_steps_keep_their_length_where_the_metric_changes(*, is_dense: bool) -> None:
    adaptation = StepAndScale(3, 0.5, is_dense, start=0.2)
    learnt, _ = adaptation.init(np.float64)
    sd = np.array([0.001, 1.0, 40.0])
    for draw in np.random.default_rng(10).normal(size=(60, 3)) * sd:
        state = State(draw, -draw / sd**2, jnp.zeros(()))
        info = Info(jnp.asarray(0.5), jnp.ones(()), jnp.zeros(()))
        learnt = adaptation.update(learnt, info, state, jnp.asarray(True))
    learnt = jax.tree.map(lambda leaf: leaf[None], learnt)
    before = np.array([0.01, 3.0, 5.0])
    scale = np.diag(before) if is_dense else before
    after, scale = adaptation.pool(learnt, scale, is_last=False)
    root = np.asarray(scale) if is_dense else np.diag(scale)
    np.testing.assert_allclose(np.diagonal(root), sd, rtol=0.15)
    length = np.sqrt(np.mean(np.linalg.norm(np.linalg.solve(root, np.diag(before)), axis=0) ** 2))
    assert float(np.exp(after.step.log_step[0])) == pytest.approx(0.2 * length)
    last, same = adaptation.pool(after, scale, is_last=True)
    assert same is scale
    np.testing.assert_array_equal(last.step.log_step, after.step.log_average)


@pytest.mark.parametrize("name", EXACT)
def test_states_keep_their_types_in_single_precision(name: str) -> None:
    kernel, params, *_ = EXACT[name]
    jax.config.update("jax_enable_x64", False)
    params = jax.tree.map(jnp.asarray, params)
    stream = Stream(jnp.zeros(2, jnp.uint32), jnp.zeros((), jnp.uint32))
    data, position = jnp.zeros(2), jnp.zeros(kernel.target.size)
    before = jax.eval_shape(kernel.init, data, position)
    after, info = jax.eval_shape(kernel.step, data, params, stream, before)
    assert jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), after) == jax.tree.map(
        lambda leaf: (leaf.shape, leaf.dtype), before
    )
    types = [leaf.dtype for leaf in info[:3]]
    assert types == [jnp.float32, jnp.int32, jnp.int32]


def test_kernels_that_differ_in_given_parameters_share_programs() -> None:
    one, other = (through(_JOINT, joint.Bent(), Mala, joint.bends(seed)) for seed in (1, 2))
    assert one == other
    assert hash(one) == hash(other)
    assert one != through(_JOINT, joint.Bent(), RandomWalk, joint.bends(1))


def test_gibbs_finds_the_shares_of_discrete_values() -> None:
    sampler = ChainSampler(Gibbs(lattice.COUNTS), 0)
    carry = sampler.init(None, 5, np.zeros((4, 2)))
    _, drawn, _ = sampler.chunk(None, carry, 2000)
    heights = np.array([float(lattice.COUNTS.log_density(None, at)) for at in lattice.COUNTED])
    share = np.exp(heights) / np.exp(heights).sum()
    counts = [np.mean(np.all(drawn == at, axis=-1)) for at in lattice.COUNTED]
    # Five standard errors of 8000 draws that lose at most nine tenths to autocorrelation.
    np.testing.assert_allclose(counts, share, atol=5.0 * 0.5 / np.sqrt(800))
