"""Which points stand for others, and which are near: as numpy chooses them on the host."""

from __future__ import annotations

from typing import Any

import numpy as np

from gendsl.data.raw import Array


def _scaled(x: Array) -> Any:
    """Coordinates in units of their standard deviations."""
    points = x.reshape(len(x), -1) * 1.0
    spread = points.std(0)
    return (points - points.mean(0)) / np.where(spread > 0, spread, 1.0)


def farthest(x: Array, n: int) -> Any:
    """Positions of n points: the first is nearest to the mean, each next farthest from those."""
    points = _scaled(x)
    chosen = [np.argmin((points**2).sum(-1))]
    distance = np.full(len(points), np.inf)
    while len(chosen) < n:
        distance = np.minimum(distance, ((points - points[chosen[-1]]) ** 2).sum(-1))
        distance[chosen[-1]] = -1.0
        chosen.append(np.argmax(distance))
    return np.stack(chosen)


def before_in_order(order: Array, n: int) -> Any:
    """Of each point the n before it in the order, the last first; itself where there are fewer."""
    place = np.arange(len(order))[:, None] - 1 - np.arange(n)
    near = np.where(place < 0, order[:, None], order[np.maximum(place, 0)])
    found = np.zeros_like(near)
    found[order] = near
    return found


def nearest_before(x: Array, order: Array, n: int) -> Any:
    """Of each of the last points, which follow each other by `order`, the n nearest before it.

    All points that stand before the last ones come before them. Where there are fewer than n, the
    rest are the point itself.
    """
    points = _scaled(x)
    first = len(points) - len(order)
    rank = np.zeros(len(points), dtype=np.int64)
    rank[first + order] = 1 + np.arange(len(order))
    found = np.empty((len(order), n), dtype=np.int64)
    for i in range(first, len(points)):
        distance = np.where(rank < rank[i], ((points - points[i]) ** 2).sum(-1), np.inf)
        near = np.argsort(distance, kind="stable")[:n]
        found[i - first] = np.where(np.isinf(distance[near]), i, near)
    return found
