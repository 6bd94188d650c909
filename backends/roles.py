"""What each site of a generated program is for."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from gendsl.backends.emit import Emitted
from gendsl.backends.emit.arguments import (
    DataArgument,
    GapsArgument,
    KnownArgument,
    SizeArgument,
)
from gendsl.backends.emit.odes import unsolved_site
from gendsl.backends.emit.scope import Piece
from gendsl.ir.bound import missing_site
from gendsl.ir.expr import Const, Dims, Expr, Op, Ref, Size
from gendsl.ir.ode import OdeSystem
from gendsl.ir.program import (
    Elimination,
    Program,
    Recurrence,
    Sample,
    SampleRole,
    Slice,
)  # fmt: skip
from gendsl.ir.walk import defined_names, is_prediction, parts


@dataclass(frozen=True, slots=True)
class Observation:
    """A site that scores data: which, as which argument, its axes, and the part it scores."""

    site: str
    data: str
    argument: str
    dims: Dims
    slice: Slice | None
    has_condition: bool


@dataclass(frozen=True, slots=True)
class Sum:
    """A site that sums discrete latents out of what is observed.

    Its log density varies over `dims`, and is shown as `name`: that of the data where they are one
    array (`data`, with its axes), else that of the first latent. Where the sum has densities of
    continuous latents or factors in it, `observed` are the places of the tables that score data.
    """

    name: str
    dims: Dims
    data: str | None
    data_dims: Dims
    observed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Roles:
    """`latents` gives for each latent site the name to show it by: another's for auxiliary ones.

    `predictions` are the quantities that never condition, `static` the data that are Python
    numbers, `pieces` the sites that make up a series; `droppable` are the arguments that a
    simulation leaves out, `lagged` the data that can't be. Of optional data, `gaps` gives the
    argument with the places of missing entries that are latent, `known` the mask of those that are
    scored around. `sums` are the sites that sum discrete latents out of what is observed;
    `expressions` those that score an expression, `solves` those that rule out where equations can't
    be solved. `arguments` gives the argument of each data array. `weights` are the weights and
    biases of networks, `outputs` the quantities that hold what networks give.
    """

    latents: Mapping[str, str]
    observations: Mapping[str, Observation]
    droppable: frozenset[str]
    lagged: tuple[str, ...]
    predictions: frozenset[str]
    static: Mapping[str, int]
    pieces: Mapping[str, Piece]
    gaps: Mapping[str, str]
    known: Mapping[str, str]
    sums: Mapping[str, Sum]
    expressions: frozenset[str]
    solves: frozenset[str]
    arguments: Mapping[str, str]
    weights: frozenset[str] = frozenset()
    outputs: frozenset[str] = frozenset()

    @property
    def imputed(self) -> frozenset[str]:
        """The sites of missing entries that are inferred."""
        return frozenset(missing_site(data) for data in self.gaps)

    @property
    def has_predictions(self) -> bool:
        """Whether the model has an argument `predict`."""
        return bool(self.predictions)

    def part(self, observation: Observation, shape: tuple[int, ...]) -> tuple[slice, ...]:
        """The entries of the data, of this shape, that a site scores."""
        narrowed = observation.slice
        places: list[slice] = []
        for dim, size in zip(observation.dims, shape, strict=True):
            if narrowed is None or narrowed.dim != dim:
                places.append(slice(None))
            else:
                start = static_value(narrowed.start, 0, size, self.static)
                places.append(slice(start, static_value(narrowed.stop, size, size, self.static)))
        return tuple(places)

    @property
    def hidden(self) -> frozenset[str]:
        """The sites that the compiler made."""
        made = {name for name in self.latents if not self.is_shown(name)}
        return frozenset(made | set(self.pieces))

    def is_shown(self, name: str) -> bool:
        """Whether a latent site is the user's own."""
        return self.latents.get(name) == name


def _samples(program: Program) -> Iterator[Sample]:
    for node in program.nodes:
        if isinstance(node, Sample):
            yield node
        elif isinstance(node, Recurrence):
            for series in node.series:
                if isinstance(series.step, Sample):
                    yield series.step


