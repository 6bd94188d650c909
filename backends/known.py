"""Masks of known values for data whose missing values are hidden."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gendsl.ir.bound import BoundData
from gendsl.ir.program import Program
from gendsl.transforms.hide_missing import IS_KNOWN


def with_masks(program: Program, bound: BoundData) -> BoundData:
    """The data with the masks that the program reads; what they mark is no longer missing."""
    masks = {
        datum.name: datum.name.removesuffix(IS_KNOWN)
        for datum in program.data
        if datum.name.endswith(IS_KNOWN) and datum.name not in bound.arrays
    }
    arrays = dict(bound.arrays)
    for mask, data in masks.items():
        if data in arrays:
            missing = bound.missing.get(data)
            shape = np.shape(arrays[data])
            arrays[mask] = np.ones(shape, bool) if missing is None else ~np.asarray(missing)
    rest = {name: mask for name, mask in bound.missing.items() if name not in masks.values()}
    return replace(bound, arrays=arrays, missing=rest)
