"""Samplers as they are compiled apart from training."""

import jax
import numpy as np

from gendsl.inference.amortised import Tasks, compiled

COMPILED = "/jax/core/compile/backend_compile_duration"


def sampler(key: jax.Array) -> Tasks:
    x = jax.random.normal(key, (4, 6, 2))
    none, ones = x[:, 0, :0], jax.numpy.ones(4)
    return Tasks(x, x.sum(axis=-1), ones.astype(int) + 1, none, ones > 0)


def test_a_compiled_sampler_draws_the_same_and_is_compiled_once() -> None:
    key, programs = jax.random.key(3), []

    def heard(event: str, seconds: float, **_: object) -> None:
        if event == COMPILED:
            programs.append(seconds)

    jax.monitoring.register_event_duration_secs_listener(heard)
    first = compiled(sampler)(key)
    before = len(programs)
    again = compiled(sampler)(key)  # units and ranges of a prior are found by two calls
    assert before > 0 and len(programs) == before
    plain = jax.jit(lambda each: sampler(each))(key)
    for one, other, third in zip(first, again, plain, strict=True):
        np.testing.assert_array_equal(one, other)
        np.testing.assert_allclose(one, third, rtol=1e-6)
