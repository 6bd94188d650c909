"""Handles that read from a tape: all outcomes of a particle method at once, equally likely.

Each number that is drawn is the middle of one of ``n`` equal cells of (0, 1). Where every
probability that a method meets is a multiple of ``1 / n``, averages over all tapes are exact.
"""

import itertools

import jax
import jax.numpy as jnp
import numpy as np


def tapes(*cells: int) -> np.ndarray:
    """Return every tape [outcome, len(cells)] whose columns have these many cells."""
    middles = [(np.arange(count) + 0.5) / count for count in cells]
    return np.array(list(itertools.product(*middles)))


class Tape:
    """Serves one tape in the order in which it is asked.

    A handle serves one draw or is split, as two draws by one would not be independent. Loops have
    to be Python's, as under `jax.disable_jit`; a tape may be a tracer of `jax.vmap`.
    """

    def __init__(self, numbers, places=None) -> None:
        self._numbers = numbers
        self._places = iter(range(len(numbers))) if places is None else places
        self._is_used = False

    def _use(self) -> None:
        assert not self._is_used, "this handle was used before"
        self._is_used = True

    def parts(self, count):
        self._use()
        return tuple(Tape(self._numbers, self._places) for _ in range(count))

    def uniforms(self, size, dtype):
        self._use()
        places = [next(self._places) for _ in range(size)]
        return self._numbers[np.array(places)].astype(dtype)

    def coin(self, log_probability):
        return jnp.log(self.uniforms(1, float)[0]) < log_probability

    def choose(self, log_weights):
        shares = jnp.cumsum(jax.nn.softmax(log_weights))
        return jnp.sum(shares < self.uniforms(1, float)[0]).astype(jnp.int32)

    def map(self, function, count, *arrays):
        each = self.parts(count)
        rows = [jax.tree.map(lambda x, i=i: x[i], arrays) for i in range(count)]
        values = [function(draws, *row) for draws, row in zip(each, rows, strict=True)]
        return jax.tree.map(lambda *row: jnp.stack(row), *values)

    def assert_used_up(self) -> None:
        assert next(self._places, None) is None, "the tape is too long"


# Loops carry the handle, so it has to pass for a tree without leaves.
jax.tree_util.register_pytree_node(Tape, lambda tape: ((), tape), lambda tape, _: tape)


def on_all(method, numbers, cases):
    """Return `method(tape, case)` of all cases and tapes [outcome, draw]: [case, outcome, ...].

    The inner switch makes JAX's loops Python's, so that every turn reads on; the whole, unrolled,
    is compiled all the same.
    """

    def one(case, row):
        tape = Tape(row)
        with jax.disable_jit():
            value = method(tape, case)
        tape.assert_used_up()
        return value

    every = jax.vmap(jax.vmap(one, (None, 0)), (0, None))
    return jax.tree.map(np.asarray, jax.jit(every)(np.asarray(cases), numbers))


def on_tapes(method, numbers):
    """Return `method(tape)` of all tapes [outcome, draw], stacked."""
    values = on_all(lambda tape, _: method(tape), numbers, np.zeros(1))
    return jax.tree.map(lambda value: value[0], values)
