"""Priors of networks tuned to processes: what a `match` statement asks for, computed and kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from gendsl.api.compilation import Checked
from gendsl.api.failure import UsageError
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.ir.bound import BoundData
from gendsl.ir.program import Match, Program

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")

_KEPT: dict[str, dict[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class Matching:
    """How the prior of one network was tuned.

    `factors` multiply the scales of the priors as they are written, each under the name of the data
    that it is, `f.layer1.weight.scale`. `before` and `after` are the distances from the process of
    the prior as it is written and as it is tuned, `floor` that of draws of the process from others
    of its own, which is what a perfect match would show; each is a number and its standard error.
    """

    network: str
    distance: str
    settings: Mapping[str, int | float]
    factors: Mapping[str, float]
    before: tuple[float, float]
    after: tuple[float, float]
    floor: tuple[float, float]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, fit for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> Matching:
        """Return what `to_dict` wrote."""
        pairs = {name: tuple(found[name]) for name in ("before", "after", "floor")}
        return cls(**{**found, **pairs})

    def __str__(self) -> str:
        width = max(map(len, self.factors))
        factors = (f"  {name:<{width}}  {value:.4g}" for name, value in self.factors.items())
        return "\n".join((f"{self.network}: {self.summary}", *factors))

    @property
    def summary(self) -> str:
        """The distances in one line."""
        before, after, floor = (
            f"{value:.3g} ± {error:.1g}" for value, error in (self.before, self.after, self.floor)
        )
        return f"{self.distance} {before} -> {after}, where the process has {floor} from itself"


def match_priors(checked: Checked, data: object, sizes: Mapping[str, int]) -> dict[str, Matching]:
    """Tune the priors that a model's `match` statements name; see `Model.match`."""
    from gendsl.data import bind, raw_of

    program, found = checked.program, {}
    if not program.matches:
        raise UsageError(
            Diagnostic(
                "G0498",
                f"`{program.name}` matches no prior",
                help="write `match f to GP(kernel = RBF(1)) on Uniform(-3, 3)` beside a network",
            )
        )
    raw = raw_of({} if data is None else data)
    for match in program.matches:
        made = frozenset({match.points, *match.scales})
        known = {n: s for n, s in sizes.items() if n in {d.name for d in match.program.dimensions}}
        bound = bind(match.program, raw, mode="simulate", sizes=known, optional=made)
        wanted = tuple(name for name in match.scales if name not in bound.arrays)
        if wanted:
            found[match.network] = _recalled(match, wanted, _part_of(match, bound))
    return found


def with_matches(program: Program, bound: BoundData) -> BoundData:
    """The data with the factors of matched priors, tuned where the data do not give them.

    What was found is kept for the process, and on disk where compiled programs are.

    Raises:
        DiagnosticError: if a network can't be matched.
    """
    for match in program.matches:
        wanted = tuple(name for name in match.scales if name not in bound.arrays)
        if wanted:
            bound = _with(match, wanted, bound, program)
    return bound


def _with(match: Match, wanted: tuple[str, ...], bound: BoundData, program: Program) -> BoundData:
    lacking = [d.name for d in match.program.data if d.name in bound.absent - {*match.scales}]
    if lacking:
        raise DiagnosticError(
            (
                Diagnostic(
                    "G0498",
                    f"`{match.network}` can't be matched: the process or the prior depends on"
                    f" `{lacking[0]}`, which is not given",
                    match.span,
                    "matched here",
                    help="give these data, or the factors: "
                    + ", ".join(f"`{name}`" for name in wanted),
                ),
            )
        )
    part = _part_of(match, bound)
    found = _recalled(match, wanted, part)
    arrays: dict[str, Any] = {**bound.arrays}
    arrays |= {name: np.asarray(value, float) for name, value in found.factors.items()}
    ordered = {d.name: arrays[d.name] for d in program.data if d.name in arrays}
    factors = ", ".join(f"{name} = {value:.4g}" for name, value in found.factors.items())
    note = Diagnostic(
        "G0499",
        f"the prior of `{match.network}` is matched: {found.summary}",
        match.span,
        "",
        notes=(f"the scales of its priors are multiplied by {factors}",),
    )
    return replace(
        bound,
        arrays=ordered,
        absent=bound.absent - set(wanted),
        notes=(*bound.notes, note),
        matched={**bound.matched, match.network: found.to_dict()},
    )


