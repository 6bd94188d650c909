"""Quantities that are defined by each other."""

from __future__ import annotations

from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.reporter import Reporter
from gendsl.ir.walk import names_of
from gendsl.resolve.failure import Unresolved, refused
from gendsl.resolve.starts import Part


def cycle(
    group: tuple[str, ...], definitions: dict[str, tuple[Part, ...]], reporter: Reporter
) -> Unresolved:
    """Report quantities that need their own values."""
    path = _shortest_cycle(group, definitions)
    first = definitions[path[0]][-1]
    others = tuple(Label(definitions[n][-1].span, f"`{n}` is part of it") for n in path[1:4])
    shown = path if len(path) <= 6 else (*path[:5], "...")
    arrows = " → ".join(n if n == "..." else f"`{n}`" for n in (*shown, path[0]))
    message = (
        f"`{path[0]}` is defined by itself"
        if len(path) == 1
        else f"these are defined by each other: {arrows}"
    )
    return refused(
        reporter,
        Diagnostic(
            "G0403",
            message,
            first.span,
            "needs its own value",
            others,
            (),
            "one of them must not depend on the others; a dependence on the past is written"
            " `x[time - 1]`"
            if len(path) > 1
            else "a dependence on the past is written `x[time - 1]`, along an ordered dimension",
        ),
    )


def _shortest_cycle(
    group: tuple[str, ...], definitions: dict[str, tuple[Part, ...]]
) -> tuple[str, ...]:
    """A shortest way from the group's first name back to it, by breadth-first search."""
    used = {name: {n for part in definitions[name] for n in names_of(part)} for name in group}
    needs = {name: [n for n in group if n in used[name]] for name in group}
    paths: list[tuple[str, ...]] = [(group[0],)]
    seen = set[str]()
    while paths:
        longer: list[tuple[str, ...]] = []
        for path in paths:
            for name in needs[path[-1]]:
                if name == group[0]:
                    return path
                if name not in seen:
                    seen.add(name)
                    longer.append((*path, name))
        paths = longer
    return group
