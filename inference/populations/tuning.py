"""A kernel's parameters from the particles that it is about to move.

The scale is the particles' own: their standard deviations, or a root of their covariance shrunk
towards its diagonal where particles are few. The step size follows the acceptance rate over all
particles, which is precise enough for a long step:

    log step += 2 (acceptance - wanted).

Compositions are tuned part by part. A part without a step and a scale stays as it is.

Source: Fearnhead & Taylor (2013), "An adaptive sequential Monte Carlo sampler" (scale);
Beskos, Jasra, Kantas & Thiery (2016), "On the convergence of adaptive sequential Monte Carlo
methods" (that such tuning stays consistent).
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference.adaptation import Adaptation, Each, StepAndScale
from gendsl.inference.combinators import Mix, On, Repeat, Seq
from gendsl.inference.local import Params
from gendsl.inference.populations.varied import Varied
from gendsl.inference.populations.weighted import ess
from gendsl.inference.protocol import Info, Kernel

_GAIN = 2.0


def first_params(kernel: Kernel[Any, Any], dtype: Any) -> Any:
    """Return the parameters that a kernel starts its warm-up with."""
    learnt, shared = kernel.adaptation.init(dtype)
    return kernel.adaptation.params(learnt, shared)


def rescaled(
    kernel: Kernel[Any, Any], params: Any, positions: jax.Array, log_weights: jax.Array
) -> Any:
    """Return ``params`` with the scale of weighted ``positions`` [particle, dim]."""
    match kernel:
        case Seq() | Mix():
            parts = zip(kernel.kernels, params, strict=True)
            return tuple(rescaled(part, own, positions, log_weights) for part, own in parts)
        case Repeat():
            return (rescaled(kernel.kernel, params[0], positions, log_weights),)
        case Varied():
            return rescaled(kernel.kernel, params, positions, log_weights)
        case On():
            places = np.asarray(kernel.target.coordinates(kernel.sites))
            return (rescaled(kernel.kernel, params[0], positions[:, places], log_weights),)
        case _ if isinstance(params, Params):
            return params._replace(scale=_scale(params.scale, positions, log_weights))
        case _:
            return params


def restepped(adaptation: Adaptation, params: Any, info: Info) -> Any:
    """Return ``params`` with step sizes nearer to the wanted acceptance, by ``info`` [particle]."""
    if isinstance(adaptation, Each):
        after = list(params)
        for part, (seen, _) in zip(adaptation.order, info.parts, strict=True):
            after[part] = restepped(adaptation.adaptations[part], after[part], seen)
        return tuple(after)
    if isinstance(adaptation, StepAndScale) and adaptation.wanted is not None:
        rate = jnp.mean(jnp.nan_to_num(info.acceptance_rate))
        longer = jnp.exp(_GAIN * (rate - adaptation.wanted))
        return params._replace(step_size=params.step_size * longer.astype(params.step_size.dtype))
    return params


def _scale(before: jax.Array, positions: jax.Array, log_weights: jax.Array) -> jax.Array:
    weights = jnp.exp(log_weights)
    mean = weights @ positions
    apart = positions - mean
    variances = weights @ apart**2
    if before.ndim == 1:
        return jnp.where(variances > 0, jnp.sqrt(variances), before)
    size = len(mean)
    covariance = (apart * weights[:, None]).T @ apart
    share = (size + 1) / (size + 1 + ess(log_weights))
    floored = jnp.where(variances > 0, variances, 1.0)
    shrunk = (1 - share) * covariance + share * jnp.diag(floored)
    root: jax.Array = jnp.linalg.cholesky(shrunk)
    return root
