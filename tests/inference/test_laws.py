"""The laws of kernels and combinators, by enumeration: K1, K2, and the laws of trees."""

import jax.numpy as jnp
import numpy as np
import pytest
from inference_cases import lattice
from inference_cases.enumeration import outcomes
from inference_cases.laws import check_invariance, check_trees

from gendsl.inference import Nuts
from gendsl.inference.combinators import mix, on, palindrome, repeat, seq
from gendsl.inference.kernels import (
    Barker,
    Chees,
    EllipticalSlice,
    Gibbs,
    Hmc,
    Mala,
    RandomWalk,
    Slice,
    replicated,
)
from gendsl.inference.local import Place
from gendsl.inference.metropolis import accept
from gendsl.inference.transport import pullback


@pytest.mark.sweep(2)
@pytest.mark.parametrize("name", lattice.CASES)
def test_kernel_keeps_its_target_for_every_outcome(name: str) -> None:
    check_invariance(lattice.CASES[name]())


@pytest.mark.parametrize(
    ("kind", "heights", "grids"),
    [
        (lattice.RingNuts, np.log([1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 1.0]), lattice.SHALLOW),
        (lattice.RingNuts, np.zeros(11), lattice.DEEP),
        (lattice.KnotNuts, np.log([1.0, 2.0, 2.0, 1.0, 1, 2, 1, 1, 2, 2, 1]), lattice.SHALLOW),
        (lattice.KnotNuts, np.zeros(11), lattice.DEEP),
    ],
)
def test_trees_keep_their_target_for_every_outcome(kind, heights, grids) -> None:
    check_trees(kind, heights, grids)


def test_enumeration_has_all_outcomes_with_their_probabilities() -> None:
    def rolled(draws) -> tuple[int, bool]:
        for_die, for_coin = draws.parts(2)
        die = int(for_die.choose(jnp.log(jnp.asarray([1.0, 0.0, 3.0]))))
        return die, die == 2 and bool(for_coin.coin(jnp.log(0.25)))

    found = {made: chance for chance, made in outcomes(rolled)}
    assert found == pytest.approx({(0, False): 0.25, (2, False): 0.5625, (2, True): 0.1875})
    with pytest.raises(AssertionError, match="one draw"):
        list(outcomes(lambda draws: (draws.coin(jnp.zeros(())), draws.coin(jnp.zeros(())))))


@pytest.mark.parametrize("height", [np.nan, np.inf, np.finfo(float).min])
def test_proposals_without_a_density_are_never_taken(height: float) -> None:
    here, there = (Place(jnp.full(1, k), jnp.asarray(h)) for k, h in ((0.0, -1.0), (1.0, height)))
    for ratio in (there.log_density - here.log_density, jnp.asarray(1.0), jnp.asarray(np.nan)):
        ends = list(outcomes(lambda draws, by=ratio: accept(draws, by, there, here)))
        assert [float(state.position[0]) for _, (state, _) in ends] == [0.0]
        assert float(ends[0][1][1]) == 0.0


@pytest.mark.parametrize(
    "make", [RandomWalk, Slice, EllipticalSlice, Hmc, Chees, Mala, Barker, Nuts]
)
def test_kernels_of_real_numbers_refuse_discrete_sites(make) -> None:
    with pytest.raises(ValueError, match=r"can't move k"):
        on(lattice.JOINT, ["k"], make)


def test_compositions_that_break_the_laws_are_refused() -> None:
    walk, other = RandomWalk(lattice.PLAIN), RandomWalk(lattice.JOINT.restrict(["x"]))
    for compose in (seq, palindrome, lambda *kernels: mix([1] * len(kernels), *kernels)):
        with pytest.raises(ValueError, match="one target"):
            compose(walk, other)
        with pytest.raises(ValueError, match="at least one kernel"):
            compose()
    for weights in ([1, -1], [1, 0], [1, np.inf], [1, np.nan]):
        with pytest.raises(ValueError, match="positive"):
            mix(weights, walk, walk)
    with pytest.raises(TypeError):
        mix([1, lambda state: state.position[0]], walk, walk)
    with pytest.raises(ValueError, match="at least once"):
        repeat(walk, 0)
    with pytest.raises(ValueError, match="no site is called"):
        on(lattice.JOINT, ["nobody"], RandomWalk)
    with pytest.raises(ValueError, match="discrete site"):
        Gibbs(lattice.LINE)
    with pytest.raises(ValueError, match="can't move k"):
        pullback(lattice.JOINT, lattice.Affine())
    for betas in ([1.0], [0.9, 0.1], [1.0, 0.5, 0.5], [1.0, -0.1]):
        with pytest.raises(ValueError, match="betas"):
            replicated(lattice.LINE, betas)
    with pytest.raises(ValueError, match="between 0 and 1"):
        Chees(lattice.PLAIN, 1.0)
    for wrong in (
        lambda: Hmc(lattice.PLAIN, 0),
        lambda: Chees(lattice.PLAIN, max_steps=0),
        lambda: Slice(lattice.PLAIN, 0),
    ):
        with pytest.raises(ValueError, match="at least one"):
            wrong()
