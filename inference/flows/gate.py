"""Whether a flow is good enough to propose from: judged on draws that it was not fitted to.

With ``w = p / q`` at draws of the target, ``E_q[w]^2 / E_q[w^2] = 1 / (E_p[1 / w] E_p[w])``, so

    ESS share = 1 / (mean(w) mean(1 / w)),   over held-out draws of the chains:

the effective share of draws of the flow, weighted by the target, without a further evaluation of
the target. Where the flow lacks a place that chains visit, some ``w`` is huge and the share is 0.

Coverage is judged chain by chain: the share of a chain's held-out draws inside the region that
holds 99.9% of the flow's own mass. A chain in a mode that the flow does not have stands outside.

Source: Midgley, Stimper, Simm, Schölkopf & Hernández-Lobato (2023), "Flow annealed importance
sampling bootstrap", appendix (the effective sample size from draws of the target).
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.executables import stored
from gendsl.inference.flows.flow import Flow, Theta
from gendsl.inference.flows.guide import FlowGuide
from gendsl.inference.randomness import Stream

_FLOW_DRAWS = 2000
_OUTSIDE = 1e-3


class Gate(NamedTuple):
    """How good a flow is, both in [0, 1].

    Attributes:
        effective_share: of the flow's draws, weighted by the target.
        coverage: the least over the chains of the share of draws where the flow has mass.
    """

    effective_share: float
    coverage: float


def effective_share(log_weights: np.ndarray) -> float:
    """Return ``1 / (mean(w) mean(1 / w))`` of the log weights of draws of the target [draw]."""
    if not len(log_weights) or not np.isfinite(log_weights).all():
        return 0.0
    up, down = np.logaddexp.reduce(log_weights), np.logaddexp.reduce(-log_weights)
    return float(np.exp(2.0 * np.log(len(log_weights)) - up - down))


def judge(
    flow: Flow, theta: Theta, rows: np.ndarray, heights: np.ndarray, words: jax.Array
) -> Gate:
    """Return how well ``flow`` fits draws of the chains.

    Args:
        rows: draws [chain, draw, dim], not those that the flow was fitted to.
        heights: the target's log density at each [chain, draw].
        words: of the flow's own draws.
    """
    log_q, own = (np.asarray(part) for part in _log_densities(flow, theta, rows, words))
    lowest = np.quantile(own[np.isfinite(own)], _OUTSIDE) if np.isfinite(own).any() else np.inf
    coverage = np.mean(log_q >= lowest, axis=1)
    return Gate(effective_share((heights - log_q).ravel()), float(coverage.min()))


@stored("flow")
def _log_densities(
    flow: Flow, theta: Theta, rows: jax.Array, words: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Return ``log q`` at the rows [chain, draw] and at the flow's own draws [draw]."""
    guide = FlowGuide(flow)
    flat = rows.reshape(-1, rows.shape[-1])
    there = jax.vmap(guide.log_density, (None, 0))(theta, flat).reshape(rows.shape[:-1])
    return there, guide.draw(Stream(words, jnp.uint32(0)), theta, _FLOW_DRAWS)[1]
