"""Short ways to write a `Spelling`: by position or by keyword, the backend's own class or ours."""

from __future__ import annotations

from gendsl.distributions.family import Spelling


def positional(callable: str, *parameters: str, helper: str | None = None) -> Spelling:
    """`callable(a, b)`."""
    return Spelling(callable, tuple(("", name) for name in parameters), helper)


def keywords(callable: str, /, helper: str | None = None, **parameters: str) -> Spelling:
    """`callable(theirs=ours, ...)`."""
    return Spelling(callable, tuple(parameters.items()), helper)
