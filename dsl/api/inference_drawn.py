"""What a run of an inference program brings home, whatever the program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gendsl.results.trust import DrawKind

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Drawn:
    """Draws in unconstrained coordinates, and what is known of them.

    Attributes:
        kind: what the draws are of each other.
        draws: [chain, draw, dim].
        statistics: by name in the fit's group `sample_stats`, each [chain, draw].
        is_exact: whether the draws would be of the posterior itself, if only there were enough.
        said: what the fit is to say of the run, by attribute.
        discrete: the discrete quantities that are coordinates, each [chain, draw, ...]; None where
            they are summed out.
        is_interrupted: whether the run was stopped early.
        place: the position [dim] about which networks are linear in what is made of the draws;
            None where they are as written.
    """

    kind: DrawKind
    draws: Array
    statistics: Mapping[str, Array]
    is_exact: bool = True
    said: Mapping[str, Any] = field(default_factory=dict)
    discrete: Mapping[str, Array] | None = None
    is_interrupted: bool = False
    place: Array | None = None

    @property
    def num_divergent(self) -> int:
        """Divergent transitions after warm-up."""
        diverging = self.statistics.get("diverging")
        return 0 if diverging is None else int(np.sum(diverging))
