"""Draws of a network as positions of the model that it proposes for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gendsl.analysis.proposals import without_place
from gendsl.api.inference_posterior import Posterior, said_of
from gendsl.api.pfn_prediction import Context
from gendsl.api.proposal_context import context_of
from gendsl.api.proposal_maps import (
    Placed,
    positions_with,
    shapes_at,
    values_at_positions,
)
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.diagnostics.wording import listed
from gendsl.ir.program import InferenceCall

if TYPE_CHECKING:
    from gendsl.api.pfn_trained import TrainedPfn

Floats = NDArray[np.float64]

_AT_ONCE = 1024
"""Draws of the network: as many each time, so that one program serves all."""

_CLOSE = {4: 1e-3, 8: 1e-6}
"""How well positions give the values that they are of, by the bytes of a number."""


class ProposalDraws(NamedTuple):
    """Positions [draw, dim], and the log density [draw] that they were drawn from.

    The density is NaN where a draw has no position. That is right of a draw outside of the model's
    support; `is_lost` [draw] are the others, whose position arithmetic did not find.
    """

    positions: Floats
    log_q: Floats
    is_lost: NDArray[np.bool_]


def draw_positions(
    network: TrainedPfn, posterior: Posterior, call: InferenceCall, count: int, seed: int
) -> ProposalDraws:
    """Draw all latents of a model from a network given the model's data.

    Raises:
        DiagnosticError: if the network does not predict all of them, or has other sizes, or the
            data can't be read.
    """
    names = _latents(network)
    absent = [name for name in _coordinates(posterior) if name not in names]
    if absent:
        raise DiagnosticError((_lacks(network, call, absent),))
    context = context_of(network, posterior.bound)
    drawn = _draws(network, context, count, seed)
    log_u = _heights(network, context, drawn)[:count]
    placed = network.latent_map(np.concatenate(drawn)[:count])
    _check_shapes(posterior, placed, call, names)
    defaults = np.zeros((count, posterior.density.size))
    positions, is_beyond = positions_with(posterior, placed.values, defaults)
    again = values_at_positions(posterior, positions, names)
    with np.errstate(invalid="ignore"):  # where a draw is impossible, volumes are not finite
        log_q = log_u + again.log_volume - placed.log_volume
    is_right = _agree(placed.values, again.values) & np.isfinite(positions).all(axis=1)
    is_right &= np.isfinite(log_q)
    return ProposalDraws(positions, np.where(is_right, log_q, np.nan), ~is_right & ~is_beyond)


def draw_starts(
    network: TrainedPfn, posterior: Posterior, call: InferenceCall, defaults: Any, seed: int
) -> Floats:
    """Draw positions [draw, dim] that have what a network predicts, and the rest of `defaults`.

    Where a draw is impossible the coordinates are not finite.

    Raises:
        DiagnosticError: as :func:`draw_positions`, but that latents may be left over.
    """
    names = _latents(network)
    context = context_of(network, posterior.bound)
    drawn = np.concatenate(_draws(network, context, len(defaults), seed))[: len(defaults)]
    placed = network.latent_map(drawn)
    _check_shapes(posterior, placed, call, names)
    return positions_with(posterior, placed.values, defaults).at


def predicts_all(network: TrainedPfn, posterior: Posterior) -> bool:
    """Whether no latent of the model is left to others."""
    return set(_coordinates(posterior)) <= set(_latents(network))


def _latents(network: TrainedPfn) -> tuple[str, ...]:
    return tuple(each.name for each in network.prior.pfn.latents)


def _coordinates(posterior: Posterior) -> dict[str, None]:
    """The quantities that a position has coordinates of, in order."""
    return {said_of(site): None for site in posterior.density.sites if site.stop > site.start}


def _draws(
    network: TrainedPfn, context: Context, count: int, seed: int
) -> list[NDArray[np.float32]]:
    """Draws [draw, latent] in the network's coordinates, as many at a time as it makes at once."""
    import jax

    seeds = np.random.SeedSequence(seed, spawn_key=(15,)).generate_state(-(-count // _AT_ONCE))
    with jax.enable_x64(False):
        return [
            network.predictor.latents(context.x, context.y, int(each) >> 1, _AT_ONCE)
            for each in seeds
        ]


def _heights(network: TrainedPfn, context: Context, drawn: list[NDArray[np.float32]]) -> Floats:
    """The log densities [draw] that the network gives its draws."""
    import jax

    with jax.enable_x64(False):
        found = [network.predictor.latent_log_density(context.x, context.y, rows) for rows in drawn]
    return np.concatenate(found).astype(np.float64)


def _check_shapes(
    posterior: Posterior, placed: Placed, call: InferenceCall, names: tuple[str, ...]
) -> None:
    own = shapes_at(posterior, names)
    for name in names:
        theirs = placed.values[name].shape[1:]
        if name not in own:
            raise DiagnosticError((without_place(name, call),))
        if own[name] == theirs:
            continue
        raise DiagnosticError(
            (
                Diagnostic(
                    "G1043",
                    f"`{name}` has the shape {_said(own[name])} given the data, and {_said(theirs)}"
                    " in the network",
                    call.span,
                    "draws from that network",
                    help="train a network for that size: `dim` of its prior fixes it",
                ),
            )
        )


def _said(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) if shape else "of one number"


def _agree(one: Mapping[str, NDArray[Any]], other: Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]:
    """Whether values by name are the same, by draw."""
    found = []
    for name, values in one.items():
        left = values.reshape(len(values), -1)
        right = other[name].reshape(len(values), -1)
        close = _CLOSE[right.dtype.itemsize]
        with np.errstate(invalid="ignore"):
            size = np.max(np.abs(left), axis=1, keepdims=True, initial=0.0)
            found.append((np.abs(left - right) <= close * size).all(axis=1))
    same: NDArray[np.bool_] = np.all(found, axis=0)
    return same


def _lacks(network: TrainedPfn, call: InferenceCall, absent: list[str]) -> Diagnostic:
    return Diagnostic(
        "G1042",
        f"`{network.name}` does not predict {listed(absent, 6)}",
        call.span,
        "draws every latent quantity from the network",
        notes=(f"it predicts {network.question}",),
        help=f"train one with `predict {', '.join([*_latents(network), *absent])} given ...`, or"
        f" start chains at its draws: `nuts(init = {call.setting('proposal')})`",
    )
