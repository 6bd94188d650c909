"""The posterior of a model whose unknowns are all discrete: every draw is exact and independent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gendsl.api.failure import InferenceError
from gendsl.api.settings import Plan
from gendsl.backends.protocol import Density
from gendsl.diagnostics.diagnostic import Diagnostic

if TYPE_CHECKING:
    from gendsl.inference.run import Chains


def exact_chains(density: Density, plan: Plan) -> Chains:
    """Return chains without coordinates, of as many draws as the inference program asks for.

    There is nothing to sample: what the draws are of is recovered from each afterwards.

    Raises:
        InferenceError: if no values of the discrete quantities are possible given the data.
    """
    import jax

    from gendsl.inference.run import Chains

    shape = (plan.number("chains"), plan.number("draws", 1000))
    value = float(jax.jit(density.log_density)(density.data, np.zeros(0)))
    if not np.isfinite(value):
        raise InferenceError(
            Diagnostic(
                "G0701",
                f"no values of the discrete quantities are possible: the log density is {value}",
                help="look for data that no state allows",
            )
        )
    never = np.zeros(shape, bool)
    nothing: Any = None
    return Chains(
        draws=np.zeros((*shape, 0)),
        acceptance_rate=np.ones(shape),
        num_gradients=np.zeros(shape, int),
        tree_depth=np.zeros(shape, int),
        is_divergent=never,
        is_non_finite=never,
        has_reached_max_depth=never,
        energy=np.full(shape, -value),
        step_size=np.zeros(shape),
        log_density=np.full(shape, value),
        warmup_divergences=0,
        scale=np.zeros(0),
        is_interrupted=False,
        carry=nothing,
        has_failed=never,
        warmup_failures=0,
        num_evaluations=0,
    )
