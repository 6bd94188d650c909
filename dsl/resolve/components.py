"""Strongly connected components, dependencies first."""

from __future__ import annotations


def components(edges: dict[str, tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Groups of names that depend on each other, each after all that it depends on.

    `edges` maps a name to those it depends on. Names without dependencies keep their order.
    Source: Tarjan (1972), "Depth-first search and linear graph algorithms", made iterative.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    on_stack: set[str] = set()
    stack: list[str] = []
    found: list[tuple[str, ...]] = []
    rank = {name: i for i, name in enumerate(edges)}
    for root in edges:
        if root in index:
            continue
        work = [(root, iter(edges[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            name, rest = work[-1]
            child = next(rest, None)
            if child is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == index[name]:
                    group: list[str] = []
                    while True:
                        member = stack.pop()
                        on_stack.discard(member)
                        group.append(member)
                        if member == name:
                            break
                    found.append(tuple(sorted(group, key=rank.__getitem__)))
            elif child not in index:
                index[child] = low[child] = len(index)
                stack.append(child)
                on_stack.add(child)
                work.append((child, iter(edges[child])))
            elif child in on_stack:
                low[name] = min(low[name], index[child])
    return tuple(found)
