"""The arguments of one call of a module: its own data, and those given in their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from pyro.poutine.messenger import Messenger
from torch import Tensor

from gendsl.backends.emit.arguments import (
    Argument,
    BatchArgument,
    DataArgument,
    GapCountArgument,
    GapsArgument,
    KnownArgument,
    LabelArgument,
    PredictArgument,
    SizeArgument,
    StatesArgument,
)  # fmt: skip
from gendsl.backends.load import load
from gendsl.backends.pyro.module_plan import ModulePlan
from gendsl.backends.pyro.module_sizes import Held, Sizing
from gendsl.backends.pyro.module_tensors import CallError
from gendsl.backends.pyro.module_values import Signature, positions


class Chosen(Messenger):
    """Gives plates their members: those of the call, not some at random."""

    def __init__(self, indices: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.indices = indices

    def _pyro_sample(self, message: Any) -> None:
        """Pyro's entry."""
        if message["name"] in self.indices and message["value"] is None:
            message["value"] = self.indices[message["name"]]


@dataclass(frozen=True, slots=True)
class Call:
    """The arguments of the program's `model`, and the members that plates are told to take."""

    arguments: Mapping[str, Any]
    indices: Mapping[str, Tensor]


def arranged(
    plan: ModulePlan,
    held: Held,
    numbers: Mapping[str, int],
    minibatch: Mapping[str, int | None],
    given: Mapping[str, Any],
    like: Tensor,
) -> Call:
    """The arguments of `model`; reals are of the type of `like`.

    Raises:
        CallError: if a name is no data's, data are missing or shapes don't fit.
    """
    return _Arranging(plan, held, numbers, minibatch, like).call(given)


class _Arranging:
    """Puts one call's arguments together."""

    def __init__(
        self,
        plan: ModulePlan,
        held: Held,
        numbers: Mapping[str, int],
        minibatch: Mapping[str, int | None],
        like: Tensor,
    ) -> None:
        self.plan, self.held, self.numbers = plan, held, numbers
        self.minibatch, self.like = minibatch, like
        self.signature = Signature(plan)

    def call(self, given: Mapping[str, Any]) -> Call:
        """The arguments, checked."""
        arrays: dict[str, Any] = {}
        chosen: dict[str, Tensor] = {}
        flags: dict[str, bool] = {}
        for name, value in given.items():
            argument = self.signature.argument(name)
            if argument is not None:
                arrays[argument] = self.signature.value(argument, value, self.like)
            elif name in self.minibatch:
                chosen[name] = positions(name, value, self.like)
            elif name == "predict" and self.signature.has_predictions:
                flags[name] = bool(value)
            else:
                raise self.signature.unknown(name, self.minibatch)
        sizing = Sizing(self.signature, self.held, self.numbers, self.minibatch, self.like.device)
        sizes = sizing.found(arrays, chosen)
        self.signature.check_positions(arrays, self.held, sizes.sizes)
        values = {name: value for name, value in self.held.items() if value is not None} | arrays
        self._add_masks(values, arrays)
        values = self._prepared(values, arrays, sizes.sizes)
        found: dict[str, Any] = {}
        for argument_, name in self.plan.emitted.arguments:
            match argument_:
                case SizeArgument(dim):
                    found[name] = sizes.sizes[dim]
                case BatchArgument(dim):
                    found[name] = sizes.batches[dim]
                case GapsArgument(data):
                    found[name] = self._gaps(name, data, values, arrays)
                case GapCountArgument(data) if self.signature.argument(data) in arrays:
                    found[name] = 0
                case KnownArgument(data) if name not in values:
                    lengths = [sizes.sizes[dim] for dim in self.signature.datum(data).dims]
                    found[name] = torch.ones(lengths, dtype=torch.bool)
                case PredictArgument():
                    pass
                case DataArgument(data) if name not in values and name not in self.numbers:
                    if data not in self.plan.emitted.generated:
                        raise self.signature.absent(data)
                case _ if name in values:
                    found[name] = values[name]
                case _ if name in self.numbers:
                    found[name] = self.numbers[name]
                case _:
                    raise self._unsaid(argument_)
        indices = {self.plan.plate(dim): at for dim, at in sizes.indices.items()}
        return Call(found | flags, indices)

    def _unsaid(self, argument: Argument) -> CallError:
        """What no array can say at a call."""
        match argument:
            case LabelArgument(dim, label):
                what = f"the position of `{label}` along `{dim}`"
            case StatesArgument(site):
                what = f"the number of values of `{site}`"
            case GapsArgument(data) | GapCountArgument(data):
                what = f"which entries of `{data}` are missing"
            case _:
                what = "what follows from data alone"
        return CallError(
            "G0768",
            f"{what} is not known",
            help="`as_module(data)` reads it off the data, as does a state that is loaded",
        )

    def _gaps(
        self, name: str, data: str, values: Mapping[str, Any], arrays: Mapping[str, Any]
    ) -> tuple[Tensor, ...]:
        """The places of missing entries: data given at the call have none."""
        names = [f"{name}_{i}" for i in range(len(self.signature.datum(data).dims))]
        if self.signature.argument(data) in arrays:
            return tuple(torch.zeros(0, dtype=torch.int64) for _ in names)
        if any(values.get(each) is None for each in names):
            raise self._unsaid(GapsArgument(data))
        return tuple(values[each] for each in names)

    def _add_masks(self, values: dict[str, Any], arrays: Mapping[str, Any]) -> None:
        """Data given at the call are known, all of them, unless their mask is given too."""
        for mask, data in self.signature.known.items():
            argument = self.signature.argument(data)
            if argument is None or mask in arrays or argument not in arrays:
                continue
            values.pop(mask, None)
            if isinstance(arrays[argument], Tensor):
                values[mask] = torch.ones_like(arrays[argument], dtype=torch.bool)

    def _prepared(
        self, values: dict[str, Any], arrays: Mapping[str, Any], sizes: Mapping[str, int]
    ) -> dict[str, Any]:
        """The values, what depends on data alone computed anew where these are the call's."""
        wanted = {name for _, name in self.plan.emitted.prepare_arguments}
        made = {name for a, name in self.plan.emitted.arguments if name in self.plan.prepared_names}
        if not wanted or (wanted.isdisjoint(arrays) and made <= values.keys()):
            return values
        before: dict[str, Any] = {}
        for argument, name in self.plan.emitted.prepare_arguments:
            match argument:
                case SizeArgument(dim):
                    before[name] = self._length(dim, values, sizes)
                case DataArgument(data) if name not in values and name not in self.numbers:
                    raise self.signature.absent(data)
                case _:
                    before[name] = values[name] if name in values else self.numbers[name]
        fresh = load(self.plan.emitted.source).prepare(**before)
        return values | {name: torch.as_tensor(value) for name, value in fresh.items()}

    def _length(self, dim: str, values: Mapping[str, Any], sizes: Mapping[str, int]) -> int:
        """How many members the data have: where they are a minibatch, not all of them."""
        for argument, data in self.signature.data.items():
            array, dims = values.get(argument), self.signature.datum(data).dims
            if isinstance(array, Tensor) and dim in dims:
                return int(array.shape[dims.index(dim)])
        return sizes[dim]
