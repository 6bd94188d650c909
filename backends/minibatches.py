"""How many members there are in a minibatch of each dimension: numbers that are checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from numbers import Integral

from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed


class MinibatchError(DiagnosticError, ValueError):
    """A minibatch of what is not there, or of no members."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__((Diagnostic("G0766", message, help=help),))


class Minibatches(MutableMapping[str, int | None]):
    """The counts by dimension, `None` for all: they may be changed, the dimensions may not."""

    def __init__(self, counts: Mapping[str, int | None]) -> None:
        self._counts = {dim: counted(dim, count) for dim, count in counts.items()}

    def __getitem__(self, dim: str) -> int | None:
        return self._counts[dim]

    def __setitem__(self, dim: str, count: int | None) -> None:
        if dim not in self._counts:
            near = nearest(dim, self._counts)
            there = f"it does for {listed(list(self._counts))}" if self._counts else None
            raise MinibatchError(
                f"the module's program does not read `{dim}` in minibatches",
                f"did you mean `{near}`?"
                if near
                else there or f"make it with `as_module(data, minibatch={{{dim!r}: {count}}})`",
            )
        self._counts[dim] = counted(dim, count)

    def __delitem__(self, dim: str) -> None:
        raise MinibatchError(
            f"the module's program reads `{dim}` in minibatches",
            f"`module.minibatch[{dim!r}] = None` reads all members at each call",
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._counts)

    def __len__(self) -> int:
        return len(self._counts)

    def __repr__(self) -> str:
        return repr(self._counts)


def counted(dim: str, count: object) -> int | None:
    """The number of members in a minibatch of a dimension; `None` for all.

    Raises:
        MinibatchError: if it is no whole number, or less than one.
    """
    if count is None:
        return None
    if isinstance(count, bool) or not isinstance(count, Integral) or int(count) < 1:
        raise MinibatchError(
            f"a minibatch of `{dim}` has at least one member, not {count!r}",
            f"`minibatch={dim!r}` alone lets each call say which members it reads",
        )
    return int(count)
