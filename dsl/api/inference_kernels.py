"""From the kernels of an inference program to those of the inference core, for one target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from gendsl.analysis.inference_sites import leaves, uncovered
from gendsl.api.failure import UsageError
from gendsl.api.inference_flows import flow_of
from gendsl.api.settings import Plan
from gendsl.ir.program import InferenceCall
from gendsl.resolve.inference_piece import Moves
from gendsl.resolve.inference_table import PIECES

if TYPE_CHECKING:
    from gendsl.inference.protocol import Kernel
    from gendsl.inference.target import Target

Make = Callable[["Target"], "Kernel[Any, Any]"]
"""Makes a kernel that moves everything in its target."""


def kernel_of(call: InferenceCall, target: Target) -> Kernel[Any, Any] | None:
    """Return the kernel that a call stands for; None where nothing that it moves is in the target.

    That happens to quantities that the user conditioned on, and to missing data without gaps.
    """
    from gendsl.inference.combinators import mix, on, seq

    if call.parts:
        made = [kernel_of(part, target) for part in call.parts]
        weights = call.setting("weights") if call.name == "mix" else None
        shares = weights if isinstance(weights, tuple) else (1.0,) * len(made)
        kept = [(k, share) for k, share in zip(made, shares, strict=True) if k is not None]
        if len(kept) < 2:
            return kept[0][0] if kept else None
        kernels = [kernel for kernel, _ in kept]
        return seq(*kernels) if call.name == "cycle" else mix([s for _, s in kept], *kernels)
    sites = moved_sites(call, target)
    if not target.coordinates(sites):
        return None
    make = maker_of(call)
    is_all = len(target.coordinates(sites)) == target.size
    return make(target) if is_all else on(target, sites, make)


def moved_sites(call: InferenceCall, target: Target) -> frozenset[str]:
    """The sites of a target that a kernel moves: those named, else all that it can move."""
    is_discrete = PIECES[call.name].moves is Moves.DISCRETE
    able = {site.name for site in target.sites if bool(site.num_values) == is_discrete}
    named = {site.name for site in call.sites}
    return frozenset(able & named if named else able)


def check_moved(plan: Plan, target: Target) -> None:
    """Make sure that a program's kernels move every site that has coordinates.

    Raises:
        UsageError: if they leave one where it is.
    """
    moved = set().union(*(moved_sites(leaf, target) for leaf in leaves(plan.outer)))
    left = [s.name for s in target.sites if s.stop > s.start and s.name not in moved]
    if left:
        raise UsageError(uncovered(plan.program, plan.outer, dict.fromkeys(left)))


def maker_of(call: InferenceCall) -> Make:
    """Return what makes the kernel of a call that has no parts."""
    return _MAKERS[call.name](dict(call.settings))


Settings = Mapping[str, Any]


def _nuts(settings: Settings) -> Make:
    from gendsl.inference.combinators.aim import aim
    from gendsl.inference.nuts import Nuts

    depth, wanted = settings["max_depth"], settings["target_accept"]
    is_dense = _is_dense(settings)
    return lambda target: aim(Nuts(target, max_depth=depth), wanted, is_dense=is_dense)


def _hmc(settings: Settings) -> Make:
    from gendsl.inference.combinators.aim import aim
    from gendsl.inference.kernels import Hmc

    make = partial(Hmc, num_steps=settings["steps"], is_dense=_is_dense(settings))
    return lambda target: aim(make(target), settings["target_accept"])


def _chees(settings: Settings) -> Make:
    from gendsl.inference.kernels import Chees

    return partial(
        Chees,
        wanted=settings["target_accept"],
        max_steps=settings["max_steps"],
        is_dense=_is_dense(settings),
    )


def _mala(settings: Settings) -> Make:
    from gendsl.inference.combinators.aim import aim
    from gendsl.inference.kernels import Mala

    make = partial(Mala, is_dense=_is_dense(settings))
    return lambda target: aim(make(target), settings["target_accept"])


def _barker(settings: Settings) -> Make:
    from gendsl.inference.combinators.aim import aim
    from gendsl.inference.kernels import Barker

    make = partial(Barker, is_dense=_is_dense(settings))
    return lambda target: aim(make(target), settings["target_accept"])


def _random_walk(settings: Settings) -> Make:
    from gendsl.inference.combinators.aim import aim
    from gendsl.inference.kernels import RandomWalk

    make, wanted = partial(RandomWalk, is_dense=_is_dense(settings)), settings["target_accept"]
    return make if wanted is None else lambda target: aim(make(target), wanted)


def _slice(settings: Settings) -> Make:
    from gendsl.inference.kernels import Slice

    return partial(Slice, is_dense=_is_dense(settings))


def _elliptical_slice(settings: Settings) -> Make:
    from gendsl.inference.kernels import EllipticalSlice

    return EllipticalSlice


def _gibbs(settings: Settings) -> Make:
    from gendsl.inference.kernels import Gibbs

    return Gibbs


def _flow_mc(settings: Settings) -> Make:
    from gendsl.inference.flows import flow_mc

    local, map_, proposals = settings["local"], settings["map"], settings["proposals"]

    def make_local(target: Target) -> Kernel[Any, Any]:
        kernel = kernel_of(local, target)
        assert kernel is not None
        return kernel

    def make(target: Target) -> Kernel[Any, Any]:
        # Fitting pulls thousands of draws; a transition pushes a few.
        flow = flow_of(map_, target.size, "pull")
        return flow_mc(target, make_local, flow, num_proposals=proposals)

    return make


def _is_dense(settings: Settings) -> bool:
    return bool(settings["metric"] == "dense")


_MAKERS: Mapping[str, Callable[[Settings], Make]] = MappingProxyType(
    {
        "nuts": _nuts,
        "hmc": _hmc,
        "chees": _chees,
        "mala": _mala,
        "barker": _barker,
        "random_walk": _random_walk,
        "slice": _slice,
        "elliptical_slice": _elliptical_slice,
        "gibbs": _gibbs,
        "flow_mc": _flow_mc,
    }
)