def _part_of(match: Match, bound: BoundData) -> BoundData:
    """The data of the program of a match: factors of 1 and points of 0 stand for those to come."""
    own = {dimension.name: dimension.like for dimension in match.program.dimensions}
    sizes = {name: size for name, size in bound.sizes.items() if name in own}
    sizes[match.along] = int(match.setting("points"))
    sizes |= {name: sizes[like] for name, like in own.items() if like in sizes}
    arrays: dict[str, Any] = {}
    for datum in match.program.data:
        if datum.name == match.points:
            arrays[datum.name] = np.zeros(tuple(sizes[dim] for dim in datum.dims))
        elif datum.name in match.scales and datum.name not in bound.arrays:
            arrays[datum.name] = np.asarray(1.0)
        else:
            arrays[datum.name] = bound.arrays[datum.name]
    labels = {name: bound.labels.get(name) for name in sizes}
    return BoundData(arrays, sizes, labels, {}, frozenset())


# --- what was found before ---------------------------------------------------------------------


def _recalled(match: Match, wanted: tuple[str, ...], part: BoundData) -> Matching:
    """What was found for equal programs, settings and data, or what is found now."""
    from gendsl.executables import current_folder

    name = f"match-{_digest(match, wanted, part)}"
    folder = current_folder()
    kept = _KEPT.get(name)
    if kept is None and folder is not None:
        entry = folder.read(name)
        kept = None if entry is None else entry[0]
    if kept is None:
        kept = _matched(match, wanted, part).to_dict()
        if folder is not None:
            folder.write(name, kept)
    _KEPT[name] = kept
    return Matching.from_dict(kept)


def _digest(match: Match, wanted: tuple[str, ...], part: BoundData) -> str:
    """What decides the factors: the typed program, the settings, the data and the versions."""
    said = hashlib.sha256(repr((match, wanted, sorted(part.sizes.items()))).encode())
    for package in ("gendsl", "jax", "jaxlib", "numpyro", "optax"):
        said.update(f"{package} {version(package)}".encode())
    for name, array in part.arrays.items():
        values = np.ascontiguousarray(array)
        said.update(f"{name} {values.dtype} {values.shape}".encode() + values.tobytes())
    return said.hexdigest()


# --- tuning ------------------------------------------------------------------------------------


def _matched(match: Match, wanted: tuple[str, ...], part: BoundData) -> Matching:
    from gendsl.api.lowering import explained, lower
    from gendsl.api.matching_draws import MatchDraws
    from gendsl.api.runtime import computing
    from gendsl.inference.matching import DISTANCES, Tuning, estimated, tune

    settings = dict(match.settings)
    seed = int(settings["seed"])
    with computing(), explained(match.program):
        density = lower(match.program).bind(part)
        functions = MatchDraws(density, match, wanted)
        distance = _set_from(DISTANCES[match.distance], settings)
        tuning = _set_from(Tuning, settings)
        found = tune(functions, density.data, distance, len(wanted), tuning, seed=seed)
        written = np.ones(len(wanted))
        candidates = (*found, written)
        *tried, _ = estimated(functions, density.data, distance, candidates, seed=seed + 1)
        values = np.array([each.value for each in tried])
        factors = candidates[int(np.argmin(np.where(np.isfinite(values), values, np.inf)))]
        scales = (written, factors)
        before, after, floor = estimated(functions, density.data, distance, scales, seed=seed + 2)
    if not np.all(np.isfinite([*factors, *before, *after, *floor])):
        raise DiagnosticError(
            (
                Diagnostic(
                    "G0498",
                    f"`{match.network}` can't be matched: its distance from the process is not"
                    " finite",
                    match.span,
                    f"{match.distance} from {before.value:g} to {after.value:g}",
                    help="is the kernel a covariance, positive definite at any points? If so, begin"
                    " at smaller scales: weights overflow",
                ),
            )
        )
    return Matching(
        match.network,
        match.distance,
        settings,
        dict(zip(wanted, map(float, factors), strict=True)),
        (before.value, before.error),
        (after.value, after.error),
        (floor.value, floor.error),
    )


def _set_from(made: type[T], settings: Mapping[str, int | float]) -> T:
    """A dataclass whose fields are settings."""
    return made(**{field.name: settings[field.name] for field in fields(made)})
