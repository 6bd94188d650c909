"""What kernels that move along estimated gradients have in common."""

import jax
import jax.numpy as jnp

from gendsl.inference.adaptation import Nothing
from gendsl.inference.local import Place
from gendsl.inference.minibatch import Rows
from gendsl.inference.protocol import Facts, Info, Status
from gendsl.inference.target import Target


class Estimated:
    """A kernel that estimates gradients from `rows`, and accepts every step."""

    __slots__ = ()

    rows: Rows

    @property
    def target(self) -> Target:
        """What it is to draw from."""
        return self.rows.target

    @property
    def facts(self) -> Facts:
        """Not exact."""
        return Facts(is_exact=False, is_reversible=False, has_gradient=True)

    @property
    def adaptation(self) -> Nothing:
        """Nothing is learnt on the way."""
        return Nothing()


def guarded(
    place: Place, num_bad: jax.Array, position: jax.Array, value: jax.Array
) -> tuple[Place, jax.Array]:
    """Return the place at ``position`` [dim], or ``place`` if that or ``value`` is not finite."""
    is_good = jnp.all(jnp.isfinite(position)) & jnp.isfinite(value)
    after = Place(
        jnp.where(is_good, position, place.position), jnp.where(is_good, value, place.log_density)
    )
    return after, num_bad + (~is_good).astype(jnp.int32)


def info(num_steps: int, num_bad: jax.Array, dtype: jnp.dtype) -> Info:
    """Return what is reported of steps of which ``num_bad`` were left out."""
    bits = (num_bad > 0) * (Status.DIVERGENT | Status.NON_FINITE)
    return Info(jnp.ones((), dtype), jnp.full((), num_steps, jnp.int32), bits.astype(jnp.int32))
