"""What the covariances of random functions took on their diagonals, taken out of a fit's draws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gendsl.ir.chain_functions import DIAGONAL_ADDED
from gendsl.ir.program import Program
from gendsl.transforms.noted_diagonals import diagonal_names

Arrays = Mapping[str, NDArray[Any]]


def raised_diagonals(
    program: Program, derived: Mapping[str, Arrays]
) -> tuple[Mapping[str, Arrays], list[dict[str, Any]]]:
    """Take what was noted out of a fit's groups; say of which covariances it is not 0.

    Each has the `name` of what it is the covariance of, at how many `draws` `of` all something was
    added, and the largest `share` of its mean variance that was.
    """
    groups = {group: dict(arrays) for group, arrays in derived.items()}
    found = []
    for name in diagonal_names(program):
        taken = [arrays.pop(name) for arrays in groups.values() if name in arrays]
        for shares in taken[:1]:
            largest = np.max(shares, axis=tuple(range(2, np.ndim(shares))), initial=0.0)
            if (largest > 0).any():
                found.append({
                    "name": name.removesuffix(f".{DIAGONAL_ADDED}").removesuffix(".inducing"),
                    "draws": int((largest > 0).sum()), "of": largest.size,
                    "share": float(largest.max()),
                })  # fmt: skip
    return groups, found
