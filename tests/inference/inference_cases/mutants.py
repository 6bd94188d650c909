"""The table of mutants: what is wrong, which law has to reject it, and what that is called with.

The kernels, combinators and samplers with one thing wrong each are in ``wrong.py`` and, for trees,
``broken.py``; the laws in ``laws.py``. ``tests/inference/test_mutants.py`` makes every call.
"""

from collections.abc import Callable
from dataclasses import fields
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from gendsl.inference import Kernel, Params
from gendsl.inference.combinators import Pushed, independence, involutive, on, through
from gendsl.inference.kernels import RandomWalk, Replicas
from gendsl.inference.trajectory_length import CheesParams
from inference_cases import joint, lattice, laws
from inference_cases.densities import SCHOOLS, SCHOOLS_DATA, UNEQUAL, normal
from inference_cases.lattice import Case
from inference_cases.wrong import (
    AdaptsForever,
    BarkerLooksBack,
    BarkerUncorrected,
    BentWithoutJacobian,
    CheesDescends,
    CheesFlipped,
    CheesLengthByState,
    CheesWithoutKinetic,
    CheesWithoutShare,
    CorrectFlipped,
    CorrectUncorrected,
    EllipseHalfBracket,
    EllipsePriorTwice,
    GibbsAtOnce,
    GibbsOfPrior,
    GibbsTilted,
    HmcFlipped,
    HmcMissingHalfStep,
    HmcRestless,
    HmcWithoutKinetic,
    InvolutiveWithoutJacobian,
    LeaningWithoutDensity,
    MalaFlipped,
    MalaUncorrected,
    MixByState,
    OnForgetsOthers,
    OnMovesOthers,
    OnSkipsRefresh,
    RepeatSameDraws,
    SameDrawsEachChunk,
    SeqClaimsReversible,
    SeqStale,
    SliceLeftFirst,
    SliceLevelTooLow,
    SliceWithoutShrinkCheck,
    SwapsFlipped,
    SwapsWithoutBetas,
    ThroughInnerDensity,
    TreeFlippedEnergy,
    TreeLastLeaf,
    TreeNoAcceptance,
    TreeOneHalf,
    VariedByState,
    WalkFlipped,
    WalkRestless,
    WalkStale,
    WalkTakesAll,
    step_and_go_on,
)


def _as(kind: type, kernel: Any) -> Any:
    """Return a ``kind`` with the fields of ``kernel``."""
    return kind(*(getattr(kernel, each.name) for each in fields(kernel)))


class Mutant(NamedTuple):
    """What is wrong, which law is to catch it, and the call that has to raise."""

    wrong: str
    law: Callable[..., Any]
    arguments: Callable[[], tuple[Any, ...]]


def _case(name: str, kind: type) -> Callable[[], tuple[Case]]:
    def made() -> tuple[Case]:
        case = lattice.CASES[name]()
        return (case._replace(kernel=_as(kind, case.kernel)),)

    return made


def _wrong_case(name: str, **changes: Any) -> Callable[[], tuple[Case]]:
    return lambda: (lattice.CASES[name]()._replace(**changes),)


def _kernel(kernel: Kernel[Any, Any], params: Any) -> Callable[[], tuple[Any, Any]]:
    return lambda: (kernel, params)


DENSE = Params(np.float64(0.7), np.array([[1.0, 0.4], [-0.3, 0.8]]))
LONG = CheesParams(np.float64(0.4), np.array([[1.0, 0.0], [-0.3, 0.8]]), np.float64(1.5))
NARROW = Params(np.float64(0.5), np.ones(2))
ONE = Params(np.float64(0.8), np.ones(1))
SHORT = DENSE._replace(step_size=np.float64(0.4))
WIDE = Params(np.float64(1.0), np.ones(2))
BEND = joint.bends(1)
STRONG = (joint.MEAN, joint.ROOT, np.array([1.2, 1.2]))
_WEIGHTS = np.log([1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 1.0])
_WALKED = on(joint.JOINT, ["b"], RandomWalk)
_STARTS = np.random.default_rng(6).normal(size=(3, 2))
_DATA = np.array([0.5, -0.3])


def _trees(kind: type) -> Callable[[], tuple[Any, ...]]:
    return lambda: (kind, _WEIGHTS, lattice.SHALLOW)


