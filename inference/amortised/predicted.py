"""Predictive distributions of queries: what a network's outputs mean, in the units of the data."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import numpy as np
from numpy.typing import ArrayLike, NDArray

from gendsl.executables import stored
from gendsl.inference.amortised.design import Design
from gendsl.inference.amortised.heads import Categorical, Head
from gendsl.inference.amortised.reference import Reference

Floats = NDArray[np.float32]

_FEWEST = 8


@dataclass(frozen=True)
class Predicted:
    """The predictive distributions of queries [query], or of several tasks [task, query].

    Attributes:
        outputs: the network's [..., query, output].
    """

    design: Design
    reference: Reference
    outputs: Floats

    def mean(self) -> Floats:
        """Return the means; of classes, those of their numbers."""
        return self._scaled(self._of_head("mean"))

    def sd(self) -> Floats:
        """Return the standard deviations."""
        return np.asarray(np.sqrt(self._of_head("variance")) * self._place[1], np.float32)

    def quantiles(self, shares: ArrayLike) -> Floats:
        """Return the quantiles [..., share] at ``shares`` [share] in (0, 1).

        Raises:
            ValueError: if a share is not inside (0, 1).
        """
        wanted = np.atleast_1d(np.asarray(shares, np.float32))
        if wanted.ndim != 1 or not ((wanted > 0) & (wanted < 1)).all():
            raise ValueError(f"shares of quantiles lie inside (0, 1), got {wanted}")
        each = [self._of_head("quantile", np.broadcast_to(w, self._shape)) for w in wanted]
        return self._scaled(np.stack(each, axis=-1))

    def log_density(self, y: ArrayLike) -> Floats:
        """Return log densities at ``y`` [query]; of classes log probabilities."""
        heights = self._of_head("log_density", self._standard(y))
        return np.asarray(heights - np.log(self._place[1]), np.float32)

    def cdf(self, y: ArrayLike) -> Floats:
        """Return the probabilities of values up to ``y`` [query]."""
        return self._of_head("cdf", self._standard(y))

    def probabilities(self) -> Floats:
        """Return the probability of each class [..., class].

        Raises:
            ValueError: if the target is no class.
        """
        if not isinstance(self.design.head, Categorical):
            raise ValueError("the target of this network is no class")
        return self._of_head("probabilities")

    def sample(self, seed: int, count: int) -> Floats:
        """Return ``count`` draws [draw, ...], each query's by itself.

        Raises:
            ValueError: if ``count`` is below 1.
        """
        if count < 1:
            raise ValueError(f"there is at least 1 draw, got {count}")
        many = np.broadcast_to(self.outputs, (count, *self.outputs.shape))
        rows = many.reshape(-1, many.shape[-1])
        filled = _filled_up(rows)
        draws = _draw(self.design.head, self.reference.head, filled, jax.random.key(seed))
        return self._scaled(np.asarray(draws)[: len(rows)].reshape(many.shape[:-1]))

    @property
    def _shape(self) -> tuple[int, ...]:
        return self.outputs.shape[:-1]

    def _standard(self, y: ArrayLike) -> Floats:
        centre, unit = self._place
        return np.broadcast_to(np.asarray((np.asarray(y) - centre) / unit, np.float32), self._shape)

    @cached_property
    def _place(self) -> tuple[Floats, Floats]:
        """Return the centre and the unit of targets []."""
        return np.asarray(self.reference.y_centre), np.asarray(self.reference.y_unit)

    def _of_head(self, what: str, *places: Floats) -> Floats:
        """Return what the head says of each query; arrays are filled up to powers of two."""
        rows = self.outputs.reshape(-1, self.outputs.shape[-1])
        filled = [_filled_up(row.reshape(-1)) for row in places]
        found = _say(self.design.head, what, self.reference.head, _filled_up(rows), *filled)
        values = np.asarray(found, np.float32)[: len(rows)]
        return values.reshape(*self._shape, *values.shape[1:])

    def _scaled(self, values: Floats) -> Floats:
        centre, unit = self._place
        return np.asarray(centre + unit * values, np.float32)


def filled(count: int) -> int:
    """Return the size of an array for ``count`` rows: a power of two."""
    return max(_FEWEST, 1 << (count - 1).bit_length())


def _filled_up(rows: Floats) -> Floats:
    whole = np.full((filled(len(rows)), *rows.shape[1:]), 0.5, rows.dtype)
    whole[: len(rows)] = rows
    return whole


@stored("head", "what")
def _say(head: Head, what: str, reference: jax.Array, outputs: jax.Array, *places: Any) -> Any:
    return getattr(head, what)(reference, outputs, *places)


@stored("head")
def _draw(head: Head, reference: jax.Array, outputs: jax.Array, key: jax.Array) -> jax.Array:
    return head.sample(reference, outputs, key)
