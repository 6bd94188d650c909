"""Heads of networks: densities that integrate to 1, and what follows from them by quadrature."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gendsl.inference.amortised import Bars, Categorical, Head, Joint, Mixture
from gendsl.inference.amortised.heads.continuous import tamed, units_of

_RNG = np.random.default_rng(5)
_PRIOR = _RNG.standard_t(5, 20_000)
CONTINUOUS: list[Head] = [Bars(20), Mixture(4)]
_GRID = np.concatenate([-np.geomspace(60, 6, 4000), np.linspace(-6, 6, 40_001)[1:-1],
                        np.geomspace(6, 60, 4000)])  # fmt: skip


def _distributions(head: Head) -> tuple[jax.Array, jax.Array]:
    """Three of the family: as it starts, and two that a network may ask for."""
    outputs = _RNG.normal(0.0, 1.0, (3, head.num_outputs)) * np.array([[0.0], [0.5], [1.0]])
    return jnp.asarray(head.reference(_PRIOR)), jnp.asarray(outputs, jnp.float32)


def _integral(values: np.ndarray) -> np.ndarray:
    return np.trapezoid(values, _GRID, axis=-1)


def check_density(head: Head) -> None:
    """Hold log density, cdf, mean and variance against quadrature of the density."""
    reference, outputs = _distributions(head)

    @jax.jit
    def all_of(outputs: jax.Array) -> tuple[jax.Array, ...]:
        places = jnp.asarray(_GRID, jnp.float32)
        row = outputs[:, None]
        return (
            jnp.exp(head.log_density(reference, row, places)),
            head.cdf(reference, row, places),
            head.mean(reference, outputs),
            head.variance(reference, outputs),
        )

    density, cdf, mean, variance = map(np.asarray, all_of(outputs))
    np.testing.assert_allclose(_integral(density), 1.0, atol=2e-3)
    steps = np.cumsum(0.5 * (density[:, 1:] + density[:, :-1]) * np.diff(_GRID), axis=1)
    np.testing.assert_allclose(cdf[:, 1:], steps + cdf[:, :1], atol=2e-3)
    assert (np.diff(cdf, axis=1) >= -1e-6).all()
    np.testing.assert_allclose(mean, _integral(density * _GRID), atol=1e-2)
    spread = _integral(density * (_GRID - mean[:, None]) ** 2)
    np.testing.assert_allclose(variance, spread, rtol=2e-2)


@pytest.mark.parametrize("head", CONTINUOUS, ids=str)
def test_a_density_integrates_to_one_and_gives_cdf_mean_and_variance(head: Head) -> None:
    check_density(head)


class _Unnormalised(Bars):
    """Leaves the tails at the density of a bar of their border's width."""

    def log_density(self, reference, outputs, y):
        inner = jnp.clip(y, reference[0], reference[-1])
        return super().log_density(reference, outputs, inner)


def test_tails_that_do_not_fall_are_caught() -> None:
    with pytest.raises(AssertionError):
        check_density(_Unnormalised(20))


@pytest.mark.parametrize("head", [*CONTINUOUS, Categorical(4)], ids=str)
def test_quantiles_invert_the_cdf_and_draws_follow_it(head: Head) -> None:
    """False alarm of the draws: 3e-5 for each of 3 distributions (a Kolmogorov bound)."""
    is_class = isinstance(head, Categorical)
    reference, outputs = _distributions(head) if not is_class else (
        jnp.asarray(head.reference(np.arange(4.0))),
        jnp.asarray(_RNG.normal(size=(3, 4)), jnp.float32),
    )  # fmt: skip
    shares = np.array([1e-3, 0.05, 0.3, 0.5, 0.9, 0.999], np.float32)
    found = jax.jit(lambda o, s: head.quantile(reference, o[:, None], s))(outputs, shares)
    cdf = jax.jit(lambda y: head.cdf(reference, outputs[:, None], y))
    if is_class:
        assert (cdf(found) >= shares - 1e-6).all()
        assert (np.asarray(cdf(found - 1)) < shares).all()
    else:
        np.testing.assert_allclose(cdf(found), np.broadcast_to(shares, found.shape), atol=3e-5)
    count = 4000
    many = jnp.broadcast_to(outputs[:, None], (3, count, head.num_outputs))
    draws = np.sort(jax.jit(lambda o: head.sample(reference, o, jax.random.key(3)))(many), axis=1)
    below = np.asarray(cdf(draws))
    if is_class:
        empirical = np.array([np.searchsorted(row, row, side="right") for row in draws]) / count
    else:
        empirical = np.broadcast_to((np.arange(count) + 1) / count, below.shape)
    # P(sup |F_n - F| > e) <= 2 exp(-2 n e^2) (Dvoretzky, Kiefer, Wolfowitz; Massart).
    assert np.abs(below - empirical).max() < np.sqrt(np.log(2 / 3e-5) / (2 * count)) + 1 / count


