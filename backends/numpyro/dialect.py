"""The emitter's own words are NumPyro's: nothing is translated."""

from __future__ import annotations

from dataclasses import replace

from gendsl.backends.emit.dialect import Dialect, Names
from gendsl.backends.emit.document import Def
from gendsl.backends.emit.module import Emitted
from gendsl.backends.emit.module import emit as emit_in
from gendsl.backends.numpyro.distributions.inline import CARRIED
from gendsl.distributions.family import Form, Spelling
from gendsl.ir.program import Program

_IMPORTS = {
    "jax": "import jax",
    "jnp": "import jax.numpy as jnp",
    "numpyro": "import numpyro",
    "dist": "import numpyro.distributions as dist",
    "diffrax": "import diffrax",
    "special": "from jax.scipy import special",
    "scan": "from numpyro.contrib.control_flow import scan",
    "constraints": "from numpyro.distributions import constraints",
}
_RESERVED = {
    "jax",
    "jnp",
    "lax",
    "random",
    "special",
    "numpyro",
    "dist",
    "constraints",
    "scan",
    "diffrax",
    "math",
    "np",
    "numpy",
    "transforms",
    "handlers",
}


def _spelling(form: Form) -> Spelling:
    return form.numpyro


def _as_it_is(function: Def, names: Names, helpers: dict[str, None]) -> Def:
    return function


DIALECT = Dialect("NumPyro", CARRIED, _IMPORTS, _RESERVED, _spelling, _as_it_is)
"""NumPyro's row."""


def emit(program: Program, minibatch: tuple[str, ...] = ()) -> Emitted:
    """The module's text with the meaning of its arguments.

    Of the dimensions in `minibatch` each run takes some members.

    Raises:
        NeedsWhole: if a statement needs all of such a dimension.
    """
    # The plate of a minibatch is what scales a term, so that terms have to stand in it.
    return emit_in(program, replace(DIALECT, declares_batches=bool(minibatch)), minibatch)
