"""How many members the dimensions of a module's call have, and which of them it is to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gendsl.backends.emit.arguments import BatchArgument
from gendsl.backends.emit.minibatch import obstacle, position_read
from gendsl.backends.pyro.module_tensors import CallError
from gendsl.backends.pyro.module_values import Signature
from gendsl.ir.expr import Dims
from gendsl.ir.program import SampleRole
from gendsl.ir.walk import sites

Held = Mapping[str, Tensor | None]


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of each dimension how many members there are, and of minibatches the members, if chosen."""

    sizes: Mapping[str, int]
    batches: Mapping[str, int]
    indices: Mapping[str, Tensor]


class Sizing:
    """Finds the sizes of one call."""

    def __init__(
        self,
        signature: Signature,
        held: Held,
        numbers: Mapping[str, int],
        minibatch: Mapping[str, int | None],
        device: torch.device,
    ) -> None:
        self.signature, self.plan = signature, signature.plan
        self.data, self.known = signature.data, signature.known
        self.held, self.numbers = held, numbers
        self.minibatch, self.device = minibatch, device

    def found(self, arrays: Mapping[str, Any], chosen: Mapping[str, Tensor]) -> Sizes:
        """The sizes, of which the arrays and the members chosen in the call say something.

        Raises:
            CallError: if they don't agree, or one is not known.
        """
        indices = dict(chosen)
        sizes = dict(self.plan.sizes)
        sizes |= {d: self.numbers[n] for d, n in self.plan.size_names.items() if n in self.numbers}
        batches: dict[str, int] = {}
        for dim, (data, length) in self.signature.lengths(arrays).items():
            size = sizes.get(dim)
            if size == length:
                continue
            self._check_some(dim, length, data)
            if dim not in self.minibatch:
                self._check_all_given(dim, arrays, length, data, size)
                self._check_new_size(dim, length, data, size)
                sizes[dim] = length
                continue
            if size is None:
                raise CallError(
                    "G0768",
                    f"how many members `{dim}` has in all is not known, only that `{data}` has "
                    f"{length} of them",
                    help=f"`as_module(sizes={{{dim!r}: ...}})` says it",
                )
            self._check_all_given(dim, arrays, length, data, size)
            self._check_batch(dim, data, indices)
            self._check_count(dim, length, data, size)
            indices[dim] = torch.arange(length, device=self.device)
            batches[dim] = length
        for dim in self._dims():
            if dim not in sizes:
                raise self._unsized(dim)
        for dim, wanted in self.minibatch.items():
            if dim in batches:
                continue
            if dim in indices:
                self._check_positions(dim, indices[dim], sizes[dim])
                batches[dim] = len(indices[dim])
            else:
                batches[dim] = min(wanted or sizes[dim], sizes[dim])
        for argument, _ in self.plan.emitted.arguments:
            if isinstance(argument, BatchArgument):
                batches.setdefault(argument.dim, sizes[argument.dim])
        return Sizes(sizes, batches, indices)

    def _dims(self) -> Iterator[str]:
        yield from self.plan.size_names
        yield from (a.dim for a, _ in self.plan.emitted.arguments if isinstance(a, BatchArgument))

    def _dims_of(self, data: str) -> Dims:
        return self.signature.datum(data).dims

    def _unsized(self, dim: str) -> CallError:
        lacking = (n for n in self.plan.required if self.held.get(n) is None and n in self.data)
        absent = (self.data[n] for n in lacking if dim in self._dims_of(self.data[n]))
        if (first := next(absent, None)) is not None:
            return self.signature.absent(first)
        return CallError(
            "G0768",
            f"how many members `{dim}` has is not known",
            help=f"`as_module(sizes={{{dim!r}: ...}})` says it, or data along it",
        )

    def _check_all_given(
        self, dim: str, arrays: Mapping[str, Any], length: int, data: str, size: int | None
    ) -> None:
        """Data of another length go together: none along the dimension is the module's own."""
        for argument, name in (self.data | self.known).items():
            own = self.held.get(argument)
            is_mask = argument in self.known and name in self.data.values()
            if argument in arrays or own is None or is_mask or dim not in self._dims_of(name):
                continue
            raise CallError(
                "G0769",
                f"`{data}` was given {length} members along `{dim}`, and `{name}`, which was not "
                f"given, has {size}",
                self.signature.datum(name),
                f"give `{name}` too",
            )

    def _check_new_size(self, dim: str, length: int, data: str, size: int | None) -> None:
        """Observations may be others, and more or fewer; latents that only they share may not."""
        if size is None:
            return
        along = [site for site in sites(self.plan.program) if dim in site.dims]
        points = [site.name for site in along if site.name in self.plan.parameters]
        is_observed = any(site.role is SampleRole.OBSERVED for site in along)
        latents = [site.name for site in along if site.role is not SampleRole.PREDICTED]
        if dim in self.plan.sizes:
            reason = "as the model or the module says"
        elif points or (latents and not is_observed):
            reason = f"one for each entry of `{(points or latents)[0].partition('.')[0]}`"
        else:
            return
        raise CallError(
            "G0769",
            f"`{data}` was given {length} members along `{dim}`, which has {size}, {reason}",
            self.signature.datum(data),
            f"give {size}, or make a module of another size with `as_module`",
        )

    def _check_some(self, dim: str, length: int, data: str) -> None:
        """Plates of no members can't be."""
        if length == 0:
            raise CallError(
                "G0769",
                f"`{data}` was given no members along `{dim}`",
                self.signature.datum(data),
                "give at least one",
            )

    def _check_count(self, dim: str, length: int, data: str, size: int) -> None:
        """A minibatch has some of all members."""
        if length > size:
            raise CallError(
                "G0769",
                f"`{data}` was given {length} members along `{dim}`, more than the {size} in all",
                self.signature.datum(data),
                f"give fewer, or make a module of another size: "
                f"`as_module(sizes={{{dim!r}: ...}})`",
            )

    def _check_batch(self, dim: str, data: str, chosen: Mapping[str, Tensor]) -> None:
        """Data that are themselves a minibatch say nothing of the positions of their members."""
        if dim in chosen:
            raise CallError(
                "G0769",
                f"`{data}` is a minibatch by itself, so that `{dim}` has nothing to choose from",
                help=f"give `{dim}` alone: the module's own data are read there",
            )
        nodes = (*self.plan.program.nodes, *self.plan.program.prepared)
        by_position = [name for node in nodes if (name := position_read(node, dim)) is not None]
        whole = [found for n in self.plan.program.prepared if (found := obstacle(n, dim))]
        if by_position or whole:
            reason = (
                f"`{by_position[0]}` reads positions along `{dim}`"
                if by_position
                else f"`{whole[0].site}` is of all data: {whole[0].reason}"
            )
            raise CallError(
                "G0769",
                f"`{data}` can't be a minibatch by itself: {reason}",
                help=f"give the module all data, and `{dim}`, the positions to use, at the call",
            )

    def _check_positions(self, dim: str, found: Tensor, size: int) -> None:
        if len(found) == 0 or int(found.min()) < 0 or int(found.max()) >= size:
            raise CallError(
                "G0769",
                f"`{dim}` wants at least one position, each from 0 to {size - 1}",
                help=f"positions count the members of `{dim}` from 0; without it some are drawn",
            )
