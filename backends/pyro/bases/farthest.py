"""A few points that lie among all."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def farthest(x, n):
    """Positions of n points: the first is nearest to the mean, each next farthest from those."""
    # Gonzalez (1985), with coordinates in units of their standard deviations.
    points = 1.0 * torch.as_tensor(x).reshape(len(x), -1)
    spread = points.std(0, correction=0)
    points = (points - points.mean(0)) / torch.where(spread > 0, spread, 1.0)
    chosen = [torch.argmin((points**2).sum(-1))]
    distance = torch.full((len(points),), torch.inf, dtype=points.dtype)
    while len(chosen) < n:
        near = ((points - points[chosen[-1]]) ** 2).sum(-1)
        distance = torch.minimum(distance, near)
        distance[chosen[-1]] = -1.0
        chosen.append(torch.argmax(distance))
    return torch.stack(chosen)
