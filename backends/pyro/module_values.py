"""What a module's call is given: each value as a tensor that fits its declaration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

from gendsl.backends.emit.arguments import DataArgument, KnownArgument, PredictArgument
from gendsl.backends.pyro.module_plan import ModulePlan
from gendsl.backends.pyro.module_tensors import CallError, check_positions, tensor_of, typed
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import counted, listed
from gendsl.ir.program import Data
from gendsl.ir.types import Kind


class Signature:
    """The arrays that a program takes, by argument: the data that each is, or is the mask of."""

    def __init__(self, plan: ModulePlan) -> None:
        self.plan = plan
        both = (*plan.emitted.arguments, *plan.emitted.prepare_arguments)
        self.data = {name: a.data for a, name in both if isinstance(a, DataArgument)}
        self.known = {name: a.data for a, name in both if isinstance(a, KnownArgument)}

    @property
    def has_predictions(self) -> bool:
        """Whether the program predicts where it is asked to."""
        return any(isinstance(a, PredictArgument) for a, _ in self.plan.emitted.arguments)

    def argument(self, name: str) -> str | None:
        """The argument of that name, or with the data of that name."""
        if name in self.data or name in self.known:
            return name
        return next((argument for argument, data in self.data.items() if data == name), None)

    def datum(self, name: str) -> Data:
        """The declaration of some data."""
        found = self.plan.program.datum(name)
        assert found is not None
        return found

    def lengths(self, arrays: Mapping[str, Any]) -> dict[str, tuple[str, int]]:
        """How many members of each dimension these arrays have, and which data say so."""
        found: dict[str, tuple[str, int]] = {}
        for argument, array in arrays.items():
            if not isinstance(array, Tensor):
                continue
            data = self.data.get(argument) or self.known[argument]
            datum = self.datum(data)
            for dim, length in zip(datum.dims, array.shape, strict=True):
                other, before = found.setdefault(dim, (data, length))
                if before != length:
                    raise CallError(
                        "G0769",
                        f"`{data}` has {length} members along `{dim}`, and `{other}` has {before}",
                        datum,
                        f"give both for the same members of `{dim}`",
                    )
        return found

    def value(self, argument: str, value: object, like: Tensor) -> Any:
        """What is given for an argument, a tensor where it is an array."""
        if argument in self.known:
            datum = self.datum(self.known[argument])
            return self._fitting(argument, value, Kind.BOOL, datum, like)
        datum = self.datum(self.data[argument])
        if value is None:
            if datum.name not in self.plan.emitted.generated:
                raise CallError(
                    "G0768",
                    f"`{datum.name}` can't be `None`: no statement draws it, all of it, before it "
                    "is read",
                    datum,
                    "give an array, or leave it out: the module's own is taken",
                )
            return None
        array = self._fitting(datum.name, value, datum.type.kind, datum, like)
        return int(array) if argument in self.plan.static else array

    def _fitting(self, name: str, value: object, kind: Kind, datum: Data, like: Tensor) -> Tensor:
        """The value as a tensor of these elements, with the axes of the declaration."""
        array = typed(name, tensor_of(name, value, like, datum), kind, like, datum)
        if array.dim() != len(datum.dims):
            raise CallError(
                "G0769",
                f"`{name}` wants {_axes(datum)}, and was given the shape {list(array.shape)}",
                datum,
                "give the axes of the declaration, in its order",
            )
        return array

    def check_positions(
        self, given: Mapping[str, Any], held: Mapping[str, Any], sizes: Mapping[str, int]
    ) -> None:
        """What is given for indices is within the dimensions that they point into."""
        own = {name: array for name, array in held.items() if name in self.data}
        lengths = {dim: length for dim, (_, length) in self.lengths({**own, **given}).items()}
        for argument, value in given.items():
            if argument in self.data and value is not None:
                datum = self.datum(self.data[argument])
                array = value if isinstance(value, Tensor) else torch.as_tensor(value)
                check_positions(datum.name, array, datum, {**lengths, **sizes})

    def unknown(self, name: str, minibatch: Iterable[str]) -> CallError:
        """No data are called so, or none that the program reads."""
        if (datum := self.plan.program.datum(name)) is not None:
            return CallError("G0768", f"the program does not read `{name}`", datum, "leave it out")
        names = [*self.data.values(), *minibatch]
        near = nearest(name, names)
        help = (
            f"did you mean `{near}`?" if near else f"there are {listed(names)}" if names else None
        )
        return CallError(
            "G0768", f"the model `{self.plan.program.name}` has no data `{name}`", help=help
        )

    def absent(self, data: str) -> CallError:
        """Data that the program needs are not there."""
        return CallError(
            "G0768",
            f"`{data}` is not given",
            self.datum(data),
            f"give it to `as_module(data)`, or at the call: `module({data}=...)`",
        )


def positions(dim: str, value: object, like: Tensor) -> Tensor:
    """The positions along a dimension that a call names."""
    found = tensor_of(dim, value, like)
    if (
        found.dim() != 1
        or found.is_floating_point()
        or found.is_complex()
        or found.dtype is torch.bool
    ):
        raise CallError(
            "G0769",
            f"`{dim}` wants positions, a vector of whole numbers",
            help=f"write `module({dim}=torch.tensor([0, 5, 7]))`",
        )
    return found.to(torch.int64)


def _axes(datum: Data) -> str:
    if not datum.dims:
        return "a single number"
    return f"{counted(len(datum.dims), 'axis', 'axes')}, {listed(datum.dims)}"
