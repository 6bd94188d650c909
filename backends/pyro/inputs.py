"""Bound data as a model's arguments: Python numbers, and tensors of doubles, integers or truths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from gendsl.backends.given import Inputs, given_for_model, given_for_prepare
from gendsl.backends.load import load
from gendsl.backends.pyro.visit import double_precision
from gendsl.ir.bound import BoundData

if TYPE_CHECKING:
    from gendsl.backends.emit import Emitted
    from gendsl.ir.program import Program

_KINDS = {"f": torch.float64, "i": torch.int64, "u": torch.int64, "b": torch.bool}


def tensor(values: Any) -> Tensor:
    """The tensor of the widest type of its kind, a copy."""
    array = np.asarray(values)
    return torch.tensor(array, dtype=_KINDS[array.dtype.kind])


def inputs(program: Program, emitted: Emitted, bound: BoundData) -> Inputs:
    """The arguments; what depends on data alone is computed here, once.

    Raises:
        HasNoDistribution: if data are missing that nothing infers.
        CannotSimulate: if data are absent that the program can't draw.
    """
    found = given_for_model(program, emitted, bound, tensor)
    if emitted.prepare_arguments:
        before = given_for_prepare(program, emitted, bound, tensor)
        with double_precision():
            made = load(emitted.source).prepare(**before.static, **before.arrays)
        found.arrays.update({name: torch.as_tensor(value) for name, value in made.items()})
    return found
