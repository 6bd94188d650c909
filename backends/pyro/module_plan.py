"""What a module is of: the program, its text, and what the arguments of the model are for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from gendsl.backends.emit import Emitted
from gendsl.backends.emit.arguments import (
    BatchArgument,
    DataArgument,
    GapsArgument,
    KnownArgument,
    PreparedArgument,
    SizeArgument,
)  # fmt: skip
from gendsl.backends.emit.module import plate_name
from gendsl.backends.emit.names import identifier
from gendsl.backends.given import Inputs, given_for_prepare
from gendsl.backends.known import with_masks
from gendsl.backends.pyro.inputs import inputs, tensor
from gendsl.ir.bound import BoundData
from gendsl.ir.expr import Const
from gendsl.ir.program import Program


@dataclass(frozen=True, slots=True)
class ModulePlan:
    """The program and its text; `inputs` are its arguments, where there are data.

    `minibatch` gives for each dimension that is read in minibatches how many members there are in
    one, or `None` for all; `parameters` the attribute of each latent that is a point, by site, and
    `starts` the values at which some of them start; `sizes` those of dimensions that no data give.
    Where there are no data, `stand_in` has arguments of their kind, with which parameters start.
    """

    program: Program
    emitted: Emitted
    inputs: Inputs | None
    minibatch: Mapping[str, int | None]
    parameters: Mapping[str, str]
    starts: Mapping[str, Any]
    sizes: dict[str, int]
    stand_in: Inputs | None = None
    arrays: tuple[str, ...] = field(init=False)
    values: Mapping[str, Tensor] = field(init=False)

    def __post_init__(self) -> None:
        held = {} if self.inputs is None else _flat(self.inputs.arrays)
        object.__setattr__(self, "arrays", tuple(dict.fromkeys((*self._declared(), *held))))
        object.__setattr__(self, "values", held)

    def __deepcopy__(self, _: object) -> ModulePlan:
        return self

    @property
    def is_bound(self) -> bool:
        """Whether it has data."""
        return self.inputs is not None

    @property
    def numbers(self) -> Mapping[str, int]:
        """The arguments that are Python numbers, minibatches aside."""
        static = {} if self.inputs is None else self.inputs.static
        batches = {name for a, name in self.emitted.arguments if isinstance(a, BatchArgument)}
        return {name: number for name, number in static.items() if name not in batches}

    @property
    def size_names(self) -> Mapping[str, str]:
        """The argument with the size of each dimension."""
        return {a.dim: name for a, name in self.emitted.arguments if isinstance(a, SizeArgument)}

    @property
    def static(self) -> frozenset[str]:
        """The data that are Python numbers."""
        return self.emitted.static | self.emitted.prepare_static

    @property
    def required(self) -> tuple[str, ...]:
        """The arrays without which the program can't run."""
        absent = frozenset() if self.inputs is None else self.inputs.absent
        return tuple(
            name
            for argument, name in self.emitted.arguments
            if name in self.arrays
            and name not in absent
            and not (isinstance(argument, DataArgument) and argument.data in self.emitted.generated)
        )

    @property
    def prepared_names(self) -> frozenset[str]:
        """The arguments that `prepare` computes."""
        return frozenset(n for a, n in self.emitted.arguments if isinstance(a, PreparedArgument))

    def plate(self, dim: str) -> str:
        """The site of the plate of a dimension."""
        return plate_name(dim, self.program)

    def _declared(self) -> list[str]:
        """The arguments that are arrays, but for places of missing entries."""
        names: list[str] = []
        for argument, name in (*self.emitted.arguments, *self.emitted.prepare_arguments):
            match argument:
                case DataArgument(data) if data not in self.static:
                    names.append(name)
                case KnownArgument() | PreparedArgument():
                    names.append(name)
                case GapsArgument(data):
                    datum = self.program.datum(data)
                    names += [f"{name}_{i}" for i, _ in enumerate(datum.dims if datum else ())]
                case _:
                    pass
        return names


def _flat(arrays: Mapping[str, Any]) -> dict[str, Tensor]:
    """The arrays, each of a tuple by a name of its own."""
    flat: dict[str, Tensor] = {}
    for name, value in arrays.items():
        if isinstance(value, tuple):
            flat |= {f"{name}_{i}": part for i, part in enumerate(value)}
        else:
            flat[name] = value
    return flat


def planned(
    program: Program,
    emitted: Emitted,
    bound: BoundData | None,
    minibatch: Mapping[str, int | None],
    parameters: Mapping[str, Any],
    sizes: Mapping[str, int],
    made_up: BoundData | None,
) -> ModulePlan:
    """The plan of a module: `parameters` has the start of each, or `None`.

    Raises:
        HasNoDistribution: if data are missing that nothing infers.
    """
    attributes = {site: identifier(site) for site in parameters}
    starts = {site: value for site, value in parameters.items() if value is not None}
    known = {d.name: len(d.labels) for d in program.dimensions if d.labels is not None}
    known |= {d.name: int(d.size.value) for d in program.dimensions if isinstance(d.size, Const)}
    known |= sizes
    found = None
    if bound is not None:
        masked = with_masks(program, bound)
        before = given_for_prepare(program, emitted, masked, tensor)
        own = inputs(program, emitted, masked)
        arrays = {**before.arrays, **own.arrays}
        found = Inputs({**before.static, **own.static}, arrays, own.absent)
    stand_in = None
    if made_up is not None:
        stand_in = inputs(program, emitted, with_masks(program, made_up))
    return ModulePlan(program, emitted, found, minibatch, attributes, starts, known, stand_in)
