"""Calls of the host from compiled programs: what a library other than JAX computes.

``jax.pure_callback`` does it too, and puts every argument on a device on the way: 80 microseconds a
call, where the call itself takes 8, and a wait for XLA's threads, which may be those that make the
call. Here a function gets NumPy arrays and returns NumPy arrays. The lowering is JAX's own, which
JAX does not document: where it is not to be found, ``pure_callback`` takes its place.

A function is pure: XLA may call it twice for the same arguments, or not at all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.interpreters import ad, batching, mlir
from numpy.typing import NDArray


class Shape(NamedTuple):
    """Of an array that a function returns, without the axes of a batch."""

    shape: tuple[int, ...]
    dtype: Any


Function = Callable[..., tuple[Any, ...]]
"""From arrays to arrays, as many as it has shapes. Over a batch every array has its leading axes,
of size 1 where the array is the same in all of the batch."""


def host_call(function: Function, results: tuple[Shape, ...], *arguments: Any) -> list[Any]:
    """Return what ``function`` makes of the arguments on the host, in arrays of the ``results``.

    Vectorised, it is called once for a batch.

    Args:
        function: hashable; programs are compiled for it as for a static argument.
    """
    words = tuple(_in_words(result) for result in results)
    found = _primitive().bind(*arguments, function=_Words(function), results=words)
    return [_from_words(x, result.dtype) for x, result in zip(found, results, strict=True)]


@dataclass(frozen=True, slots=True, weakref_slot=True)
class _Words:
    """A function whose numbers of 64 bits come in words of 32.

    JAX rounds what a callback returns to the precision that is set for its thread, which is one of
    XLA's own and knows nothing of ``jax.enable_x64`` where the program was called.
    """

    function: Function

    def __call__(self, *arrays: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        return tuple(map(_to_words, self.function(*arrays)))


def _to_words(array: NDArray[Any]) -> NDArray[Any]:
    if array.dtype.itemsize != 8:
        return array
    return array.reshape(-1).view(np.uint32).reshape((*array.shape, 2))


def _in_words(result: Shape) -> Shape:
    is_long = np.dtype(result.dtype).itemsize == 8
    return Shape((*result.shape, 2), np.dtype(np.uint32)) if is_long else result


def _from_words(array: Any, dtype: Any) -> Any:
    is_long = np.dtype(dtype).itemsize == 8
    return jax.lax.bitcast_convert_type(array, dtype) if is_long else array


@cache
def _primitive() -> Any:
    from jax.extend.core import Primitive

    made = Primitive("host_call")
    made.multiple_results = True
    made.def_impl(_at_once)
    made.def_abstract_eval(_shapes)
    batching.primitive_batchers[made] = partial(_over_batch, made)
    ad.primitive_jvps[made] = _no_slope
    lower = _lowering()
    if lower is None:
        lower = mlir.lower_fun(_by_pure_callback, multiple_results=True)
    mlir.register_lowering(made, lower, cacheable=False)
    return made


def _lowering() -> Any:
    """JAX's own lowering of a call into Python; None where this JAX has it elsewhere."""
    try:
        from jax._src.callback import emit_python_callback
    except ImportError:
        return None

    def lower(context: Any, *operands: Any, function: Function, results: tuple[Shape, ...]) -> Any:
        del results
        made, *_ = emit_python_callback(
            context,
            function,
            None,
            list(operands),
            context.avals_in,
            context.avals_out,
            has_side_effect=False,
            returns_token=False,
        )
        return made

    return lower


def _by_pure_callback(
    *arguments: Any, function: Function, results: tuple[Shape, ...]
) -> tuple[Any, ...]:
    shapes = tuple(jax.ShapeDtypeStruct(*result) for result in results)
    types = tuple(argument.dtype for argument in arguments)
    # Arguments would be rounded, too.
    words = (
        jax.lax.bitcast_convert_type(x, np.uint32) if x.dtype.itemsize == 8 else x
        for x in arguments
    )

    def on_host(*arrays: Any) -> tuple[Any, ...]:
        given = (np.asarray(array) for array in arrays)
        return tuple(
            function(
                *(
                    x.view(dtype).reshape(x.shape[:-1]) if dtype.itemsize == 8 else x
                    for x, dtype in zip(given, types, strict=True)
                )
            )
        )

    return tuple(jax.pure_callback(on_host, shapes, *words))


@partial(jax.jit, static_argnames=("function", "results"))
def _compiled(*arguments: Any, function: Function, results: tuple[Shape, ...]) -> Any:
    return _primitive().bind(*arguments, function=function, results=results)


def _at_once(*arguments: Any, function: Function, results: tuple[Shape, ...]) -> Any:
    return _compiled(*arguments, function=function, results=results)


def _shapes(*arguments: Any, function: Function, results: tuple[Shape, ...]) -> Any:
    del arguments, function
    return tuple(jax.core.ShapedArray(result.shape, np.dtype(result.dtype)) for result in results)


def _over_batch(
    primitive: Any, arguments: Any, axes: Any, *, function: Function, results: tuple[Shape, ...]
) -> Any:
    size = next(x.shape[i] for x, i in zip(arguments, axes, strict=True) if i is not None)
    moved = [
        jax.numpy.expand_dims(x, 0) if i is None else jax.numpy.moveaxis(x, i, 0)
        for x, i in zip(arguments, axes, strict=True)
    ]
    whole = tuple(result._replace(shape=(size, *result.shape)) for result in results)
    found = primitive.bind(*moved, function=function, results=whole)
    return found, [0] * len(found)


def _no_slope(*_: Any, **__: Any) -> Any:
    raise ValueError(
        "a density on the host has a gradient and a Hessian along its position, and no other"
        " derivatives"
    )
