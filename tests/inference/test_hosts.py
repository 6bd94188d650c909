"""Targets whose density is computed on the host, here by NumPy, against the same in JAX."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from gendsl.executables import identity_of, kept_in
from gendsl.inference import Nuts, NutsSampler, Site, Target, as_raised, host_calls, hosted, run
from gendsl.inference.kernels.parallel_tempering import replicated
from gendsl.inference.sampler import evaluate
from gendsl.inference.transport import pullback

DATA = {"y": np.array([1.0, 2.0, 3.0]), "sd": np.array(2.0)}
SITES = (Site("a", 0, 1), Site("b", 1, 3))
Z = np.array([0.1, -0.2, 0.3])


class Counted:
    """log p(z) = -sum z^4 / 4 and a normal likelihood; counts calls and rows."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int]] = []

    def parts(self, data: Any, positions: Any) -> Any:
        self.calls.append(("parts", len(positions)))
        return self._parts(data, positions)

    def _parts(self, data: Any, z: Any) -> Any:
        apart = (data["y"] - z) / data["sd"]
        return np.stack([-(z**4).sum(1) / 4, -(apart**2).sum(1) / 2], axis=1)

    def slopes(self, data: Any, positions: Any, weights: Any) -> Any:
        self.calls.append(("slopes", len(positions)))
        both = np.stack([-(positions**3), (data["y"] - positions) / data["sd"] ** 2], axis=1)
        return self._parts(data, positions), (weights[:, :, None] * both).sum(1)

    def curvatures(self, data: Any, positions: Any, weights: Any, along: Any) -> Any:
        self.calls.append(("curvatures", len(positions)))
        bent = -3 * positions**2 * weights[:, :1] - weights[:, 1:] / data["sd"] ** 2
        return bent * along


def one_by_one(data: Any, z: Any) -> Any:
    apart = data["y"] - z
    prior, likelihood = -(z**4).sum() / 4, -(apart**2).sum() / data["sd"] ** 2 / 2
    return prior, likelihood, -(z**3), apart / data["sd"] ** 2


def _prior(data: Any, z: Array) -> Array:
    return -jnp.sum(z**4) / 4


def _likelihood(data: Any, z: Array) -> Array:
    return -jnp.sum(((data["y"] - z) / data["sd"]) ** 2) / 2


TRACED = Target(_prior, _likelihood, 3, SITES)


@pytest.fixture(autouse=True)
def _double_precision() -> Iterator[None]:
    with jax.enable_x64(True):
        yield


class Shift:
    """The transport u -> z = 2 u + theta."""

    def push(self, theta: Any, u: Array) -> tuple[Array, Array]:
        return 2 * u + theta, jnp.asarray(3 * jnp.log(2.0))

    def pull(self, theta: Any, z: Array) -> tuple[Array, Array]:
        return (z - theta) / 2, jnp.asarray(-3 * jnp.log(2.0))


SHIFT = Shift()


def derivatives(target: Target) -> Any:
    """Values and gradients of the parts and of the whole, and the whole's Hessian, compiled."""
    functions = target.log_prior, target.log_likelihood, target.log_density

    def found(data: Any, at: Any) -> Any:
        slopes = [jax.value_and_grad(f, argnums=1)(data, at) for f in functions]
        return slopes, jax.hessian(target.log_density, argnums=1)(data, at)

    return jax.jit(found)


@pytest.mark.sweep(2)
@pytest.mark.parametrize("host", [Counted(), one_by_one], ids=["host", "function"])
@pytest.mark.parametrize(
    ("change", "data", "at"),
    [
        (lambda t: t, DATA, Z),
        (lambda t: t.temper(), (np.array(0.3), DATA), Z),
        (lambda t: t.temper(), (np.array(0.0), DATA), Z),
        (lambda t: t.restrict(["b"]), (DATA, Z), Z[1:] + 1.0),
        (lambda t: t.temper().restrict(["a"]), ((np.array(0.4), DATA), Z), Z[:1] + 1.0),
        (lambda t: pullback(t, SHIFT), (np.array(0.7), DATA), Z),
        (lambda t: pullback(t, SHIFT).temper(), (np.array(0.5), (np.array(0.7), DATA)), Z),
        (lambda t: replicated(t, [1.0, 0.5, 0.0]), DATA, np.concatenate([Z, Z + 1, Z - 1])),
    ],
    ids=["whole", "tempered", "prior", "part", "both", "pulled", "pulled, tempered", "replicas"],
)
def test_values_slopes_and_hessians_are_those_of_jax(
    host: Any, change: Any, data: Any, at: Any
) -> None:
    """Differences of gradients have six digits, all else is exact but for rounding."""
    ours, theirs = change(hosted(host, 3, SITES)), change(TRACED)
    assert ours.sites == theirs.sites and ours.is_hosted
    found, found_bent = derivatives(ours)(data, at)
    wanted, wanted_bent = derivatives(theirs)(data, at)
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(wanted), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found_bent, wanted_bent, rtol=1e-6, atol=1e-6)


