"""A value given at a module's call, as a tensor of its declared type."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.ir.program import Data
from gendsl.ir.types import Kind

_TYPES = {Kind.INT: torch.int64, Kind.INDEX: torch.int64, Kind.BOOL: torch.bool}


class CallError(DiagnosticError, ValueError):
    """A module was called with what does not fit its program."""

    def __init__(
        self,
        code: str,
        message: str,
        datum: Data | None = None,
        help: str | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        span, label = (None, "") if datum is None else (datum.span, "declared here")
        super().__init__((Diagnostic(code, message, span, label, notes=notes, help=help),))


def tensor_of(name: str, value: object, like: Tensor, datum: Data | None = None) -> Tensor:
    """The value as a tensor, on the device of `like`.

    Raises:
        CallError: if it is no array of numbers.
    """
    if isinstance(value, Tensor):
        return value.to(like.device)
    if isinstance(value, np.ndarray):  # torch takes no reversed views, and warns of locked arrays
        value = np.require(value, requirements=("C", "W"))
    try:
        found = torch.as_tensor(value, device="cpu")
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        kind = value.dtype if isinstance(value, np.ndarray) else type(value).__name__
        is_index = datum is not None and datum.type.kind is Kind.INDEX
        raise CallError(
            "G0769",
            f"`{name}` wants an array of numbers, which this `{kind}` is not",
            datum,
            "give positions from 0: labels are for `as_module(data)`"
            if is_index
            else "give a tensor, or an array of numbers",
            (f"torch says: {str(error).splitlines()[0]}",),
        ) from None
    return found.to(like.device)


def typed(name: str, array: Tensor, kind: Kind, like: Tensor, datum: Data) -> Tensor:
    """The array in the type of a kind of elements; reals are of the type of `like`.

    Raises:
        CallError: if its elements are of another kind.
    """
    wanted = _TYPES.get(kind, like.dtype)
    if array.is_complex():
        wish, help = "real numbers", f"give one part of them: `{name}.real`"
    elif wanted is torch.int64 and array.is_floating_point():
        wish, help = "whole numbers", f"give integers: `{name}.long()`"
    elif wanted is torch.bool and not _are_truth_values(array):
        wish, help = "truth values", f"give bools: `{name} > 0`"
    else:
        return array.to(wanted)
    raise CallError("G0769", f"`{name}` wants {wish}, not {array.dtype}", datum, help)


def check_positions(name: str, array: Tensor, datum: Data, sizes: Mapping[str, int]) -> None:
    """Entries that point into a dimension are positions of members of it.

    Raises:
        CallError: if one is not.
    """
    dim = datum.type.dim
    if datum.type.kind is not Kind.INDEX or dim is None or dim not in sizes or not array.numel():
        return
    low, high = int(array.min()), int(array.max())
    if low < 0 or high >= sizes[dim]:
        raise CallError(
            "G0769",
            f"`{name}` has the position {low if low < 0 else high}, and those along `{dim}` are "
            f"from 0 to {sizes[dim] - 1}",
            datum,
            f"positions count the members of `{dim}` from 0; labels are for `as_module(data)`",
        )


def _are_truth_values(array: Tensor) -> bool:
    if array.dtype is torch.bool:
        return True
    return not array.is_floating_point() and bool(((array == 0) | (array == 1)).all())
