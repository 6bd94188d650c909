"""What generated NumPyro programs carry of our own, and what that may import."""

from __future__ import annotations

from pathlib import Path

from gendsl.backends.emit.carried import Carried, top_level_names

FOLDERS = {
    Path(__file__).parent: "distributions that NumPyro lacks",
    Path(__file__).parent.parent / "odes": "differential equations",
    Path(__file__).parent.parent / "bases": "bases of functions",
    Path(__file__).parent.parent / "functions": "functions that JAX lacks",
    Path(__file__).parent.parent / "networks": "trained networks",
}
"""Where the modules are that generated programs carry, and what they are."""

HEADER: tuple[str, ...] = (
    "import diffrax",
    "import dataclasses",
    "import functools",
    "import math",
    "import jax",
    "import jax.numpy as jnp",
    "import numpyro.distributions as dist",
    "import safetensors",
    "from jax import lax",
    "from jax.custom_derivatives import SymbolicZero",
    "from jax.flatten_util import ravel_pytree",
    "from jax.scipy import special",
    "from numpyro.distributions import constraints",
    "from numpyro.distributions.util import validate_sample",
)
"""Every import that a module of this folder may use, siblings apart, in the order to print them."""

CARRIED = Carried("gendsl.backends.numpyro", FOLDERS, HEADER)
"""The modules."""

inlined = CARRIED.inlined
names_defined = CARRIED.names_defined

__all__ = ["CARRIED", "FOLDERS", "HEADER", "inlined", "names_defined", "top_level_names"]
