"""Batches of matrices, one matrix after another, for releases of jaxlib that may hang on them.

From 0.10.0 to 0.11.0, jaxlib's LAPACK kernels split a batch over XLA's pool of threads, and wait
there for the parts. As many such kernels at once as the pool has threads, which are as many as the
processor has cores, wait for ever: on two cores a program with twelve independent batched Cholesky
factors hung, and so did two threads that ran programs with one each. Releases before and after work
through a batch in a loop. Here a batch is lowered to a call for each matrix, or a loop of calls, so
that no kernel has anything to wait for.

The rules of JAX itself are replaced, as programs of NumPyro's and of a user's in the same process
hang just as well. Results are the same, bit for bit.
"""

from functools import cache
from math import prod
from typing import Any

_FIRST, _MENDED = (0, 10, 0), (0, 11, 1)
_UNROLLED_UP_TO = 8
"""Matrices; calls without a loop compile to more code, but run beside each other."""


@cache
def one_after_another() -> bool:
    """Let matrices of a batch be worked on in turn, where jaxlib would risk to hang.

    Returns:
        Whether the installed jaxlib needs it.
    """
    import jaxlib

    if not _FIRST <= jaxlib.version.__version_info__[:3] < _MENDED:
        return False
    from jax._src.interpreters import mlir
    from jax._src.lax import linalg

    rules = mlir._platform_specific_lowerings["cpu"]
    primitives = {value for name, value in vars(linalg).items() if name.endswith("_p")}
    for primitive in primitives & rules.keys():
        matrix_ndim = 1 if primitive is linalg.tridiagonal_solve_p else 2
        rule = _in_turn(primitive, matrix_ndim, rules[primitive].rule)
        mlir.register_lowering(primitive, rule, platform="cpu")
    return True


def _in_turn(primitive: Any, ndim: int, rule: Any) -> Any:
    """The lowering of a primitive whose first operand has ``ndim`` axes besides those of a batch.

    ``rule`` is that of a batch of one.
    """
    import jax
    from jax.interpreters import mlir

    def lower(context: Any, *operands: Any, **params: Any) -> Any:
        shape = context.avals_in[0].shape
        batch = shape[: len(shape) - ndim]
        size = prod(batch)
        if size <= 1:
            return rule(context, *operands, **params)

        def each(*arrays: Any) -> Any:
            return primitive.bind(*arrays, **params)

        def all_of(*arrays: Any) -> Any:
            rows = [array.reshape(size, *array.shape[len(batch) :]) for array in arrays]
            if size <= _UNROLLED_UP_TO:
                made = [each(*(array[k] for array in rows)) for k in range(size)]
                stacked = jax.tree.map(lambda *parts: jax.numpy.stack(parts), *made)
            else:
                stacked = jax.lax.map(lambda row: each(*row), rows)
            return jax.tree.map(lambda array: array.reshape(*batch, *array.shape[1:]), stacked)

        lowered = mlir.lower_fun(all_of, multiple_results=primitive.multiple_results)
        return lowered(context, *operands)

    return lower
