"""`f ~ BNN(layers = [50, 50], ...)`: a network whose layers have the same priors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.diagnostics.suggest import nearest
from gendsl.frontend import ast
from gendsl.resolve.networks.reading import ChainReader
from gendsl.resolve.networks.table import LAYERS
from gendsl.resolve.symbols_of_networks import Activation, Given, Part, Prior

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions

_BNN = (
    "write `f ~ BNN(layers = [50, 50], activation = tanh, weight = Normal(0, 1 / sqrt(fan_in)),"
    " bias = Normal(0, 1))`"
)


def read_bnn(expressions: Expressions, name: str, call: ast.Call) -> tuple[Part, ...]:
    """The parts of `BNN(layers = [50, 50], activation = tanh, weight = ..., bias = ...)`."""
    reader = ChainReader(expressions, name)
    given: dict[str, ast.Argument] = {}
    names = ("layers", "activation", "weight", "bias")
    for argument in call.arguments:
        if argument.name is None or argument.name in given or argument.name not in names:
            close = nearest(argument.name or "", names)
            raise expressions.fail(
                "G0477",
                "the arguments of `BNN` have names"
                if argument.name is None
                else f"`{argument.name}` of `BNN` is given twice"
                if argument.name in given
                else f"`BNN` has no `{argument.name}`",
                argument.span,
                "which one is it?" if argument.name is None else "here",
                help=f"did you mean `{close}`?" if close and argument.name != close else _BNN,
            )
        given[argument.name] = argument
    missing = next((n for n in ("layers", "activation", "weight") if n not in given), None)
    if missing is not None:
        raise expressions.fail(
            "G0477", f"`BNN` lacks its `{missing}`", call.span, "missing here", help=_BNN
        )
    sizes = given["layers"].value
    if not isinstance(sizes, ast.Array) or not sizes.items:
        raise expressions.fail(
            "G0477",
            "`layers` are the sizes of the hidden layers",
            sizes.span,
            "not a list of sizes",
            help="write `layers = [50, 50]`",
        )
    priors: dict[str, Prior | Given | None] = {
        n: _bnn_prior(expressions, given[n]) for n in ("weight", "bias") if n in given
    }
    activation = reader.part(given["activation"].value)
    if not isinstance(activation, Activation):
        raise expressions.fail(
            "G0477", "`activation` is a layer", given["activation"].span, "here", help=_BNN
        )
    row = LAYERS["Dense"]
    parts: list[Part] = []
    for size in sizes.items:
        layer = reader.layer(row, (ast.Argument(None, size, size.span),), size.span)
        layer.given |= priors
        parts += [layer, activation]
    last = reader.layer(row, (), call.span)
    last.given |= priors
    return (*parts, last)


def _bnn_prior(expressions: Expressions, argument: ast.Argument) -> Prior | None:
    """A prior that all layers share, each with its own `fan_in`."""
    match argument.value:
        case ast.Call() as call:
            return Prior(call, argument.span)
        case ast.Name("none") if argument.name == "bias":
            return None
        case value:
            raise expressions.fail(
                "G0477",
                f"`{argument.name}` of `BNN` is a prior",
                value.span,
                "not a distribution",
                help=_BNN,
            )
