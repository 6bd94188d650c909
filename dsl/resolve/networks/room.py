"""Windows that are wider than what they slide along, where the source says its size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.diagnostics.wording import counted
from gendsl.resolve.symbols_of_networks import NetworkSymbol, windows_in

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions


def check_room(expressions: Expressions, network: NetworkSymbol) -> None:
    """Report windows for which there is no room, whatever the data are."""
    padable = {layer.name for layer in network.layers}
    for name, windows in windows_in(network.parts):
        for slide in windows.slides:
            size = None if windows.is_padded else _size(expressions, network, slide.source)
            if size is None or slide.size <= size:
                continue
            expressions.fail(
                "G0491",
                f"the windows of `{name}` are {slide.size} wide, and `{slide.source}` has"
                f" {counted(size, 'member')}",
                slide.span,
                f"no window of {slide.size} fits along this",
                help="take narrower windows, or fewer or smaller strides before them"
                + ("; or `padding = same`" if name in padable else ""),
            )


def _size(expressions: Expressions, network: NetworkSymbol, dim: str) -> int | None:
    """The members of a dimension, as far as the source says; of windows, how many have a place."""
    for _, windows in windows_in(network.parts):
        for slide in windows.slides:
            if slide.into != dim or slide.source == dim:
                continue
            size = _size(expressions, network, slide.source)
            if size is not None and windows.is_padded:
                return -(-size // slide.stride)
            if size is None or size < slide.size:
                return None
            return (size - slide.size) // slide.stride + 1
    return expressions.known_size(dim) if dim in expressions.symbols.dims else None
