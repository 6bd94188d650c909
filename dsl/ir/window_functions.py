"""Functions of windows, which no source calls: what is written for convolutions and pools."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gendsl.ir.array_functions import ArrayFunctionRow

MOST_SLIDES = 2
"""Along how many dimensions windows slide, at most."""

_PADDED = ", is_padded=True"


def window_function(slides: int, is_padded: bool) -> str:
    """The name of the function that cuts windows along so many dimensions.

    Its literals are the windows' sizes, then their strides, by dimension.
    """
    name = "windows" if slides == 1 else "image_windows"
    return f"padded_{name}" if is_padded else name


def _row(slides: int, is_padded: bool) -> ArrayFunctionRow:
    places = tuple(range(slides))
    sizes, strides = (
        f"({', '.join(f'{{{1 + start + i}}}' for i in places)}{',' if slides == 1 else ''})"
        for start in (0, slides)
    )
    return ArrayFunctionRow(
        window_function(slides, is_padded), (places,), tuple(range(2 * slides)),
        f"windows({{0}}, {sizes}, {strides}{_PADDED if is_padded else ''})",
        "windows along the last axes: one for each place, then the places in each",
        n_literals=2 * slides, helper="windows", is_internal=True,
    )  # fmt: skip


WINDOW_FUNCTIONS: Mapping[str, ArrayFunctionRow] = MappingProxyType(
    {
        row.name: row
        for row in (
            _row(slides, is_padded)
            for slides in range(1, MOST_SLIDES + 1)
            for is_padded in (False, True)
        )
    }
)
"""Functions by name."""
