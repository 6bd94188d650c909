"""Arrays on the host.

Between chunks the adaptation computes in numpy, because a JAX operation outside a compiled program
compiles a program of its own. Compiled programs take numpy arrays as they are, so the same tuples
hold both; this module says so to the type checker once.
"""

from typing import Any, cast

import jax
import numpy as np


def on_host(value: Any) -> jax.Array:
    """Return ``value`` as a numpy array, typed as what compiled programs take."""
    return cast(jax.Array, np.asarray(value))