def test_a_value_with_its_gradient_is_one_call_and_so_is_a_batch() -> None:
    host = Counted()
    target = hosted(host, 3)
    slope = jax.jit(jax.vmap(jax.value_and_grad(target.log_density, argnums=1), (None, 0)))
    rows = np.stack([Z, Z + 1, Z - 1, Z * 2])
    values, slopes = slope(DATA, rows)
    assert host.calls == [("slopes", 4)]
    np.testing.assert_allclose(values, jax.vmap(TRACED.log_density, (None, 0))(DATA, rows))
    assert slopes.shape == (4, 3)
    target.log_density(DATA, Z)
    jax.jit(jax.grad(target.temper().log_density, argnums=1))((np.array(0.5), DATA), Z)
    assert host.calls[1:] == [("parts", 1), ("slopes", 1)]
    nested = jax.vmap(jax.vmap(target.log_likelihood, (None, 0)), (None, None))
    with pytest.raises(ValueError, match="vmap"):
        nested(DATA, rows)
    grid = jax.vmap(jax.vmap(target.log_likelihood, (None, 0)), (None, 0))
    assert grid(DATA, np.stack([rows, rows + 1])).shape == (2, 4)
    assert host.calls[3:] == [("parts", 8)]


def test_data_may_differ_in_a_batch() -> None:
    target = hosted(Counted(), 3)
    data = {"y": np.arange(6.0).reshape(2, 3), "sd": np.array(2.0)}
    axes = ({"y": 0, "sd": None}, 0)
    rows = np.stack([Z, Z + 1])
    found = jax.jit(jax.vmap(jax.grad(target.log_density, argnums=1), axes))(data, rows)
    wanted = jax.vmap(jax.grad(TRACED.log_density, argnums=1), axes)(data, rows)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_other_derivatives_are_refused() -> None:
    target = hosted(Counted(), 3)
    with pytest.raises(ValueError, match="along its position alone"):
        jax.grad(lambda y: target.log_density({**DATA, "y": y}, Z))(DATA["y"])
    third = jax.grad(lambda z: jax.hessian(target.log_density, argnums=1)(DATA, z).sum())
    with pytest.raises(ValueError, match="a gradient and a Hessian"):
        third(Z)


def test_what_has_no_density_and_what_failed_stay_what_they_are() -> None:
    lowest = float(np.finfo(np.float64).min)

    def edge(data: Any, z: Any) -> Any:
        return -np.inf if z[0] > 1 else -1.0, lowest, z, z

    target = hosted(edge, 1)
    inside, outside = np.zeros(1), np.full(1, 2.0)
    assert target.log_density((), inside) == lowest
    assert target.log_prior((), outside) == -np.inf
    assert target.log_likelihood((), outside) == lowest
    with jax.enable_x64(False):
        found = target.log_likelihood((), inside.astype(np.float32))
        assert found.dtype == np.float32 and found == np.finfo(np.float32).min


@pytest.mark.parametrize("error", [KeyError("nothing"), KeyboardInterrupt()])
def test_exceptions_come_up_as_they_were_raised(error: BaseException) -> None:
    def broken(data: Any, z: Any) -> Any:
        raise error

    with pytest.raises(type(error)) as caught, as_raised():
        jax.jit(hosted(broken, 3).log_density)(DATA, Z)
    assert caught.value is error
    with pytest.raises(ZeroDivisionError), as_raised():
        raise ZeroDivisionError


def test_a_sampler_makes_the_draws_that_it_makes_in_jax(tmp_path: Path) -> None:
    """To the bit where sums are in one order; nothing of it is kept on disk."""
    ours = hosted(Counted(), 3)
    assert identity_of(Nuts(ours)) is None
    with kept_in(tmp_path):
        found = run(NutsSampler(Nuts(ours), 0), DATA, seed=3, num_chains=3, num_draws=20)
        assert not [path for path in tmp_path.rglob("*evaluate*") if path.is_file()]
        evaluate(Nuts(TRACED), DATA, np.zeros((1, 3)))
    wanted = run(NutsSampler(Nuts(TRACED), 0), DATA, seed=3, num_chains=3, num_draws=20)
    np.testing.assert_allclose(found.draws, wanted.draws, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(found.num_gradients, wanted.num_gradients)


def test_without_the_lowering_that_jax_does_not_document(monkeypatch: pytest.MonkeyPatch) -> None:
    host_calls._primitive.cache_clear()
    monkeypatch.setattr(host_calls, "_lowering", lambda: None)
    try:
        target = hosted(Counted(), 3)
        slope = jax.jit(jax.vmap(jax.value_and_grad(target.log_density, argnums=1), (None, 0)))
        rows = np.stack([Z, Z + 1e-9])
        values, slopes = slope(DATA, rows)
        wanted = jax.vmap(jax.value_and_grad(TRACED.log_density, argnums=1), (None, 0))(DATA, rows)
        np.testing.assert_allclose(values, wanted[0], rtol=1e-14)
        np.testing.assert_allclose(slopes, wanted[1], rtol=1e-14)
    finally:
        host_calls._primitive.cache_clear()
