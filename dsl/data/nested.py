"""Nested lists to arrays, without the guesses that `numpy.array` makes."""

from __future__ import annotations

import numpy as np

from gendsl.data.problems import fail
from gendsl.data.raw import Array
from gendsl.diagnostics.wording import counted

LARGEST_INT = 2**63 - 1
LARGEST_EXACT = 2**53
DEEPEST = 32


def array_of(name: str, value: object, origin: str) -> Array:
    """The array that nested lists spell; numbers, text, bools and `None` are elements.

    Raises:
        DiagnosticError: if the lists are ragged, too deep, or hold something else.
    """
    shape: list[int] = []
    level: list[object] = [value]
    while any(isinstance(v, list | tuple) for v in level):
        if len(shape) == DEEPEST:
            fail("G0604", f"`{name}` in {origin} is nested more than {DEEPEST} lists deep")
        level = _open(name, level, tuple(shape), origin)
        shape.append(len(level) // int(np.prod(shape)) if level else 0)
        if not level:
            break
    for i, item in enumerate(level):
        if item is not None and not isinstance(item, bool | int | float | str):
            fail(
                "G0603",
                f"`{_place(name, i, tuple(shape))}` in {origin} is neither a number nor text",
                help="data are numbers, text, true or false, null, and lists of them",
            )
    return elements(level).reshape(shape)


def elements(flat: list[object]) -> Array:
    """A flat array of the narrowest exact kind: int64, float64, bool, else object."""
    kinds = {type(v) for v in flat}
    if kinds == {bool}:
        return np.array(flat, dtype=np.bool_)
    integers = [v for v in flat if type(v) is int]
    if kinds == {int} and all(-LARGEST_INT <= v <= LARGEST_INT for v in integers):
        return np.array(flat, dtype=np.int64)
    if float in kinds and kinds <= {int, float} and all(abs(v) <= LARGEST_EXACT for v in integers):
        return np.array(flat, dtype=np.float64)
    made = np.empty(len(flat), dtype=np.object_)
    made[:] = flat
    return made


def _open(name: str, level: list[object], shape: tuple[int, ...], origin: str) -> list[object]:
    """The items of every list of a level, which must be lists of one length."""
    opened: list[object] = []
    length = next(len(v) for v in level if isinstance(v, list | tuple))
    first = next(i for i, v in enumerate(level) if isinstance(v, list | tuple))
    for i, item in enumerate(level):
        if not isinstance(item, list | tuple):
            fail(
                "G0604",
                f"`{name}` in {origin} is ragged: `{_place(name, i, shape)}` is a single value, "
                f"`{_place(name, first, shape)}` is a list",
            )
        if len(item) != length:
            fail(
                "G0604",
                f"`{name}` in {origin} is ragged: `{_place(name, i, shape)}` has "
                f"{counted(len(item), 'entry', 'entries')}, `{_place(name, first, shape)}` has "
                f"{length}",
                help="an array needs rows of one length; give a ragged one as a long table, or as "
                "one list of values beside one list of indices",
            )
        opened.extend(item)
    return opened


def _place(name: str, flat: int, shape: tuple[int, ...]) -> str:
    at = np.unravel_index(flat, shape) if shape else ()
    return f"{name}[{', '.join(str(i) for i in at)}]" if shape else name
