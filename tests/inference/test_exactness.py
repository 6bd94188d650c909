"""Law K1: exact draws stay exact draws under the kernel, for fixed parameters.

Thousands of independent exact draws each make a few transitions; the results are again
independent, so two-sample tests against fresh exact draws need no Monte Carlo error.
"""

from functools import partial

import jax
import numpy as np
import pytest
from inference_cases import broken, densities
from inference_cases.judging import FALSE_ALARM, worst_marginal

from gendsl.inference import Nuts, Params, State
from gendsl.inference.randomness import Stream

pytestmark = pytest.mark.statistical

_COUNT = 20_000
_TRANSITIONS = 2


@partial(jax.jit, static_argnames="kernel")
def _move(kernel: Nuts, data, params: Params, words, positions):
    def one(words, position):
        state = kernel.init(data, position)
        spent = 0
        for transition in range(_TRANSITIONS):
            stream = Stream(words, np.uint32(transition))
            state, info = kernel.step(data, params, stream, state)
            spent = spent + info.num_gradients
        return state, spent

    return jax.vmap(one)(words, positions)


def _banana_case() -> tuple:
    generator = np.random.default_rng(11)
    exact = densities.banana_draws(generator, 2 * _COUNT)
    # Larger than adaptation would choose, so that weights matter, yet not all rejected.
    params = Params(np.float64(0.45), np.array([1.0, 1.3]))
    return densities.BANANA, None, params, exact[:_COUNT], exact[_COUNT:]


def _normal_case() -> tuple:
    generator = np.random.default_rng(12)
    data = {"mean": np.array([1.0, -2.0, 0.0]), "sd": np.array([1.0, 3.0, 0.2])}
    exact = data["mean"] + data["sd"] * generator.standard_normal((2 * _COUNT, 3))
    params = Params(np.float64(1.3), np.array([1.0, 3.0, 0.25]))
    return densities.normal(3), data, params, exact[:_COUNT], exact[_COUNT:]


def _dense_banana_case() -> tuple:
    target, data, _, start, fresh = _banana_case()
    # Not symmetric, so that a transpose in the wrong place shows.
    params = Params(np.float64(0.45), np.array([[1.0, 0.9], [-0.4, 1.1]]))
    return target, data, params, start, fresh


def _dense_normal_case() -> tuple:
    # More coordinates than are multiplied term by term.
    size = 34
    generator = np.random.default_rng(14)
    data = {"mean": np.zeros(size), "sd": np.ones(size)}
    exact = generator.standard_normal((2 * _COUNT, size))
    root = np.linalg.qr(generator.standard_normal((size, size)))[0] * np.linspace(0.5, 1.5, size)
    return (
        densities.normal(size),
        data,
        Params(np.float64(1.1), root),
        exact[:_COUNT],
        exact[_COUNT:],
    )


def _p_value(case: tuple, kernel: type[Nuts], max_depth: int = 10) -> float:
    target, data, params, start, fresh = case
    words = np.random.default_rng(13).integers(2**32, size=(_COUNT, 2), dtype=np.uint32)
    state, _ = _move(kernel(target, max_depth), data, params, words, start)
    moved = np.asarray(state.position)

    def statistics(draws: np.ndarray) -> np.ndarray:
        products = draws[:, :1] * draws[:, 1:]
        return np.concatenate([draws, np.abs(draws - draws.mean(0)), products], axis=1)

    return worst_marginal(statistics(moved), statistics(fresh))


@pytest.mark.parametrize("case", [_banana_case, _normal_case])
@pytest.mark.parametrize("max_depth", [2, 10])
def test_kernel_keeps_its_target(case, max_depth: int) -> None:
    assert _p_value(case(), Nuts, max_depth) > FALSE_ALARM


