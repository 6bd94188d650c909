"""Draws of a network and of a process at points, for the distance between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gendsl.ir.program import Match


class MatchDraws:
    """The program of a match as functions to draw; `scales` name its factors that are tuned."""

    def __init__(self, density: Any, match: Match, scales: Sequence[str]) -> None:
        self._density = density
        self._match = match
        self._scales = tuple(scales)

    def points(self, key: Any, given: Any) -> Any:
        """Points of a measurement set, over the dimensions of the network's points."""
        return self._density.simulate(key, given)[self._match.inputs]

    def pairs(self, key: Any, given: Any, scales: Any, points: Any, count: int) -> tuple[Any, Any]:
        """Values [draw, point] of the network and of the process; outputs follow each other."""
        import jax

        factors = {name: scales[i] for i, name in enumerate(self._scales)}
        data = self._density.observing(given, {**factors, self._match.points: points})

        def one(key: Any) -> tuple[Any, Any]:
            drawn = self._density.simulate(key, data)
            return drawn[self._match.outputs].reshape(-1), drawn[self._match.process].reshape(-1)

        found: tuple[Any, Any] = jax.vmap(one)(jax.random.split(key, count))
        return found
