"""`f.layer2.weight ~ Horseshoe(0.1)`: a prior that replaces the one of the network's statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.frontend import ast
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.networks.table import LAYERS
from gendsl.resolve.symbols_of_networks import LayerSymbol, Prior

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions


def override(expressions: Expressions, statements: tuple[ast.Statement, ...]) -> None:
    """Give each weight that a statement names its prior; a name that matches nothing is an error.

    A prior that a library ignored since no weight had its name has cost its users days
    (https://github.com/pyro-ppl/numpyro/issues/1873).
    """
    weights = _weights(expressions)
    seen: dict[str, ast.SampleStatement] = {}
    for statement in statements:
        assert isinstance(statement, ast.SampleStatement)
        name = statement.target.name
        head = expressions.symbols.quantities.get(name.partition(".")[0])
        if head is not None and head.is_broken:
            continue
        if name not in weights:
            _unmatched(expressions, statement, tuple(weights))
            continue
        if name in seen:
            expressions.fail(
                "G0204",
                f"`{name}` is given two priors",
                statement.target.span,
                "the second time",
                secondary=(Label(seen[name].target.span, "the first time"),),
                help="drop one of them",
            )
            continue
        seen[name] = statement
        layer, parameter = weights[name]
        if statement.where is not None:
            expressions.fail(
                "G0417",
                "`where` is for what is observed",
                statement.where.span,
                "a latent exists everywhere",
                help="drop it",
            )
        layer.given[parameter] = Prior(
            statement.distribution, statement.span, statement.parameterisation
        )


def _weights(expressions: Expressions) -> dict[str, tuple[LayerSymbol, str]]:
    """Every weight and bias that has, or may be given, a prior."""
    return {
        f"{layer.name}.{parameter}": (layer, parameter)
        for network in expressions.symbols.networks.values()
        for layer in network.layers
        for parameter in LAYERS[layer.kind].parameters
        if isinstance(layer.given.get(parameter), Prior)
        or (parameter == "weight" and layer.given.get(parameter) is None)
    }


def _unmatched(
    expressions: Expressions, statement: ast.SampleStatement, weights: tuple[str, ...]
) -> Unresolved:
    name = statement.target.name
    close = nearest(name, weights)
    layer = next(
        (
            layer
            for network in expressions.symbols.networks.values()
            for layer in network.layers
            if name in (f"{layer.name}.bias", f"{layer.name}.mask")
        ),
        None,
    )
    if not weights:
        help = "names with dots are those of a network's weights, `net f = Dense(...)`; what is"
        help += " inside a submodel is stated there"
    elif layer is not None:
        parameter = name.rpartition(".")[2]
        help = f"`{layer.name}` has no {parameter}: give it one, `{layer.kind}(..., {parameter} ~"
        help += " Normal(0, 1))`; there are " + listed(weights)
    else:
        help = (f"did you mean `{close}`? " if close else "") + f"there are {listed(weights)}"
    return expressions.fail(
        "G0480",
        f"no weight is called `{name}`",
        statement.target.span,
        "matches nothing, so it would be a prior of nothing",
        help=help,
    )
