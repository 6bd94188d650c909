"""Of each point those near it that come before it."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def before_in_order(order, n):
    """Of each point the n before it in the order, the last first; itself where there are fewer."""
    order = order.long()
    steps = torch.arange(n, device=order.device)
    place = torch.arange(len(order), device=order.device)[:, None] - 1 - steps
    near = torch.where(place < 0, order[:, None], order[place.clamp(min=0)])
    return torch.zeros_like(near).index_copy(0, order, near)


def nearest_before(x, order, n):
    """Of each of the last points, which follow each other by `order`, the n nearest before it."""
    # Points that stand before the last ones come before them. Coordinates are in units of their
    # standard deviations. Where there are fewer than n points, the rest are the point itself.
    points = 1.0 * torch.as_tensor(x).detach().reshape(len(x), -1)
    spread = points.std(0, correction=0)
    points = (points - points.mean(0)) / torch.where(spread > 0, spread, 1.0)
    first, order = len(points) - len(order), order.long()
    places = torch.arange(len(order), device=order.device)
    rank = torch.zeros(len(points), dtype=torch.long, device=order.device)
    rank = rank.index_copy(0, first + order, 1 + places)
    found = []
    for own in first + places:
        distance = ((points - points[own]) ** 2).sum(-1)
        distance = torch.where(rank < rank[own], distance, torch.inf)
        distance, near = torch.sort(distance, stable=True)
        found.append(torch.where(torch.isinf(distance[:n]), own, near[:n]))
    return torch.stack(found)