def roles(program: Program, emitted: Emitted, static: Mapping[str, int]) -> Roles:
    """Read the roles off the program and what was emitted for it."""
    names = {a.data: name for a, name in emitted.arguments if isinstance(a, DataArgument)}
    gaps = {a.data: name for a, name in emitted.arguments if isinstance(a, GapsArgument)}
    known = {a.data: name for a, name in emitted.arguments if isinstance(a, KnownArgument)}
    latents: dict[str, str] = {missing_site(data): data for data in emitted.imputed}
    numbers = {data: static[names[data]] for data in emitted.static}
    numbers |= {
        f"size({a.dim})": static[name]
        for a, name in emitted.arguments
        if isinstance(a, SizeArgument) and name in static
    }
    pieces = {site: _placed(piece, numbers) for site, piece in emitted.pieces}
    predicted = {n for node in program.nodes if is_prediction(node) for n in defined_names(node)}
    latents |= {site: piece.of for site, piece in pieces.items() if piece.of not in predicted}
    pieced = {piece.of for piece in pieces.values()}
    observations: dict[str, Observation] = {}
    expressions: set[str] = set()
    lagged: list[str] = []
    for node in _samples(program):
        match node.role:
            case SampleRole.LATENT if node.name in pieced:
                pass
            case SampleRole.LATENT:
                latents[node.name] = node.name
            case SampleRole.AUXILIARY:
                latents[node.name] = _shown(node, program)
            case SampleRole.OBSERVED:
                found = _observation(node, program, names)
                if found is not None:
                    observations[node.name] = found
                    if found.data not in emitted.generated and found.data not in lagged:
                        lagged.append(found.data)
                elif not _is_conditioned_on(node, program):
                    expressions.add(node.name)
            case SampleRole.PREDICTED:
                pass
    droppable = frozenset(names[data] for data in emitted.generated)
    droppable |= {*gaps.values(), *known.values()}
    return Roles(
        latents,
        observations,
        droppable,
        tuple(lagged),
        frozenset(predicted),
        numbers,
        pieces,
        gaps,
        known,
        dict(_sums(program)),
        frozenset(expressions),
        frozenset(
            unsolved_site(n.name)
            for n in program.nodes
            if isinstance(n, OdeSystem) and not n.is_prediction
        ),
        names,
        frozenset(site for network in program.networks for site in network.sites),
        frozenset(call.holder for network in program.networks for call in network.calls),
    )


def _sums(program: Program) -> Iterator[tuple[str, Sum]]:
    for node in program.nodes:
        if not isinstance(node, Elimination):
            continue
        inside = [part for original in node.nodes for part in parts(original)]
        observed = [
            part for part in inside if isinstance(part, Sample) and part.role is SampleRole.OBSERVED
        ]
        if observed:
            yield f"{node.name}.sum", _sum(node, observed, program)


def _sum(node: Elimination, observed: Sequence[Sample], program: Program) -> Sum:
    scored = {part.value for part in observed}
    places = _observed_tables(node, observed)
    match tuple(scored):
        case (Ref(name, dims),) if program.datum(name) is not None:
            return Sum(name, node.dims, name, dims, places)
        case _:
            return Sum(node.name, node.dims, None, (), places)


def _observed_tables(node: Elimination, observed: Sequence[Sample]) -> tuple[int, ...]:
    """The places of the tables that score data; none where the others sum to 1 by themselves."""
    data, hidden = {part.name for part in observed}, {site.name for site in node.sites}
    scores = [table.score for table in node.tables]
    is_data = [isinstance(score, Sample) and score.name in data for score in scores]
    rest = [score for score, is_it in zip(scores, is_data, strict=True) if not is_it]
    if all(score.name in hidden for score in rest):
        return ()
    return tuple(i for i, is_it in enumerate(is_data) if is_it)


def _shown(node: Sample, program: Program) -> str:
    """The equation that an auxiliary site was made for."""
    stem = node.name.rsplit(".", 1)[0]
    names = {name for n in program.nodes for name in defined_names(n)}
    return stem if stem in names and stem != node.name else f"{node.name} (internal)"


def _is_conditioned_on(node: Sample, program: Program) -> bool:
    datum = program.datum(node.value.name) if isinstance(node.value, Ref) else None
    return datum is not None and datum.is_fixed


def _observation(node: Sample, program: Program, names: Mapping[str, str]) -> Observation | None:
    if not isinstance(node.value, Ref):
        return None
    datum = program.datum(node.value.name)
    if datum is None or datum.is_fixed:
        return None
    events = node.event_dims
    follows_data = node.value.dims[len(node.value.dims) - len(events) :] == events
    dims = node.value.dims if follows_data else node.dims
    has_condition = node.where is not None
    return Observation(node.name, datum.name, names[datum.name], dims, node.slice, has_condition)


def _placed(piece: Piece, static: Mapping[str, int]) -> Piece:
    """The piece with its ends as numbers."""
    ends = [
        end if place is None or end is None else end + static_value(place, 0, 0, static)
        for end, place in zip((piece.start, piece.stop), piece.places, strict=True)
    ]
    return replace(piece, start=ends[0], stop=ends[1])


_INTEGERS: Mapping[str, Callable[[int, int], int]] = MappingProxyType(
    {"+": operator.add, "-": operator.sub, "*": operator.mul, "max": max, "min": min}
)


def static_value(expr: Expr | None, default: int, size: int, static: Mapping[str, int]) -> int:
    """A bound of a slice as a number."""
    match expr:
        case None:
            return default
        case Const(value):
            return int(value)
        case Size(dim):
            return static.get(f"size({dim})", size)
        case Op("+" | "-" | "*" | "max" | "min" as name, (left, right)):
            numbers = (static_value(e, 0, size, static) for e in (left, right))
            return _INTEGERS[name](*numbers)
        case Ref(name):
            return int(static[name])
        case _:
            raise ValueError("a statement's start is no position")
