"""Functions of whole arrays: their spelling, and the axes of what they return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from gendsl.backends.numpyro.emit import python as py
from gendsl.backends.numpyro.emit.align import aligned, union
from gendsl.backends.numpyro.emit.scope import Value
from gendsl.diagnostics.diagnostic import InternalError
from gendsl.ir.expr import Dims

SPELLINGS: Mapping[str, str] = MappingProxyType(
    {
        "cholesky": "jnp.linalg.cholesky({0})",
        "inverse": "jnp.linalg.inv({0})",
        "solve": "jnp.linalg.solve({0}, {1})",
        "log_det": "jnp.linalg.slogdet({0})[1]",
        "det": "jnp.linalg.det({0})",
        "trace": "jnp.trace({0}, axis1=-2, axis2=-1)",
        "matrix_exp": "jax.scipy.linalg.expm({0})",
    }
)
"""Each function as a template of its arguments, whose core axes come last."""


def array_call(name: str, arguments: Sequence[Value], core: Sequence[Dims], dims: Dims) -> Value:
    """The call, each argument's batch axes lined up and its core axes last."""
    spelling = SPELLINGS.get(name)
    if spelling is None:
        raise InternalError(f"no spelling of the array function `{name}`")
    inner = {d for part in core for d in part}
    batch = union(dims, *(tuple(d for d in a.dims if d not in inner) for a in arguments))
    codes = [aligned(a, (*batch, *part)) for a, part in zip(arguments, core, strict=True)]
    result = (*batch, *(d for d in dims if d not in batch))
    return Value(py.template(spelling, codes), result)