MUTANTS: dict[str, Mutant] = {
    "walk takes all": Mutant(
        "every proposal is taken", laws.check_invariance, _case("random walk", WalkTakesAll)
    ),
    "walk flipped": Mutant(
        "the sign of the acceptance ratio",
        laws.check_invariance,
        _case("random walk", WalkFlipped),
    ),
    "walk stale": Mutant(
        "the cached log density after a move",
        laws.check_invariance,
        _case("random walk", WalkStale),
    ),
    "barker uncorrected": Mutant(
        "no proposal ratio", laws.check_invariance, _case("barker", BarkerUncorrected)
    ),
    "barker looks back": Mutant(
        "the reverse proposal's gradient is the old one",
        laws.check_invariance,
        _case("barker", BarkerLooksBack),
    ),
    "gibbs of prior": Mutant(
        "the conditional leaves out the likelihood",
        laws.check_invariance,
        _case("gibbs", GibbsOfPrior),
    ),
    "gibbs at once": Mutant(
        "all coordinates are drawn given the old ones",
        laws.check_invariance,
        _case("gibbs of two", GibbsAtOnce),
    ),
    "gibbs tilted": Mutant(
        "one value of one site weighs too little",
        laws.check_invariance,
        _case("gibbs at random", GibbsTilted),
    ),
    "hmc flipped": Mutant(
        "the sign of the potential", laws.check_invariance, _case("hmc", HmcFlipped)
    ),
    "chees flipped": Mutant(
        "the sign of the potential", laws.check_invariance, _case("chees", CheesFlipped)
    ),
    "chees length by state": Mutant(
        "the number of steps looks at the state",
        laws.check_invariance,
        _case("chees", CheesLengthByState),
    ),
    "chees without kinetic": Mutant(
        "the ratio leaves out the kinetic energy",
        laws.check_exactness,
        _kernel(CheesWithoutKinetic(joint.JOINT), LONG),
    ),
    "chees descends": Mutant(
        "the sign of the criterion's derivative",
        laws.check_length,
        lambda: (CheesDescends(normal(10), 0.99),),
    ),
    "chees without share": Mutant(
        "the derivative leaves out by how much the end moves",
        laws.check_length,
        lambda: (CheesWithoutShare(normal(10), 0.99),),
    ),
    "correct uncorrected": Mutant(
        "no proposal ratio", laws.check_invariance, _case("correct", CorrectUncorrected)
    ),
    "correct flipped": Mutant(
        "the proposal ratio upside down", laws.check_invariance, _case("correct", CorrectFlipped)
    ),
    "independence uncorrected": Mutant(
        "no proposal ratio", laws.check_invariance, _case("independence", CorrectUncorrected)
    ),
    "involutive without auxiliary": Mutant(
        "no ratio of the auxiliary's densities",
        laws.check_invariance,
        _wrong_case(
            "involutive",
            kernel=involutive(lattice.LINE, LeaningWithoutDensity(), lattice.step_and_return),
        ),
    ),
    "not an involution": Mutant(
        "the map is not its own inverse",
        laws.check_involution,
        lambda: (
            involutive(lattice.LINE, lattice.Leaning(), step_and_go_on),
            None,
            (),
            [(jnp.ones(1), jnp.ones(1))],
        ),
    ),
    "swaps flipped": Mutant(
        "the sign of the swap ratio", laws.check_invariance, _case("swaps of two", SwapsFlipped)
    ),
    "swaps without betas": Mutant(
        "the swap ratio leaves out the temperatures",
        laws.check_invariance,
        _case("swaps", SwapsWithoutBetas),
    ),
    "replicas all cold": Mutant(
        "every replica moves at the first temperature",
        laws.check_invariance,
        lambda: (
            lattice.CASES["replicas"]()._replace(
                kernel=Replicas(
                    lattice.CASES["replicas"]().kernel.target,
                    (1.0, 1.0),
                    RandomWalk(lattice.LINE.temper()),
                )
            ),
        ),
    ),
    "through inner density": Mutant(
        "the cached log density is that of the inner coordinates",
        laws.check_invariance,
        _case("through", ThroughInnerDensity),
    ),
    "mix by state": Mutant(
        "weights look at a site that the parts move",
        laws.check_invariance,
        _case("mix", MixByState),
    ),
    "varied by state": Mutant(
        "the multiple of the step size looks at the state",
        laws.check_invariance,
        _case("varied", VariedByState),
    ),
    "seq claims reversible": Mutant(
        "a fact that is not true",
        laws.check_invariance,
        _case("seq", SeqClaimsReversible),
    ),
    "seq stale": Mutant(
        "the second part starts with the log density before the first",
        laws.check_invariance,
        lambda: (
            Case(
                SeqStale((RandomWalk(lattice.LINE),) * 2, (0, 1)),
                (lattice.UNIT,) * 2,
                lattice.POINTS,
            ),
        ),
    ),
    "repeat same draws": Mutant(
        "both times draw the same numbers", laws.check_invariance, _case("repeat", RepeatSameDraws)
    ),
    "on forgets others": Mutant(
        "the conditional is given wrong values of the others",
        laws.check_invariance,
        _case("on", OnForgetsOthers),
    ),
    "on moves others": Mutant(
        "the other sites change in the last bit",
        laws.check_others_stay,
        lambda: (_as(OnMovesOthers, _WALKED), (ONE,), _DATA, [1]),
    ),
    "on skips refresh": Mutant(
        "the joint log density is not computed anew",
        laws.check_others_stay,
        lambda: (_as(OnSkipsRefresh, _WALKED), (ONE,), _DATA, [1]),
    ),
    "tree last leaf": Mutant("the newest leaf is taken", laws.check_trees, _trees(TreeLastLeaf)),
    "tree no acceptance": Mutant(
        "every doubling is moved to", laws.check_trees, _trees(TreeNoAcceptance)
    ),
    "tree flipped energy": Mutant(
        "the sign of the starting potential", laws.check_trees, _trees(TreeFlippedEnergy)
    ),
    "tree one half": Mutant(
        "only one half is judged with the first leaf of the other",
        laws.check_trees,
        lambda: (TreeOneHalf, np.zeros(11), lattice.DEEP),
    ),
    "hmc without kinetic": Mutant(
        "the ratio leaves out the kinetic energy",
        laws.check_exactness,
        _kernel(HmcWithoutKinetic(joint.JOINT, 4), SHORT),
    ),
    "hmc missing half step": Mutant(
        "the last half step of the momentum",
        laws.check_exactness,
        _kernel(HmcMissingHalfStep(joint.JOINT, 1), WIDE),
    ),
    "mala uncorrected": Mutant(
        "no proposal ratio",
        laws.check_exactness,
        _kernel(MalaUncorrected(joint.JOINT), DENSE),
    ),
    "mala flipped": Mutant(
        "the proposal ratio upside down",
        laws.check_exactness,
        _kernel(MalaFlipped(joint.JOINT), DENSE),
    ),
    "slice without shrink check": Mutant(
        "the first point of the interval is taken",
        laws.check_exactness,
        _kernel(SliceWithoutShrinkCheck(joint.JOINT, 2), DENSE),
    ),
    "slice level too low": Mutant(
        "the level is not uniform below the density",
        laws.check_exactness,
        _kernel(SliceLevelTooLow(joint.JOINT, 2), DENSE),
    ),
    "slice left first": Mutant(
        "the steps are not shared at random between the ends",
        laws.check_exactness,
        _kernel(SliceLeftFirst(joint.JOINT, 3), NARROW),
    ),
    "ellipse half bracket": Mutant(
        "the bracket ends at the state and not beyond",
        laws.check_exactness,
        _kernel(EllipseHalfBracket(joint.JOINT, joint.prior), ()),
    ),
    "ellipse prior twice": Mutant(
        "the level counts the prior too",
        laws.check_exactness,
        _kernel(EllipsePriorTwice(joint.JOINT, joint.prior), ()),
    ),
    "involutive without jacobian": Mutant(
        "no log determinant",
        laws.check_exactness,
        lambda: (
            _as(
                InvolutiveWithoutJacobian,
                involutive(joint.JOINT, joint.LogFactor(), joint.stretch),
            ),
            np.float64(0.7),
        ),
    ),
    "through without jacobian": Mutant(
        "no log determinant",
        laws.check_exactness,
        _kernel(through(joint.JOINT, BentWithoutJacobian(), RandomWalk, ()), (STRONG, WIDE)),
    ),
    "independence without jacobian": Mutant(
        "no log determinant in the proposal's density",
        laws.check_exactness,
        _kernel(independence(joint.JOINT, Pushed(BentWithoutJacobian())), STRONG),
    ),
    "transport without jacobian": Mutant(
        "no log determinant",
        laws.check_transport,
        lambda: (BentWithoutJacobian(), BEND, _STARTS),
    ),
    "hmc restless": Mutant(
        "the gain of the step size is that of dual averaging",
        laws.check_acceptance,
        lambda: (HmcRestless(SCHOOLS, 8), 0.8, SCHOOLS_DATA),
    ),
    "walk restless": Mutant(
        "the gain of the step size is that of dual averaging",
        laws.check_acceptance,
        lambda: (WalkRestless(normal(10)), 0.234, UNEQUAL),
    ),
    "adapts forever": Mutant(
        "adaptation goes on while sampling",
        laws.check_parameters_stand,
        lambda: (AdaptsForever(_WALKED, 40), _DATA, _STARTS),
    ),
    "same draws each chunk": Mutant(
        "every chunk draws the same numbers",
        laws.check_chunks,
        lambda: (SameDrawsEachChunk(_WALKED, 40), _DATA, _STARTS),
    ),
}
