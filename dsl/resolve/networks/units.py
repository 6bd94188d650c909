"""The dimensions of layers' units: their sizes are written, the last layer's is the left side's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.wording import counted
from gendsl.frontend import ast
from gendsl.ir.program import Dimension
from gendsl.resolve.symbols_of_networks import Given, LayerSymbol, Part, Residual, Stated

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions


def enter_units(
    expressions: Expressions, statement: Stated, parts: tuple[Part, ...], outputs: tuple[str, ...]
) -> dict[str, ast.Expr]:
    """Enter the dimension of each layer's units; the last of a residual block follows later."""
    last = next(p for p in reversed(parts) if isinstance(p, LayerSymbol))
    sizes: dict[str, ast.Expr] = {}
    for part in parts:
        match part:
            case LayerSymbol() if part is last:
                _check_outputs(expressions, statement, part, outputs)
                part.units = outputs[0] if outputs else None
            case LayerSymbol():
                sizes |= _hidden(expressions, part)
            case Residual(inner):
                sizes |= _inside(expressions, part, inner)
            case _:
                pass
    return sizes


def _inside(
    expressions: Expressions, block: Residual, parts: tuple[Part, ...]
) -> dict[str, ast.Expr]:
    """The units of the layers in a residual block; those of the last are its inputs."""
    own = [p for p in parts if isinstance(p, LayerSymbol)]
    nested = [p for p in parts if isinstance(p, Residual)]
    if not own or own[-1].kind == "Embedding":
        raise expressions.fail(
            "G0478",
            "a residual block has a layer of its own",
            block.span,
            "nothing that makes its outputs",
            help="write `Residual(Dense(weight ~ Normal(0, 1)) |> tanh)`",
        )
    if nested and parts.index(nested[-1]) > parts.index(own[-1]):
        raise expressions.fail(
            "G0478",
            "a residual block ends in a layer of its own",
            nested[-1].span,
            "another block",
            help="let a layer follow the inner block",
        )
    sizes: dict[str, ast.Expr] = {}
    for layer in own[:-1]:
        sizes |= _hidden(expressions, layer)
    for inner in nested:
        sizes |= _inside(expressions, inner, inner.parts)
    return sizes


def _hidden(expressions: Expressions, layer: LayerSymbol) -> dict[str, ast.Expr]:
    """The units of a layer that another follows."""
    weight = layer.given.get("weight")
    if layer.size is None:
        if isinstance(weight, Given):
            layer.takes_units = True
            return {}
        raise expressions.fail(
            "G0478",
            f"how many units has `{layer.name}`?",
            layer.span,
            "another layer follows",
            help=f"write `{layer.head}(50, ...)`; only the last layer's size follows from the left"
            " side",
        )
    layer.units = f"{layer.name}.unit"
    expressions.symbols.dims[layer.units] = Dimension(
        layer.units, None, None, False, None, None, layer.size.span
    )
    return {layer.units: layer.size}


def _check_outputs(
    expressions: Expressions, statement: Stated, layer: LayerSymbol, outputs: tuple[str, ...]
) -> None:
    """The last layer's size is that of the left side's dimension."""
    if layer.size is None:
        return
    wanted = 1 if not outputs else expressions.known_size(outputs[0])
    number = layer.size.value if isinstance(layer.size, ast.Number) else None
    written = number if isinstance(number, int) else None
    if written is not None and written == wanted:
        return
    name = statement.target.name
    if outputs:
        size = "as many as the data say" if wanted is None else str(wanted)
        raise expressions.fail(
            "G0478",
            f"the last layer of `{name}` has as many units as `{outputs[0]}` has members",
            layer.size.span,
            counted(written, "unit") if written is not None else "another number of units",
            secondary=(Label(statement.target.span, f"`{outputs[0]}` has {size}"),),
            help=f"leave the size out: `{layer.kind}(weight ~ ...)`",
        )
    raise expressions.fail(
        "G0478",
        f"`{name}` is one number, and its last layer has {layer.size.span.text} units",
        layer.size.span,
        "more than one output",
        secondary=(Label(statement.target.span, "has no dimension"),),
        help=f"name the dimension of the outputs: `net {name}[class] = ...`, with `dim class`",
    )
