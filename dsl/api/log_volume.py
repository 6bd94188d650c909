"""How much volume a map from coordinates to values makes of a unit of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def log_volume(function: Callable[[Any], Any], position: Any) -> Any:
    """Return 1/2 log det(J' J), where J [value, dim] is the Jacobian of `function` at a position.

    Of as many values as coordinates it is log |det J|. Of more, as the entries of a simplex, it is
    the area on the surface that the values lie on, so that two maps onto one surface compare. It is
    taken from the triangle of a QR decomposition, since J' J would square the condition number.

    Args:
        function: of a position [dim] to values [value], at least as many.
        position: [dim].
    """
    import jax
    import jax.numpy as jnp

    jacobian = jax.jacrev(function)(position)
    triangle = jnp.linalg.qr(jacobian, mode="r")
    return jnp.sum(jnp.log(jnp.abs(jnp.diagonal(triangle))))
