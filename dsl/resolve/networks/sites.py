"""The weights and biases of networks as statements: sites over the inputs and units of a layer."""

from __future__ import annotations

from dataclasses import replace

from gendsl.frontend import ast
from gendsl.resolve.declare import declare_data, declare_quantities
from gendsl.resolve.expressions import Expressions
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.networks.factors import with_factors
from gendsl.resolve.networks.inputs import find_inputs
from gendsl.resolve.networks.overrides import override
from gendsl.resolve.networks.priors import prior_statements
from gendsl.resolve.networks.shapes import shape
from gendsl.resolve.networks.table import LAYERS
from gendsl.resolve.submodels import expand
from gendsl.resolve.symbols_of_networks import NetworkSymbol, Prior

Statements = tuple[ast.Statement, ...]


def declare_weights(
    expressions: Expressions, statements: Statements, priors: Statements
) -> Statements:
    """The statements of all weights, which are entered as those of the model are."""
    networks = expressions.symbols.networks
    override(expressions, priors)
    if not networks:
        return ()
    find_inputs(expressions, statements)
    made: list[ast.Statement] = []
    for name, network in networks.items():
        symbol = expressions.symbols.quantities[name]
        if symbol.is_broken:
            continue
        try:
            made += _of_network(expressions, network)
        except Unresolved:
            symbol.is_broken = True
    _declare_factors(expressions, tuple(made))
    written, broken = expand(tuple(made), expressions.symbols.submodels, expressions.reporter)
    declare_quantities(expressions, written)
    for name in broken & expressions.symbols.quantities.keys():
        expressions.symbols.quantities[name].is_broken = True
    return written


def _declare_factors(expressions: Expressions, statements: Statements) -> None:
    """Enter the factors of matched priors, which are data."""
    declare_data(expressions, statements)
    for statement in statements:
        if isinstance(statement, ast.DataStatement):
            symbol = expressions.symbols.quantities[statement.target.name]
            if symbol.data is not None:
                symbol.data = replace(symbol.data, is_matched=True)


def _of_network(expressions: Expressions, network: NetworkSymbol) -> Statements:
    _check_priors(expressions, network)
    if network.inputs is None:
        return ()  # it is never called, or its points are wrong, which is said there
    inputs = network.inputs if network.into is None else (network.into,)
    shape(expressions, network.parts, inputs)
    made = tuple(
        statement
        for layer in network.layers
        for parameter in LAYERS[layer.kind].parameters
        if isinstance(layer.given.get(parameter), Prior)
        for statement in prior_statements(expressions, layer, parameter)
    )
    return with_factors(network, made) if network.is_matched else made


def _check_priors(expressions: Expressions, network: NetworkSymbol) -> None:
    """Every layer has a prior for its weights, or is given them."""
    has_failed = False
    for layer in network.layers:
        if layer.given.get("weight") is None:
            has_failed = True
            given = "" if layer.size is None else f"{layer.size.span.text}, "
            given += "" if layer.windows is None else "..., "
            expressions.fail(
                "G0479",
                f"`{layer.name}.weight` has no prior",
                layer.span,
                "the layer says nothing of its weights",
                help=f"write `{layer.head}({given}weight ~ Normal(0, 1 / sqrt(fan_in)))`, or a"
                f" statement of its own: `{layer.name}.weight ~ Normal(0, 1)`",
            )
    if has_failed:
        raise Unresolved
