"""Dual averaging of the log step size towards a wished-for acceptance rate.

With ``H_t = delta - acceptance_t`` and its running mean ``S_t`` (weight ``1 / (t + t0)``),

    log e_t = anchor - sqrt(t) / gamma * S_t,
    average_t = t^-kappa log e_t + (1 - t^-kappa) average_{t-1}.

The step in use during warm-up is ``e_t``, the one kept afterwards ``exp(average)``.

Source: Hoffman & Gelman (2014), section 3.2.1, eq. 6, with their gamma, t0 and kappa.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

_GAMMA = 0.05
_T0 = 10.0
_KAPPA = 0.75


class DualAveraging(NamedTuple):
    """One chain's step size adaptation; every field a scalar of the position's dtype."""

    log_step: jax.Array
    log_average: jax.Array
    shortfall: jax.Array
    num_updates: jax.Array
    anchor: jax.Array


def start(log_step: jax.Array) -> DualAveraging:
    """Return the adaptation that starts from ``log_step`` (an array of any shape).

    The anchor is ten times the start, which favours trying large steps early.
    """
    nothing = log_step * 0
    return DualAveraging(log_step, log_step, nothing, nothing, log_step + 2.302585092994046)


def update(state: DualAveraging, acceptance_rate: jax.Array, wanted: jax.Array) -> DualAveraging:
    """Return ``state`` after a transition with ``acceptance_rate``, aiming at ``wanted``."""
    count = state.num_updates + 1
    weight = 1.0 / (count + _T0)
    shortfall = (1.0 - weight) * state.shortfall + weight * (wanted - acceptance_rate)
    log_step = state.anchor - jnp.sqrt(count) / _GAMMA * shortfall
    fresh = count**-_KAPPA
    log_average = fresh * log_step + (1.0 - fresh) * state.log_average
    return DualAveraging(log_step, log_average, shortfall, count, state.anchor)