def test_classes_have_probabilities_and_no_others_do() -> None:
    head = Categorical(3)
    reference = head.reference(np.array([0.0, 0.0, 1.0]))
    outputs = jnp.zeros(3, jnp.float32)
    np.testing.assert_allclose(head.probabilities(reference, outputs), [3 / 6, 2 / 6, 1 / 6], 1e-6)
    logs = head.log_density(reference, outputs, jnp.array([0.0, 1.0, 2.0, 3.0, 0.5]))
    np.testing.assert_allclose(np.exp(logs), [0.5, 1 / 3, 1 / 6, 0, 0], rtol=1e-6)
    with pytest.raises(ValueError, match="0 to 2"):
        head.reference(np.array([3.0]))


def test_borders_rise_where_draws_are_few_values() -> None:
    borders = Bars(50).reference(np.array([0.0] * 900 + [1.0] * 100))
    assert (np.diff(borders) > 0).all()
    log_density = Bars(50).log_density(borders, jnp.zeros(50, jnp.float32), jnp.array([0.0, 1.0]))
    assert np.isfinite(log_density).all()


def test_borders_rise_far_from_0_in_single_precision() -> None:
    y = 1e4 + 1e-5 * np.random.default_rng(2).standard_normal(1000)
    borders = Bars(50).reference(y)
    assert borders.dtype == np.float32 and (np.diff(borders) > 0).all()
    near = 1e-4 * np.arange(51) + 1e4  # a ten-thousandth apart, which is less than can be told
    assert (np.diff(near.astype(np.float32)) == 0).any()
    wide = np.concatenate([np.linspace(-1, 1, 1000), [3e6, -3e6]])
    inner = np.abs(Bars(50).reference(wide)) < 1
    assert np.diff(Bars(50).reference(wide)[inner]).max() < 0.05


def test_units_are_those_of_a_normal_and_resist_what_is_far() -> None:
    draws = 3.0 + 2.0 * np.random.default_rng(0).standard_normal(100_000)
    draws[:10] = 1e12
    np.testing.assert_allclose(units_of(draws), (3.0, 2.0), atol=0.03)
    assert units_of(np.full(10, 7.0)) == (7.0, 1.0)
    assert units_of(np.array([0.0] * 9 + [5.0]))[1] == pytest.approx(1.5)
    values = jnp.array([-1e30, -5.0, 2.0, 5.0, 1e30])
    np.testing.assert_allclose(tamed(values)[1:4], values[1:4])
    assert (jnp.abs(tamed(values)) < 100).all()


def test_a_joint_flow_is_a_density_whose_draws_it_gives() -> None:
    """The log density at pushed noise is the noise's less the log determinant, by autodiff."""
    head = Joint(2, num_layers=1, hidden=5, num_bins=4)
    weights = head.start(lambda shape: jnp.asarray(_RNG.normal(size=shape)), 6)
    weights = jax.tree.map(lambda leaf: leaf + 0.3 * _RNG.normal(size=leaf.shape), weights)
    summary, noise = _RNG.normal(size=6), _RNG.normal(size=(5, 2))

    @jax.jit
    @partial(jax.vmap, in_axes=(0, None))
    def all_of(noise: jax.Array, summary: jax.Array) -> tuple[jax.Array, ...]:
        theta = head._theta(weights, summary)
        push = lambda place: head.flow.push(theta, place)[0]  # noqa: E731
        image, jacobian = push(noise), jax.jacfwd(push)(noise)
        height = -0.5 * jnp.sum(noise**2) - np.log(2 * np.pi)
        slope = jnp.log(jnp.abs(jnp.linalg.det(jacobian)))
        return image, head.log_density(weights, summary, image), height - slope

    image, found, exact = all_of(noise, summary)
    np.testing.assert_allclose(found, exact, rtol=1e-6, atol=1e-6)
    elsewhere = all_of(noise, -summary)[0]
    assert np.abs(image - elsewhere).max() > 0.1


def test_heads_of_impossible_counts_are_refused() -> None:
    for kind, count in ((Bars, 2), (Mixture, 0), (Categorical, 1), (Joint, 0)):
        with pytest.raises(ValueError, match=r"at least|positive"):
            kind(count)
