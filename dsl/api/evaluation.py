"""The joint density at values that the caller gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gendsl.api.lowering import explained, lower, transform
from gendsl.api.runtime import computing

if TYPE_CHECKING:
    from gendsl.api.model import Model


def log_density(
    model: Model, values: Mapping[str, Any], data: object, *, unconstrained: bool
) -> float:
    """Return the log joint density; see `Model.log_density`."""
    import jax
    import jax.numpy as jnp

    bound = model.bind(data)
    program = transform(model.program, sizes=bound.sizes) if unconstrained else model.program
    with computing(), explained(model.program):
        density = lower(program).bind(bound)
        missing = {site.of for site in density.sites} - set(values)
        if missing:
            raise ValueError(f"there is no value for {', '.join(sorted(missing))}")
        position = density.unconstrain(density.data, dict(values))
        if unconstrained:
            return float(jax.jit(density.log_density)(density.data, position))
        parts = jax.jit(density.site_log_densities)(density.data, position)
        return float(sum(jnp.sum(part) for part in parts.values()))
