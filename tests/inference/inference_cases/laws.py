"""The laws of kernels as functions: each raises an ``AssertionError`` where one is broken."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference import Kernel, Params
from gendsl.inference.chain_sampler import ChainSampler
from inference_cases import joint
from inference_cases.densities import UNEQUAL
from inference_cases.enumeration import log_densities, transition_matrix
from inference_cases.judging import FALSE_ALARM, worst_marginal
from inference_cases.lattice import KNOTS, TREES, Case, Grid, KnotNuts, RingNuts, Scripted, tables
from inference_cases.quick import Quick

COUNT = 10_000
MOVES = 3
ACCEPTANCE_ERROR = 0.09


def check_invariance(case: Case) -> None:
    """Laws K1 and K2: ``pi P = pi``, and detailed balance where the facts say so, to 1e-12."""
    matrix = transition_matrix(case.kernel, case.data, case.params, case.states)
    _check_matrix(
        matrix,
        log_densities(case.kernel.target, case.data, case.states),
        is_reversible=case.kernel.facts.is_reversible,
    )


def _check_matrix(matrix: np.ndarray, heights: np.ndarray, *, is_reversible: bool) -> None:
    share = np.exp(heights - heights.max())
    share /= share.sum()
    assert np.max(np.abs(matrix.sum(1) - 1.0)) < 1e-12
    assert np.max(np.abs(share @ matrix - share)) < 1e-12
    flow = share[:, None] * matrix
    assert (np.max(np.abs(flow - flow.T)) < 1e-12) == is_reversible


@partial(jax.jit, static_argnames="kernel")
def _tree_ends(kernel: RingNuts, data: Any, start: Any, momentum: Any, table: Any) -> jax.Array:
    params = Params(jnp.ones(()), jnp.ones(kernel.target.size))

    def one(start: Any, momentum: Any, table: Any) -> jax.Array:
        state = kernel.init(data, start)
        return kernel.step(data, params, Scripted(momentum, table), state)[0].position[-1]

    over_tables = jax.vmap(one, (None, None, 0))
    over_momenta = jax.vmap(over_tables, (None, 0, None))
    return jax.vmap(over_momenta, (0, None, None))(start, momentum, table)


def check_trees(kind: type[RingNuts], heights: np.ndarray, grids: tuple[Grid, ...]) -> None:
    """Law K1 for the trees of NUTS, on a ring, with ``heights`` the log density round it."""
    target = KNOTS if issubclass(kind, KnotNuts) else TREES
    kernel = kind(target, (len(grids) + 1).bit_length() - 1)
    count = len(heights)
    ends = _tree_ends(
        kernel,
        heights,
        kernel.starts(count),
        np.array([[-1.0], [1.0]]),
        tables(grids),
    )
    matrix = np.stack([np.bincount(row.astype(int).ravel(), minlength=count) for row in ends])
    assert np.count_nonzero(matrix) > 2 * count
    _check_matrix(matrix / matrix.sum(1, keepdims=True), heights, is_reversible=True)


@partial(jax.jit, static_argnames="kernel")
def _moved(kernel: Kernel[Any, Any], params: Any, data: Any, words: Any, starts: Any) -> Any:
    def one(words: Any, data: Any, start: Any) -> Any:
        def move(transition: Any, at: Any) -> Any:
            state, _ = at
            return kernel.step(data, params, Quick(words).part(transition), state)

        begin = kernel.init(data, start)
        _, info = jax.eval_shape(lambda: move(0, (begin, None)))
        nothing = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), info)
        state, info = jax.lax.fori_loop(0, MOVES, move, (begin, nothing))
        fresh = kernel.refresh(data, state)
        return state.position, state.log_density, fresh, info.acceptance_rate

    return jax.vmap(one)(words, data, starts)


def check_exactness(kernel: Kernel[Any, Any], params: Any, replicas: int = 1) -> float:
    """Exact draws in, exact draws out; and the cached log density is the right one.

    A case draws its parameters from the prior and its data from the likelihood, so the parameters
    are an exact draw given the data. The kernel moves them; both together must still be draws of
    the joint distribution. The chance of a false alarm is ``FALSE_ALARM``.
    """
    generator = np.random.default_rng(31)
    words = generator.integers(2**64, size=COUNT, dtype=np.uint64)
    start, data = joint.draws(generator, COUNT)
    fresh, fresh_data = joint.draws(generator, COUNT)
    others = [joint.draws(generator, COUNT)[0] for _ in range(2 * replicas - 2)]
    start = np.concatenate([start, *others[: replicas - 1]], axis=1)
    fresh = np.concatenate([fresh, *others[replicas - 1 :]], axis=1)
    position, log_density, refreshed, rate = _moved(kernel, params, data, words, start)
    np.testing.assert_allclose(log_density, refreshed.log_density, rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(position, refreshed.position)
    assert np.mean(np.any(np.asarray(position) != start, axis=1)) > 0.2
    p_value = worst_marginal(
        joint.statistics(np.asarray(position), data), joint.statistics(fresh, fresh_data)
    )
    assert p_value > FALSE_ALARM
    return float(np.mean(rate))


def check_others_stay(kernel: Kernel[Any, Any], params: Any, data: Any, moved: list[int]) -> None:
    """Law K3: coordinates not in ``moved`` stay bit for bit; refreshing changes nothing."""
    size = kernel.target.size
    starts = np.random.default_rng(32).normal(size=(500, size))
    words = np.random.default_rng(33).integers(2**64, size=500, dtype=np.uint64)
    rows = jax.tree.map(lambda leaf: np.broadcast_to(leaf, (500, *np.shape(leaf))), data)
    position, log_density, refreshed, _ = _moved(kernel, params, rows, words, starts)
    others = [place for place in range(size) if place not in moved]
    np.testing.assert_array_equal(np.asarray(position)[:, others], starts[:, others])
    assert np.mean(np.asarray(position)[:, moved] != starts[:, moved]) > 0.1
    np.testing.assert_allclose(log_density, refreshed.log_density, rtol=1e-9)


def check_parameters_stand(sampler: ChainSampler, data: Any, starts: np.ndarray) -> None:
    """Law K4: parameters change in warm-up, and not by a bit afterwards."""

    def fingerprint(carry: Any) -> bytes:
        leaves = jax.tree.leaves((carry.learnt, carry.shared))
        return b"".join(np.asarray(leaf).tobytes() for leaf in leaves)

    begun = sampler.init(data, 3, starts)
    warm, _, _ = sampler.chunk(data, begun, sampler.num_warmup)
    assert fingerprint(warm) != fingerprint(begun)
    after, _, _ = sampler.chunk(data, warm, 30)
    assert fingerprint(after) == fingerprint(warm)


def check_acceptance(kernel: Kernel[Any, Any], wanted: float, data: Any) -> None:
    """After 400 transitions of warm-up the mean acceptance rate is within 0.09 of the aim.

    Over 25 seeds the error had a standard deviation of at most 0.024 and a mean of at most 0.016,
    over Hamiltonian Monte Carlo, MALA, Barker's proposal and a random walk on the two targets of
    the tests, so the chance of a false alarm is below 1e-3 for each.
    """
    sampler = ChainSampler(kernel, 400)
    starts = np.random.default_rng(34).uniform(-2.0, 2.0, (16, kernel.target.size))
    warm, _, _ = sampler.chunk(data, sampler.init(data, 6, starts), 400)
    _, _, stats = sampler.chunk(data, warm, 300)
    assert abs(float(np.mean(stats.acceptance_rate)) - wanted) < ACCEPTANCE_ERROR


BEST_LENGTH = 2.2467
"""Where the criterion of a standard normal, ``1 - sin(2 T) / (2 T)``, has its maximum."""


def check_length(kernel: Any) -> None:
    """ChEES finds the length that is best for a normal, and its harmonic mean of acceptance.

    Where steps are short, trajectories of a normal are circles; the mean over the trajectory's
    share ``u`` of ``E (|z'|^2 - |z|^2)^2 = 4 dim sin(u T)^2`` is known. Over 10 seeds, aiming at
    0.99, the log of the length found lay 0.063 below the best one's, as a number of steps is
    rounded up, with a standard deviation of 0.02; the harmonic mean was off by less than 0.002. The
    chance of a false alarm is below 1e-5.
    """
    sampler = ChainSampler(kernel, 600)
    starts = np.random.default_rng(35).normal(size=(64, 10)) * UNEQUAL["sd"]
    warm, _, _ = sampler.chunk(UNEQUAL, sampler.init(UNEQUAL, 7, starts), 600)
    params = kernel.adaptation.params(warm.learnt, warm.shared)
    lengths = np.asarray(params.length)
    assert np.all(lengths == lengths[0])
    assert abs(np.log(lengths[0] / BEST_LENGTH)) < 0.17
    _, _, stats = sampler.chunk(UNEQUAL, warm, 300)
    assert np.all(np.asarray(stats.num_gradients) == np.asarray(stats.num_gradients)[:1])
    harmonic = 1.0 / np.mean(1.0 / np.maximum(stats.acceptance_rate, 1e-3), axis=0)
    assert abs(np.mean(harmonic) - kernel.wanted) < 0.03


def check_chunks(sampler: ChainSampler, data: Any, starts: np.ndarray) -> None:
    """Law R1: draws and all that was learnt are the same bit for bit, however they are cut."""
    carry = sampler.init(data, 4, starts)
    whole, expected, _ = sampler.chunk(data, carry, 60)
    pieces = []
    for length in (1, 7, 0, 30, 22):
        carry, drawn, _ = sampler.chunk(data, carry, length)
        pieces.append(drawn)
    np.testing.assert_array_equal(np.concatenate(pieces, axis=1), expected)
    jax.tree.map(np.testing.assert_array_equal, carry, whole)
    again, _, _ = sampler.chunk(data, sampler.init(data, 5, starts), 60)
    assert np.any(np.asarray(again.positions) != np.asarray(whole.positions))


def check_transport(transport: Any, theta: Any, points: np.ndarray) -> None:
    """Law T1: pulling undoes pushing; the log determinants are those of the Jacobians."""
    for point in points:
        pushed, log_det = transport.push(theta, point)
        back, back_det = transport.pull(theta, pushed)
        np.testing.assert_allclose(back, point, rtol=1e-9, atol=1e-9)
        jacobian = jax.jacfwd(lambda at: transport.push(theta, at)[0])(jnp.asarray(point))
        np.testing.assert_allclose(log_det, np.linalg.slogdet(jacobian)[1], rtol=1e-9)
        np.testing.assert_allclose(back_det, -log_det, rtol=1e-9)


def check_involution(kernel: Any, data: Any, params: Any, points: list[Any]) -> None:
    """Law K5: an involution done twice is nothing."""
    for position, auxiliary in points:
        assert float(kernel.deviation(data, params, position, auxiliary)) < 1e-9
