"""What each layer's inputs and units are, once the points of its network are known."""

from __future__ import annotations

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span
from gendsl.frontend import ast
from gendsl.ir.program import Dimension
from gendsl.resolve.expressions import Expressions
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.networks.table import LAYERS
from gendsl.resolve.symbols import Context
from gendsl.resolve.symbols_of_networks import (
    Given,
    LayerSymbol,
    Part,
    Pool,
    Residual,
    Windows,
)


def shape(
    expressions: Expressions, parts: tuple[Part, ...], inputs: tuple[str, ...]
) -> tuple[str, ...]:
    """Settle what each layer's inputs and units are; returns the dimensions of what comes out."""
    for part in parts:
        match part:
            case LayerSymbol():
                inputs = _shape_layer(expressions, part, inputs)
            case Pool(windows=windows, is_whole=is_whole):
                _check_along(expressions, windows, inputs)
                places = () if is_whole else windows.into
                inputs = (*windows.channels(inputs), *places)
            case Residual(inner, span):
                _shape_block(expressions, inner, span, inputs)
            case _:
                pass
    return inputs


def _shape_block(
    expressions: Expressions, inner: tuple[Part, ...], span: Span, inputs: tuple[str, ...]
) -> None:
    """The last layer of a residual block has the units that the block is given."""
    last = [p for p in inner if isinstance(p, LayerSymbol)][-1]
    given = inputs if last.windows is None else last.windows.channels(inputs)
    if len(given) > 1:
        raise expressions.fail(
            "G0478",
            f"a residual block is given [{', '.join(inputs)}]",
            span,
            "more than one dimension" if last.windows is None else "units along more than one",
            help="let a `Dense` layer stand before it"
            if last.windows is None
            else "let a `Conv` layer stand before it",
        )
    last.units = given[0] if given else None
    _check_size(expressions, last, given)
    shape(expressions, inner, inputs)


def _check_along(expressions: Expressions, windows: Windows, inputs: tuple[str, ...]) -> None:
    """Windows slide along what inputs vary over."""
    for slide in windows.slides:
        if slide.source not in inputs:
            raise expressions.fail(
                "G0478",
                f"nothing here varies over `{slide.dim}`",
                slide.span,
                f"the layer is given [{', '.join(inputs)}]"
                if inputs
                else "the layer is given one number",
                help="points vary over what the network's argument does and the left side does not;"
                f" call it at what varies over `{slide.dim}`, or name another dimension",
            )


def _shape_layer(
    expressions: Expressions, layer: LayerSymbol, inputs: tuple[str, ...]
) -> tuple[str, ...]:
    layer.inputs = inputs
    if layer.windows is not None:
        _check_along(expressions, layer.windows, inputs)
    weight = layer.given.get("weight")
    if isinstance(weight, Given):
        _fit_given(expressions, layer, weight)
    if layer.units is not None and layer.units in inputs:
        layer.twin = f"{layer.name}.input"
        expressions.symbols.dims[layer.twin] = Dimension(
            layer.twin, None, None, False, None, layer.units, layer.span
        )
    for parameter in LAYERS[layer.kind].parameters[1:]:
        given = layer.given.get(parameter)
        if isinstance(given, Given):
            _fit_others(expressions, layer, parameter, given)
    return layer.outputs


def written_size(expressions: Expressions, dim: str) -> ast.Number | None:
    """The number of units, or of places in a window, where the layer that has them says it."""
    for network in expressions.symbols.networks.values():
        for layer in network.layers:
            if f"{layer.name}.unit" == dim and isinstance(layer.size, ast.Number):
                return layer.size
            for slide in () if layer.windows is None else layer.windows.slides:
                if slide.kernel == dim:
                    return ast.Number(slide.size, slide.span)
    return None


def _check_size(expressions: Expressions, layer: LayerSymbol, inputs: tuple[str, ...]) -> None:
    """The last layer of a residual block has as many units as the block has inputs."""
    if layer.size is None:
        return
    written = written_size(expressions, inputs[0]) if inputs else None
    if not inputs:
        known: float | None = 1
    else:
        known = written.value if written is not None else expressions.known_size(inputs[0])
    if known is None or not isinstance(layer.size, ast.Number) or layer.size.value != known:
        raise expressions.fail(
            "G0478",
            "what a residual block makes is added to what it is given",
            layer.size.span,
            f"{layer.size.span.text} units",
            help=f"leave the size out: `{layer.head}(weight ~ ...)` has as many units as there are"
            " inputs",
        )


def _fit_given(expressions: Expressions, layer: LayerSymbol, given: Given) -> None:
    """A weight that is given varies over the inputs, and over the units."""
    symbol = expressions.symbols.quantities.get(given.name.id)
    if symbol is None or symbol.is_broken:
        expressions.name(given.name.id, given.span, Context((), (), {}))
        raise Unresolved
    rest = tuple(d for d in symbol.dims if d not in layer.summed)
    units = rest if layer.takes_units else (() if layer.units is None else (layer.units,))
    if (
        len(units) > 1
        or set(symbol.dims) != {*layer.summed, *units}
        or (layer.takes_units and not units)
    ):
        wanted = (*layer.summed, *(("unit",) if layer.takes_units else units))
        raise expressions.fail(
            "G0478",
            f"`{given.name.id}` does not fit `{layer.name}`",
            given.span,
            f"varies over [{', '.join(symbol.dims)}]" if symbol.dims else "is a number",
            secondary=(Label(symbol.span, "defined here"),),
            help=f"the layer needs [{', '.join(wanted)}]" if wanted else "it needs one number",
        )
    layer.units = units[0] if units else None


def _fit_others(expressions: Expressions, layer: LayerSymbol, parameter: str, given: Given) -> None:
    symbol = expressions.symbols.quantities.get(given.name.id)
    if symbol is None or symbol.is_broken:
        expressions.name(given.name.id, given.span, Context((), (), {}))
        raise Unresolved
    units = layer.dims(parameter)
    if any(d not in units for d in symbol.dims):
        raise expressions.fail(
            "G0478",
            f"`{given.name.id}` does not fit `{layer.name}`",
            given.span,
            f"varies over [{', '.join(symbol.dims)}]",
            secondary=(Label(symbol.span, "defined here"),),
            help=f"a {parameter} varies over [{', '.join(units)}]",
        )
