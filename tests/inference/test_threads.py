"""Chains on threads: each is what it is alone, in JAX's settings of the thread that asked."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from inference_cases import densities

from gendsl.inference import ChainSampler, Nuts, NutsSampler, Target, threads
from gendsl.inference.kernels.chees import Chees
from gendsl.inference.spread import MANY_CHAINS, spread

DATA = {"mean": np.zeros(2), "sd": np.array([1.0, 3.0])}


@pytest.fixture(autouse=True)
def double() -> Any:
    with jax.enable_x64(True):
        yield


def draws_of(sampler: Any, num_chains: int) -> np.ndarray:
    starts = np.linspace(-1.0, 1.0, 2 * num_chains).reshape(num_chains, 2)
    carry = sampler.init(DATA, 5, starts)
    return np.asarray(sampler.chunk(DATA, carry, 30)[1])


@pytest.mark.parametrize("kind", [NutsSampler, ChainSampler])
@pytest.mark.parametrize("cores", [1, 3])
def test_draws_of_a_chain_do_not_depend_on_the_cores(
    kind: Any, cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sampler = kind(Nuts(densities.normal(2)), 0)
    before = draws_of(sampler, 4)
    with ThreadPoolExecutor(cores) as pool:
        monkeypatch.setattr(threads, "_pool", lambda: pool)
        np.testing.assert_array_equal(draws_of(sampler, 4), before)


def test_a_chain_alone_draws_what_it_draws_beside_others(monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = NutsSampler(Nuts(densities.normal(2)), 0)
    beside = sampler.init(DATA, 5, np.array([[0.3, 0.4], [1.0, 1.0], [2.0, -1.0]]))
    first = jax.tree.map(lambda field: np.asarray(field)[:1], beside.chains)
    alone = beside._replace(chains=first)
    together, apart = (sampler.chunk(DATA, carry, 20)[1] for carry in (beside, alone))
    np.testing.assert_array_equal(together[:1], apart)


def test_data_may_be_plain_numbers() -> None:
    sampler = NutsSampler(Nuts(Target(_no_prior, _scaled, 1)), 0)
    carry = sampler.init({"tau": 2.0}, 5, np.array([[0.3], [1.0]]))
    assert sampler.chunk({"tau": 2.0}, carry, 5)[1].shape == (2, 5, 1)


def _no_prior(data: Any, z: jax.Array) -> jax.Array:
    return 0.0 * z[0]


def _scaled(data: Any, z: jax.Array) -> jax.Array:
    return -0.5 * jnp.sum((z / data["tau"]) ** 2)


def test_programs_run_in_the_settings_of_the_thread_that_asks() -> None:
    seen = set()

    @jax.jit
    def noted(x: jax.Array) -> jax.Array:
        precision = jax.config.jax_default_matmul_precision
        seen.add((bool(jax.config.jax_enable_x64), precision, jax.default_device.value))
        return jnp.sin(x)

    device = jax.devices()[0]
    with (
        jax.enable_x64(False),
        jax.default_matmul_precision("highest"),
        jax.default_device(device),
    ):
        result = spread(noted, (), (), (np.ones((4, 2), np.float32),), (True,))
    assert result.dtype == np.float32
    assert seen == {(False, "highest", device)}


def test_an_error_in_one_chain_is_that_of_the_call() -> None:
    def fails_where_odd(x: jax.Array) -> jax.Array:
        if np.asarray(x)[0] % 2:
            raise ZeroDivisionError("chain of an odd number")
        return x

    with pytest.raises(ZeroDivisionError, match="odd"):
        spread(fails_where_odd, (), (), (np.arange(4.0),), (True,))


def test_calls_have_one_chain_each_unless_there_are_many_or_they_belong_together() -> None:
    sizes: list[int] = []

    def sized(x: jax.Array) -> jax.Array:
        sizes.append(len(x))
        return x

    for num_chains, is_joint in ((3, False), (3, True), (MANY_CHAINS, False)):
        given = np.arange(float(num_chains))
        result = spread(sized, (), (), (given,), (True,), is_joint=is_joint)
        np.testing.assert_array_equal(result, given)
    assert sizes == [1, 1, 1, 3, MANY_CHAINS]


def test_a_kernel_that_looks_across_chains_gets_them_together() -> None:
    kernel = Chees(densities.normal(2))
    assert kernel.adaptation.looks_across
    assert not Nuts(densities.normal(2)).adaptation.looks_across
    sampler = ChainSampler(kernel, 30)
    carry = sampler.init(DATA, 5, np.array([[0.3, 0.4], [1.0, 1.0], [2.0, -1.0]]))
    carry, _, _ = sampler.chunk(DATA, carry, 10)
    lengths = np.asarray(carry.learnt.ascent.log_length)
    np.testing.assert_array_equal(lengths, lengths[0])  # one length, made by all of them