@pytest.mark.slow
@pytest.mark.parametrize(
    "kernel",
    [
        broken.AlwaysLastLeaf,
        pytest.param(broken.NoAcceptance, marks=pytest.mark.slow),
        broken.MissingHalfStep,
        pytest.param(broken.FlippedEnergy, marks=pytest.mark.slow),
        pytest.param(broken.StaleLogDensity, marks=pytest.mark.slow),
        pytest.param(broken.SmallMomentum, marks=pytest.mark.slow),
    ],
)
def test_broken_kernels_are_caught(kernel: type[Nuts]) -> None:
    p_values = [_p_value(case(), kernel) for case in (_banana_case, _normal_case)]
    assert min(p_values) < FALSE_ALARM / len(p_values)


@pytest.mark.parametrize(("case", "max_depth"), [(_dense_banana_case, 10), (_dense_normal_case, 3)])
def test_dense_kernel_keeps_its_target(case, max_depth: int) -> None:
    assert _p_value(case(), Nuts, max_depth) > FALSE_ALARM


def test_a_broken_dense_kernel_is_caught() -> None:
    target, data, params, start, fresh = _normal_case()
    # Not diagonal, and not symmetric.
    root = np.diag(params.scale) @ np.array([[1.0, 0.3, 0.0], [-0.4, 1.1, 0.2], [0.1, 0.0, 0.9]])
    case = (target, data, params._replace(scale=root), start, fresh)
    assert _p_value(case, broken.MissingHalfStep) < FALSE_ALARM


def _energy_error(kernel: Nuts, num_steps: int) -> float:
    """Return by how much the energy changes over a time of one unit, in ``num_steps`` steps."""
    root = np.array([[1.0, 0.9], [-0.4, 1.1]])
    params = Params(np.float64(1.0 / num_steps), root)
    state = kernel.init(None, np.array([0.8, -0.5]))
    stream = Stream(np.zeros(2, np.uint32), np.uint32(0))
    tree = kernel.begin(params, stream, state, np.array([0.3, 1.2]))
    edge, log_density = tree.front, state.log_density
    leapfrog = jax.jit(lambda edge: kernel.leapfrog(None, params, edge))
    for _ in range(num_steps):
        edge, log_density = leapfrog(edge)
    energy = 0.5 * np.sum(np.square(edge.momentum)) - log_density
    np.testing.assert_allclose(root @ edge.moved, edge.position - state.position)
    return float(abs(energy - tree.initial_energy))


@pytest.mark.parametrize(("kernel", "is_right"), [(Nuts, True), (broken.UntransposedRoot, False)])
def test_the_energy_error_falls_with_the_square_of_the_step(
    kernel: type[Nuts], *, is_right: bool
) -> None:
    """A wrong pull leaves the target alone, as the step is still reversible: only this shows it."""
    coarse, fine = (_energy_error(kernel(densities.BANANA), steps) for steps in (64, 128))
    assert (abs(coarse / fine - 4.0) < 0.5) == is_right


def test_a_diagonal_matrix_moves_as_its_diagonal() -> None:
    target, data, params, start, _ = _normal_case()
    words = np.random.default_rng(15).integers(2**32, size=(_COUNT, 2), dtype=np.uint32)
    kernel = Nuts(target, 10)
    matrix = params._replace(scale=np.diag(params.scale))
    diagonal, spent = _move(kernel, data, params, words, start)
    dense, spent_dense = _move(kernel, data, matrix, words, start)
    np.testing.assert_array_equal(spent, spent_dense)
    np.testing.assert_allclose(dense.position, diagonal.position, atol=1e-10)


def test_refresh_restores_the_caches() -> None:
    kernel = Nuts(densities.BANANA)
    state = kernel.init(None, np.array([0.3, -0.4]))
    moved = State(np.array([1.0, 2.0]), state.gradient, state.log_density)
    fresh = kernel.refresh(None, moved)
    np.testing.assert_allclose(fresh.log_density, -0.5 - 0.5 * 4.0)
    np.testing.assert_allclose(fresh.gradient, [-1.0 + 2.0 * 1.0 / 0.25, -4.0])
