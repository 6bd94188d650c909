"""The joint density at values that the caller gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gendsl.analysis.states import discrete_latents
from gendsl.api.lowering import explained, lower, transform
from gendsl.api.runtime import computing
from gendsl.ir.bound import missing_site
from gendsl.transforms.log_odds import by_log_odds
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
    exact = by_log_odds(program)
    program = joint(exact) if is_joint else sum_out(exact, bound.sizes)
    with computing(), explained(model.program):
        density = lower(program).bind(bound)
        imputed = {missing_site(datum.name): datum.name for datum in program.data}
        inferred = {s.name: s.stop - s.start for s in density.sites if s.name in imputed}
        wanted = {site.of for site in density.sites if site.name not in imputed} | density.discrete
        wanted |= {name for name, count in inferred.items() if count}
        missing = wanted - set(values)
        if missing:
            said = [_said(name, inferred.get(name)) for name in sorted(missing)]
            raise ValueError(f"there is no value for {', '.join(said)}")
        for name, count in inferred.items():
            if count and np.shape(values[name]) != (count,):
                shape = np.shape(values[name])
                raise ValueError(f"{_said(name, count)} can't have a value of shape {shape}")
        position = density.unconstrain(density.data, dict(values))
        given = {name: jnp.asarray(values[name], int) for name in density.discrete}
        if unconstrained:
            return float(jax.jit(density.log_density)(density.data, position, given))
        parts = jax.jit(density.site_log_densities)(density.data, position, given)
        return float(sum(jnp.sum(part) for part in parts.values()))


def _said(name: str, count: int | None) -> str:
    """A name in a message; of missing entries, how many there are and in which order."""
    if count is None:
        return name
    data = name.removesuffix(missing_site(""))
    entries = "entry" if count == 1 else "entries"
    return f"{name} (an array of the {count} missing {entries} of {data}, in the order of its rows)"
