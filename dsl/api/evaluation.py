"""The joint density at values that the caller gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gendsl.analysis.states import discrete_latents
from gendsl.api.lowering import explained, lower, transform
from gendsl.api.runtime import computing
from gendsl.transforms.sum_out import joint, sum_out

if TYPE_CHECKING:
    from gendsl.api.model import Model


def log_density(
    model: Model, values: Mapping[str, Any], data: object, *, unconstrained: bool
) -> float:
    """Return the log joint density; see `Model.log_density`."""
    import jax
    import jax.numpy as jnp

    bound = model.bind(data)
    discrete = {site.name for site in discrete_latents(model.program)}
    is_joint = not discrete.isdisjoint(values)
    program = transform(model.program, sizes=bound.sizes) if unconstrained else model.program
    program = joint(program) if is_joint else sum_out(program, bound.sizes)
    with computing(), explained(model.program):
        density = lower(program).bind(bound)
        missing = ({site.of for site in density.sites} | density.discrete) - set(values)
        if missing:
            raise ValueError(f"there is no value for {', '.join(sorted(missing))}")
        position = density.unconstrain(density.data, dict(values))
        given = {name: jnp.asarray(values[name], int) for name in density.discrete}
        if unconstrained:
            return float(jax.jit(density.log_density)(density.data, position, given))
        parts = jax.jit(density.site_log_densities)(density.data, position, given)
        return float(sum(jnp.sum(part) for part in parts.values()))
