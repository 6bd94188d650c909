"""`SummedOut`: neighbours in pairs give what steps give; impossible states spoil nothing."""

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest

from gendsl.backends.numpyro.distributions import summed_out_chains
from gendsl.backends.numpyro.distributions.at_edges import AtEdges
from gendsl.backends.numpyro.distributions.summed_out import Hidden, SummedOut, Table
from gendsl.backends.numpyro.distributions.summed_out_chains import Chain, SummedOutChains


@pytest.fixture(autouse=True)
def _double_precision():
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


def numbers(*shape):
    return jnp.asarray(np.random.default_rng(sum(shape)).normal(size=shape))


def chains(length):
    """Two chains for each of two persons, tied at each position, one with a moving transition."""
    hidden = [
        Hidden("z", 3, "person time", [2, length], along="time"),
        Hidden("u", 2, "person time", [2, length], along="time"),
    ]
    tables = [
        Table(numbers(3), "time z", until=1),
        Table(numbers(2), "time u", until=1),
        Table(numbers(3, 3), "time z-1 z", since=1),
        Table(numbers(length - 1, 3, 2, 2), "time z u-1 u", since=1),
        Table(numbers(2, length, 3, 2), "person time z u"),
    ]
    return SummedOutChains(hidden, tables, order=["z u"], plates="person")


@pytest.mark.slow
@pytest.mark.parametrize("length", [*(pytest.param(n, marks=pytest.mark.slow) for n in (3, 9)), 4])
def test_pairs_give_what_steps_give(length, monkeypatch):
    group = chains(length)
    steps = group.log_prob(), group.probabilities(), group.most_probable()
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    monkeypatch.setattr(Chain, "forward", None)
    pairs = group.log_prob(), group.probabilities(), group.most_probable()
    for one, other in zip(jax.tree.leaves(steps), jax.tree.leaves(pairs), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-12)


def test_many_states_are_stepped_through(monkeypatch):
    group = chains(5)
    expected = group.log_prob()
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    monkeypatch.setattr(summed_out_chains, "PAIRED_STATES", 5)
    monkeypatch.setattr(Chain, "paired", None)
    np.testing.assert_array_equal(group.log_prob(), expected)


SEEN = jnp.array([[0, 0, 0], [0, 1, 0], [1, 0, 1]])


def occupancy(omega, p):
    """Whether each of three sites is occupied, of which one was never seen."""
    detection = AtEdges(dist.Bernoulli, "probs", jnp.arange(2) * p, at_0=0, at_1=1)
    tables = [
        Table(dist.Bernoulli(probs=omega).log_prob(jnp.arange(2)), "i w"),
        Table(detection.log_prob(SEEN[:, :, None]), "i t w"),
    ]
    return SummedOut([Hidden("w", 2, "i", [3])], tables, plates="i")


def by_hand(omega, p):
    seen = SEEN.sum(1)
    occupied = omega * p**seen * (1 - p) ** (3 - seen)
    return jnp.log(occupied + (1 - omega) * (seen == 0))


def test_an_impossible_state_has_no_weight_and_no_slope():
    at = (0.4, 0.3)
    np.testing.assert_allclose(occupancy(*at).log_prob(), by_hand(*at), rtol=1e-13)
    got = jax.grad(lambda o, p: occupancy(o, p).log_prob().sum(), argnums=(0, 1))(*at)
    expected = jax.grad(lambda o, p: by_hand(o, p).sum(), argnums=(0, 1))(*at)
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    assert (occupancy(*at).probabilities()["w"][1:, 0] == 0).all()


def test_all_states_impossible_is_minus_infinity_without_nan():
    def density(x):
        logs = jnp.where(jnp.arange(2) > 5, x, -jnp.inf)
        return SummedOut([Hidden("z", 2)], [Table(logs, "z")]).log_prob()

    value, slope = jax.value_and_grad(density)(1.0)
    assert value == -jnp.inf
    assert slope == 0.0
    assert np.isnan(SummedOut([Hidden("z", 2)], [Table(jnp.full(2, jnp.nan), "z")]).log_prob())


@pytest.mark.parametrize(
    ("family", "name", "edges", "others", "values"),
    [
        (dist.Bernoulli, "probs", {"at_0": 0, "at_1": 1}, {}, [0, 1]),
        (dist.Binomial, "probs", {"at_0": 0, "at_1": 3}, {"total_count": 3}, [0, 1, 2, 3]),
        (dist.Poisson, "rate", {"at_0": 0}, {}, [0, 1, 2]),
    ],
)
def test_edges_are_limits(family, name, edges, others, values):
    values = jnp.array(values)
    for edge, certain in ((0.0, edges.get("at_0")), (1.0, edges.get("at_1"))):
        if certain is None:
            continue
        found = jnp.exp(AtEdges(family, name, edge, **edges, **others).log_prob(values))
        np.testing.assert_array_equal(found, values == certain)
        near = abs(edge - 1e-12)
        limit = jnp.exp(family(**{name: near}, **others).log_prob(values))
        np.testing.assert_allclose(found, limit, atol=1e-10)


def test_a_draw_has_the_joint_distribution():
    """64 000 draws of 4 joint states: each share is off by 0.01 in one of 10^6 runs at most."""
    logs = jnp.log(jnp.array([[0.1, 0.2], [0.3, 0.4]]))
    group = SummedOut([Hidden("a", 2), Hidden("b", 2, least=5)], [Table(logs, "a b")])
    draws = jax.vmap(group.draw)(jax.random.split(jax.random.key(0), 64_000))
    for a in range(2):
        for b in range(2):
            share = ((draws["a"] == a) & (draws["b"] == b + 5)).mean()
            assert abs(share - jnp.exp(logs[a, b])) < 0.01
